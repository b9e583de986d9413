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
            name="histograms",
            module=f"{_HERE}.histograms",
            title="How views are distributed",
            caption="Views as counted, their logarithm, and the popularity that is forecast, with the normal "
            "distribution of the same mean and deviation (the paper's Figure 2). Counts of views have a long tail; "
            "the popularity should look close to the curve.",
            section="corpus",
            inputs=("photos",),
        ),
    )
}
