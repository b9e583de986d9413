"""Every figure of the report, as data, in the order of the page."""

from __future__ import annotations

from viewcast.report.spec import FigureSpec

#: Parts of the page that have figures, in their order.
SECTIONS = ("corpus", "tables", "reasons", "trust")

_HERE = "viewcast.report.figures"

FIGURES: dict[str, FigureSpec] = {
    spec.name: spec
    for spec in (
        FigureSpec(
            name="samples",
            module=f"{_HERE}.samples",
            title="Photographs from popular to unpopular",
            caption="Photographs of this corpus in the order of their popularity, evenly spaced in rank: the most "
            "popular at the upper left, the least popular at the lower right (the paper's Figure 1). Look for what "
            "changes along the way.",
            section="corpus",
            inputs=("samples",),
        ),
        FigureSpec(
            name="histograms",
            module=f"{_HERE}.histograms",
            title="How popularity is distributed",
            caption="The popularity that is forecast, and the views that it is made of, as counted and as logarithm, "
            "with the normal distribution of the same mean and deviation (the paper's Figure 2). Counts of views have "
            "a long tail; the popularity should look close to the curve.",
            section="corpus",
            inputs=("photos",),
        ),
        FigureSpec(
            name="growth",
            module=f"{_HERE}.growth",
            title="How views grow with age",
            caption="Views of the same photographs, read several times, against their age. Fast rise and "
            "early rest, and slow and steady growth, are the two shapes that the paper's conclusion asks about.",
            section="corpus",
            inputs=("growth",),
        ),
        FigureSpec(
            name="table1",
            module=f"{_HERE}.tables",
            title="Table 1: image content alone",
            caption="Rank correlation of the forecast with the truth, by feature, with its 95% interval over other "
            "users. Hollow marks are the paper's own numbers, of its own corpus.",
            section="tables",
            inputs=("table1",),
        ),
        FigureSpec(
            name="table2",
            module=f"{_HERE}.tables",
            title="Table 2: social cues alone",
            caption="Rank correlation of each cue by itself with popularity, and of all cues in one regression, with "
            "95% intervals over other users. Hollow marks are the paper's own numbers, of its own corpus.",
            section="tables",
            inputs=("table2",),
        ),
        FigureSpec(
            name="table3",
            module=f"{_HERE}.tables",
            title="Table 3: content, social cues, and both",
            caption="Rank correlation of the forecast with the truth, with 95% intervals over other users. Hollow "
            "marks are the paper's own numbers, of its own corpus. Where both lie beyond the social cues, content "
            "adds to what the cues tell.",
            section="tables",
            inputs=("table3",),
        ),
        FigureSpec(
            name="simple",
            module=f"{_HERE}.simple",
            title="Simple features",
            caption="Rank correlation of each simple feature with popularity, over all photographs (the paper's "
            "Figure 3). Right of the line: more of it goes with more views. In the paper none goes beyond 0.05.",
            section="reasons",
            inputs=("simple",),
        ),
        FigureSpec(
            name="colors",
            module=f"{_HERE}.colors",
            title="What colours weigh",
            caption="Each bar is one of the 50 colours, drawn in that colour: how much the forecast rises when its "
            "share in the picture grows by one standard deviation, all other colours unchanged (the paper's "
            "Figure 4). Whiskers are 95% intervals. Hatched bars cannot be told from no effect.",
            section="reasons",
            inputs=("importance",),
        ),
        FigureSpec(
            name="objects",
            module=f"{_HERE}.objects",
            title="What objects weigh",
            caption="Objects in the four bands of the paper's section 4.3, by the weight of their probability in the "
            "regression, with 95% intervals. Only objects that can be told from no effect are drawn; how many "
            "cannot is written below.",
            section="reasons",
            inputs=("importance",),
        ),
        FigureSpec(
            name="cues",
            module=f"{_HERE}.cues",
            title="What social cues weigh",
            caption="How much the forecast rises when a cue grows by one standard deviation, all other cues "
            "unchanged, with 95% intervals. Hollow dots cannot be told from no effect.",
            section="reasons",
            inputs=("importance",),
        ),
        FigureSpec(
            name="words",
            module=f"{_HERE}.words",
            title="What words weigh",
            caption="How much higher or lower the forecast is for photographs that have a word in their title, tags or "
            "description, all their other words unchanged, with 95% intervals. Only words that can be told from no "
            "effect are drawn; how many cannot is written below. They go with views; they need not cause them.",
            section="reasons",
            inputs=("importance",),
        ),
        FigureSpec(
            name="regions",
            module=f"{_HERE}.regions",
            title="Which regions make it popular",
            caption="Photographs of high, medium and low forecast, and what each region adds to the forecast or "
            "takes from it (the paper's Figure 7). Sums over a map are exact: with the stated constant they give "
            "the content model's forecast.",
            section="reasons",
            inputs=("regions",),
        ),
        FigureSpec(
            name="per_user",
            module=f"{_HERE}.per_user",
            title="User by user",
            caption="Rank correlation of every feature within each of up to twenty users, by models of that user alone "
            "(the paper's Figure 5), and of all features combined, by which the users are sorted. Rows that are pale "
            "throughout are users whose views content does not explain.",
            section="trust",
            inputs=("scores1",),
        ),
        FigureSpec(
            name="quadrants",
            module=f"{_HERE}.quadrants",
            title="Where the forecast is right, and where it is wrong",
            caption="Photographs with high or low forecast and high or low popularity (the paper's Figure 6). The "
            "two quadrants of errors show what the models do not see.",
            section="trust",
            inputs=("samples",),
        ),
        FigureSpec(
            name="calibration",
            module=f"{_HERE}.calibration",
            title="Forecast against truth",
            caption="Forecasts of held-out photographs against their true popularity, where points on the dashed line "
            "are what one hopes for, and how often the forecast intervals hold the truth, from photographs of which "
            "the models are most certain to those of which they are least so.",
            section="trust",
            inputs=("forecasts", "coverage"),
        ),
        FigureSpec(
            name="protocols",
            module=f"{_HERE}.protocols",
            title="Honest protocols side by side",
            caption="The same models where training and test halves are random, share no user, and are separated in "
            "time. What is lost from left to right is what the random halves owe to knowing the users and the time.",
            section="trust",
            inputs=("table3", "protocols"),
        ),
    )
}
