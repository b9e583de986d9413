"""What the figures draw of small tables, some of them odd; how they look is for the eye."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from viewcast.report.drawing import Look, draw_figure
from viewcast.report.figures import colors, cues, histograms, objects, per_user, simple, words
from viewcast.report.figures import tables as tables_figure
from viewcast.report.paper import PAPER
from viewcast.report.sections.reasons import reasons
from viewcast.report.style import SYNTHETIC, save_figure, short_name, style
from viewcast.store.frames import write_parquet

UNIT = "log2(views per day + 1)"
HOSTILE = "$x^2$ and $\\frac\x1b[31m\n" + "long " * 30
ENDS = ("users_low", "users_high", "photos_low", "photos_high")


def look(name="any", **settings):
    return Look(name, settings.pop("synthetic", True), UNIT, **settings)


def csv(path: Path, rows) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def scores(value, **ends):
    """A column's cells: the number, its deviation and its intervals."""
    cells = {"": value, "_sd": 0.01 if value != "n/a" else "n/a"}
    usual = {end: "n/a" if value == "n/a" else value + (0.1 if "high" in end else -0.1) for end in ENDS}
    return cells | {f"_{end}": number for end, number in (usual | ends).items()}


def row(setting, note="", photos=100, **columns):
    """A row of one of Tables 1 to 3."""
    cells = {name + ending: cell for name, own in columns.items() for ending, cell in own.items()}
    return {"setting": setting, "photos": photos, "users": photos // 10} | cells | {"note": note}


def dots(axes, hollow=None):
    """The x and y of all marks of a panel; only hollow, or only filled ones."""
    marked = [line for line in axes.lines if line.get_marker() not in ("None", None, "")]
    if hollow is not None:
        marked = [line for line in marked if (to_hex(line.get_markerfacecolor()) == "#ffffff") == hollow]
    return sorted((float(x), float(y)) for line in marked for x, y in zip(*line.get_data(), strict=True))


def intervals(axes):
    """The ends of all horizontal lines with an extent."""
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    ends = [segment[:, 0].tolist() for own in lines for segment in own.get_segments() if len(segment) == 2]
    return sorted(pair for pair in ends if not np.isnan(pair).any())


def labels(axes):
    return [text.get_text() for text in axes.get_yticklabels()]


def saved(drawing, tmp_path):
    """Draws the figure, where a formula that is none would raise, and sees that no text is taken for one."""
    with style():
        drawing.figure.savefig(tmp_path / "any.png")
    assert not any(text.get_parse_math() for text in drawing.figure.findobj(Text))


# Tables 1 to 3


@pytest.fixture
def table3(tmp_path):
    def write(*rows):
        return {"table3": [csv(tmp_path / "table3.csv", rows)]}

    return write


def full(setting, value=0.5, **cells):
    return row(
        setting,
        **{name: scores(value + place / 100, **cells) for place, name in enumerate(PAPER["table3"]["one_per_user"])},
    )


def test_a_table_has_a_panel_for_each_setting_with_the_papers_numbers_as_hollow_marks(table3):
    drawing = tables_figure.draw(table3(full("one_per_user"), full("user_mix")), look("table3"))
    for axes, setting in zip(drawing.figure.axes, ("one_per_user", "user_mix"), strict=True):
        assert [x for x, _ in dots(axes, hollow=True)] == sorted(PAPER["table3"][setting].values())
        assert [x for x, _ in dots(axes, hollow=False)] == pytest.approx([0.5, 0.51, 0.52])
        assert np.array(intervals(axes)) == pytest.approx(np.array([[0.4, 0.6], [0.41, 0.61], [0.42, 0.62]]))
    assert labels(drawing.figure.axes[0]) == ["content", "social cues", "content and social cues"]
    assert drawing.figure.axes[0].get_title(loc="left") == "one photo per user\n100 photos\n10 users"
    assert "One photo per user: content and social cues 0.52 [0.42, 0.62]" in drawing.alt and drawing.note == ""


def test_a_table_falls_back_to_intervals_over_photos_and_says_so(table3):
    drawing = tables_figure.draw(
        table3(full("user_mix", users_low="n/a", users_high="n/a", photos_low=0.3)), look("table3")
    )
    assert {low for low, _ in intervals(drawing.figure.axes[0])} == {0.3}
    assert "a dashed one is over other photos of the same users" in drawing.note


def test_a_setting_that_is_not_available_keeps_the_papers_marks_alone(table3):
    gone = row("user_mix", "no user has enough", 0, **dict.fromkeys(PAPER["table3"]["user_mix"], scores("n/a")))
    drawing = tables_figure.draw(table3(full("one_per_user"), gone), look("table3"))
    axes = drawing.figure.axes[1]
    assert dots(axes, hollow=False) == [] and len(dots(axes, hollow=True)) == 3
    assert "not available" in axes.get_title(loc="left")
    assert drawing.note == "User mix: no user has enough." and "User mix: not available." in drawing.alt
    nothing = tables_figure.draw(table3(gone), look("table3"))
    assert nothing.figure is None and "no user has enough" in nothing.note


def test_further_readings_of_the_target_are_left_out_and_mentioned(table3):
    drawing = tables_figure.draw(table3(full("one_per_user"), full("one_per_user.log2_views_plus_one")), look("table3"))
    assert len(drawing.figure.axes) == 1 and "Further readings" in drawing.note


def test_a_cue_without_a_number_is_marked_and_a_hostile_name_is_only_a_name(tmp_path):
    own = row("one_per_user", tags=scores(0.4), is_pro=scores("n/a"), all=scores(0.6), **{HOSTILE: scores(0.1)})
    drawing = tables_figure.draw({"table2": [csv(tmp_path / "t.csv", [own])]}, look("table2"))
    axes = drawing.figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["n/a"] and len(dots(axes, hollow=False)) == 3
    assert len(labels(axes)[3]) <= 32 and labels(axes)[3].startswith("$x^2$ and $\\frac<U+001B>[31m")
    saved(drawing, tmp_path)


# Weights


def weights(path, *rows):
    names = ("setting", "kind", "name", "number", "rgb", "weight", "low", "high", "splits", "agree", "q", "band")
    full_rows = [
        dict(zip(names, (*start, place, rgb, weight, weight - 0.1, weight + 0.1, 10, 1, 0.01, band), strict=True))
        for place, (*start, rgb, weight, band) in enumerate(rows)
    ]
    pd.DataFrame(full_rows, columns=names).to_csv(path, index=False)
    return {"importance": [path]}


def test_colours_are_bars_of_their_own_colour_from_the_heaviest_to_the_lightest(tmp_path):
    given = [
        ("one_per_user", "color", f"color {number}", f"#{number:02x}0000", weight, band)
        for number, weight, band in [
            (1, 0.2, "low positive"),
            (2, 0.9, "strong positive"),
            (3, -0.5, "negative"),
            (4, 0.0, "not distinguishable"),
        ]
    ]
    drawing = colors.draw(weights(tmp_path / "i.csv", *given), look())
    bars = [bar for axes in drawing.figure.axes for bar in axes.patches if bar.get_facecolor()[3] > 0]
    assert [round(bar.get_width(), 3) for bar in bars] == [0.9, 0.2, 0.0, -0.5]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == ["#020000", "#010000", "#040000", "#030000"]
    assert [bool(bar.get_hatch()) for bar in bars] == [False, False, True, False]
    assert [name for axes in drawing.figure.axes for name in labels(axes)] == [
        "#020000",
        "#010000",
        "#040000",
        "#030000",
    ]
    assert drawing.alt.startswith("3 of 4 colours can be told from no effect.")


def test_objects_are_drawn_in_their_bands_ten_at_most_and_the_others_counted(tmp_path):
    bands = [
        ("strong positive", 12, 1),
        ("low positive", 2, 0.1),
        ("negative", 3, -0.4),
        ("not distinguishable", 5, 0.01),
    ]
    given = [
        ("user_mix", "object", f"{band} {n}", "", base + n / 100, band)
        for band, many, base in bands
        for n in range(many)
    ]
    drawing = objects.draw(weights(tmp_path / "i.csv", *given), look())
    strong, low, negative = drawing.figure.axes
    assert labels(strong) == [f"strong positive {n}" for n in range(11, 1, -1)]
    assert labels(low) == ["low positive 1", "low positive 0"]
    assert labels(negative) == ["negative 0", "negative 1", "negative 2"]  # the most negative one first
    assert strong.get_title(loc="left") == "strong positive: 12 objects, of which 10 are drawn"
    assert drawing.note.startswith("5 of 22 objects cannot be told from no effect.") and "user mix" in drawing.note


def test_words_that_lift_and_sink_are_drawn_the_heaviest_first(tmp_path):
    given = [
        ("user_mix", "word", f"{side} {n}", "", base * (1 + n / 100), band)
        for side, many, base, band in [
            ("up", 17, 1, "strong positive"), ("nan", 1, -0.2, "negative"), ("$down$", 2, -0.5, "negative"),
            ("noise", 3, 0.1, "not distinguishable"),
        ]
        for n in range(many)
    ]  # fmt: skip
    drawing = words.draw(weights(tmp_path / "i.csv", *given), look())
    lift, sink = drawing.figure.axes
    assert labels(lift) == [f"up {n}" for n in range(16, 1, -1)]
    assert labels(sink) == ["$down$ 1", "$down$ 0", "nan 0"]
    assert lift.get_title(loc="left") == "Words that lift: 17, of which 15 are drawn"
    assert sink.get_title(loc="left") == "Words that sink: 3"
    assert drawing.note.startswith("3 of 23 words cannot be told from no effect.") and "user mix" in drawing.note
    assert drawing.alt.startswith("Words that lift, 17: up 16 1.160")


def test_words_that_the_font_lacks_are_spelled_below_the_figure(tmp_path):
    names = ["夜景", "sea", "غروب", "café", "🌅"]
    given = [("user_mix", "word", name, "", 5.0 - n, "strong positive") for n, name in enumerate(names)]
    drawing = words.draw(weights(tmp_path / "i.csv", *given), look())
    assert labels(drawing.figure.axes[0]) == ["(1)", "sea", "(2)", "café", "(3)"]
    assert drawing.note.endswith("In the figure, (1) is 夜景, (2) is غروب and (3) is 🌅.")


def test_labels_that_the_font_lacks_are_numbers_that_the_note_explains(tmp_path):
    told = [("user_mix", "cue", name, "", 1.0, "strong positive") for name in ("tags", "人気度", "שלום")]
    drawing = cues.draw(weights(tmp_path / "i.csv", *told), look())
    assert [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()] == ["tags", "(1)", "(2)"]
    assert drawing.note == "In the figure, (1) is 人気度 and (2) is שלום."
    own = row("user_mix", 人気度=scores(0.2), tags=scores(0.3))
    drawing = tables_figure.draw({"table2": [csv(tmp_path / "t.csv", [own])]}, look("table2"))
    assert [label.get_text() for label in drawing.figure.axes[0].get_yticklabels()] == ["(1)", "tags"]
    assert drawing.note.endswith("In the figure, (1) is 人気度.")


def test_a_word_that_is_called_like_a_cue_is_listed_as_it_is(tmp_path):
    given = [("user_mix", kind, "title_length", "", 1.0, "strong positive") for kind in ("cue", "word")]
    found = reasons(weights(tmp_path / "i.csv", *given)["importance"][0]).weights
    listed = {part.title: part.table.rows[0][0].text for part in found}
    assert listed == {"Social cues, user mix": "title length", "Words, user mix": "title_length"}


def test_words_that_are_all_noise_or_absent_are_no_figure(tmp_path):
    noise = ("user_mix", "word", "sea", "", 1.0, "not distinguishable")
    assert "1 of 1 word cannot" in words.draw(weights(tmp_path / "i.csv", noise), look()).note
    drawing = words.draw(weights(tmp_path / "i.csv", ("user_mix", "cue", "tags", "", 1.0, "negative")), look())
    assert drawing.figure is None and "enough photographs share" in drawing.note


def test_one_photo_per_user_goes_before_the_mix(tmp_path):
    given = [(setting, "object", setting, "", 1.0, "strong positive") for setting in ("user_mix", "one_per_user")]
    drawing = objects.draw(weights(tmp_path / "i.csv", *given), look())
    assert labels(drawing.figure.axes[0]) == ["one_per_user"] and "one photo per user" in drawing.note


@pytest.mark.parametrize(("module", "kind"), [(colors, "color"), (objects, "object"), (cues, "cue")])
def test_without_weights_there_is_no_figure(tmp_path, module, kind):
    other = ("one_per_user", "cue" if kind == "color" else "color", "x", "#000000", 1.0, "strong positive")
    lost = ("one_per_user", kind, "x", "#000000", math.nan, "strong positive")
    drawing = module.draw(weights(tmp_path / "i.csv", other, lost), look())
    assert drawing.figure is None and "is available" in drawing.note and drawing.alt.startswith("There is no figure")


def test_objects_that_are_all_noise_are_no_figure(tmp_path):
    drawing = objects.draw(
        weights(tmp_path / "i.csv", ("user_mix", "object", "cup", "", 1.0, "not distinguishable")), look()
    )
    assert drawing.figure is None and "1 of 1 object cannot" in drawing.note


def test_cues_of_both_settings_stand_beside_each_other_hollow_where_they_show_nothing(tmp_path):
    given = [
        ("one_per_user", "cue", "tags", "", 0.3, "low positive"),
        ("one_per_user", "cue", HOSTILE, "", 0.9, "not distinguishable"),
        ("one_per_user", "cue", "contacts_missing", "", -0.2, "negative"),
        ("user_mix", "cue", "tags", "", 0.5, "strong positive"),
    ]
    drawing = cues.draw(weights(tmp_path / "i.csv", *given), look())
    one, mix = drawing.figure.axes
    assert labels(one)[1:] == ["tags", "contacts: missing"] and labels(one)[0].startswith("$x^2$")
    assert dots(one, hollow=True) == [(0.9, 0)] and dots(one, hollow=False) == [(-0.2, 2), (0.3, 1)]
    assert dots(mix) == [(0.5, 1)] and [text.get_text() for text in mix.texts] == ["n/a", "n/a"]
    saved(drawing, tmp_path)


# Simple features, users, protocols


def test_simple_features_are_bars_in_the_order_of_the_table(tmp_path):
    table = [
        {"feature": "hue_mean", "photos": 1200, "rho": -0.2},
        {"feature": "value_mean", "photos": 1200, "rho": "n/a"},
    ]
    drawing = simple.draw({"simple": [csv(tmp_path / "s.csv", table)]}, look())
    (axes,) = drawing.figure.axes
    assert labels(axes) == ["mean hue", "mean brightness (value)"]
    assert [bar.get_width() for bar in axes.patches] == [-0.2, 0] and [t.get_text() for t in axes.texts] == [
        "−0.200",
        "n/a",
    ]
    assert (
        drawing.alt
        == "Rank correlations with popularity, over 1,200 photographs: mean hue −0.200 and mean brightness (value) n/a."
    )


def per_user_scores(path, users, setting="user_specific"):
    """Two splits; the fusion of user u is u / 100, and its gist half of that."""
    kinds = [("feature", "gist", 0.5), ("feature", "best_single_feature", 9), ("fusion", "content", 1)]
    rows = [
        (setting, kind, name, split, user, number / 100 * share + 0.01 * (split * 2 - 1))
        for number, user in enumerate(users)
        for split in range(2)
        for kind, name, share in kinds
    ]
    rows = pd.DataFrame(rows, columns=["setting", "kind", "name", "split", "user", "rho"])
    return {"scores1": [csv(path, rows)]}


def test_users_are_sorted_by_their_fusion_and_named_by_their_hash(tmp_path):
    users = [f"{HOSTILE}{number}" for number in range(5)]
    drawing = per_user.draw(per_user_scores(tmp_path / "d.csv", users), look())
    axes = drawing.figure.axes[0]
    assert labels(axes) == [short_name(user) for user in reversed(users)]
    values = axes.images[0].get_array()
    assert np.asarray(values) == pytest.approx(np.array([[n / 200, n / 100] for n in (4, 3, 2, 1, 0)]), abs=1e-12)
    assert [text.get_text() for text in axes.texts][:2] == ["0.02", "0.04"]
    assert drawing.note == "There are 5 users in all."
    named = per_user.draw(per_user_scores(tmp_path / "d.csv", users), look(users=True))
    assert all(label.startswith("$x^2$") and len(label) <= 18 for label in labels(named.figure.axes[0]))
    saved(named, tmp_path)


def test_twenty_users_are_chosen_whatever_their_order_and_their_scores(tmp_path):
    users = [f"user {number}" for number in range(50)]
    first, second = (
        per_user.draw(per_user_scores(tmp_path / f"{n}.csv", order), look())
        for n, order in enumerate((users, users[::-1]))
    )
    chosen = labels(first.figure.axes[0])
    assert len(chosen) == 20 and set(chosen) == set(labels(second.figure.axes[0]))
    assert first.note.startswith("There are 50 users in all; 20 of them are shown")


def test_users_of_another_reading_are_none_of_the_setting(tmp_path):
    drawing = per_user.draw(per_user_scores(tmp_path / "d.csv", ["u"], "user_specific.log2_views_plus_one"), look())
    assert drawing.figure is None and "user-specific is not available" in drawing.note


# Photos and forecasts


def photos(path, views, popularity):
    write_parquet(pd.DataFrame({"views": pd.array(views, dtype="Int64"), "popularity": popularity}), path)
    return {"photos": [path]}


def heights(axes):
    (stairs,) = [patch for patch in axes.patches]
    return stairs.get_data().values


def test_histograms_count_all_photos_but_the_tail_of_the_views(tmp_path):
    views = [*range(1000), None, 10**9]
    drawing = histograms.draw(photos(tmp_path / "p.parquet", views, [*np.linspace(0, 5, 1001), np.nan]), look())
    assert [heights(axes).sum() for axes in drawing.figure.axes] == [990, 1000, 1001]
    assert [axes.get_title(loc="left") for axes in drawing.figure.axes] == ["a", "b", "c"]
    assert drawing.note == "Panel a leaves out 10 photographs with more than 989 views, up to 999."
    assert "1,001 photographs" in drawing.alt and UNIT in drawing.figure.axes[2].get_xlabel()


@pytest.mark.parametrize("views", [[7], [None]])
def test_one_photo_is_a_histogram_too(tmp_path, views):
    drawing = histograms.draw(photos(tmp_path / "p.parquet", views, [3.0]), look())
    assert [heights(axes).sum() for axes in drawing.figure.axes] == [1] * (3 if views[0] else 1)
    assert drawing.alt.startswith("1 photograph.") and ("has no views" in drawing.note) == (views[0] is None)
    saved(drawing, tmp_path)


def test_without_popularity_there_is_no_histogram(tmp_path):
    assert histograms.draw(photos(tmp_path / "p.parquet", [1], [np.nan]), look()).figure is None


# Files


def test_a_figure_has_the_same_bytes_twice_and_the_stamp_where_the_corpus_is_synthetic(tmp_path, table3):
    inputs = table3(full("one_per_user"))
    written = []
    for name, synthetic in (("a", True), ("b", True), ("c", False)):
        files = {kind: tmp_path / f"{name}.{kind}" for kind in ("svg", "png")}
        draw_figure(look("table3", synthetic=synthetic), inputs, record=tmp_path / f"{name}.json", **files)
        written.append([path.read_bytes() for path in files.values()])
    assert written[0] == written[1] and written[0][0] != written[2][0]


def test_nothing_runs_into_the_stamp(tmp_path, table3):
    """The box of the stamp touches that of no title, legend or axes."""
    figure = tables_figure.draw(
        table3(full("one_per_user"), full("user_mix"), full("user_specific")), look("table3")
    ).figure
    save_figure(figure, look(), tmp_path / "any.svg", tmp_path / "any.png")
    with style():
        figure.draw_without_rendering()
    (stamp,) = [text for text in figure.findobj(Text) if text.get_text() == SYNTHETIC]
    boxes = [axes.get_tightbbox() for axes in figure.axes] + [legend.get_window_extent() for legend in figure.legends]
    assert boxes and not any(stamp.get_window_extent().overlaps(box) for box in boxes)
