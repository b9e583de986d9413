"""The figures of trust and of the corpus: what is drawn, what is said of the rest, the same bytes twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from report_sources import TABLES, Study

from viewcast.corpus.growth import LAYOUT as GROWTH
from viewcast.corpus.growth import summarise_growth
from viewcast.corpus.settings import Setting, save_setting
from viewcast.folds import TEST
from viewcast.forecasts import Forecasts, save_forecasts
from viewcast.report.drawing import LAYOUT, Drawing, Look, draw_figure
from viewcast.report.figures import calibration, growth, protocols
from viewcast.store.records import read_record, write_record

MODELS = ("content", "social", "content_social", "mean_views_alone")


def look(name: str, **more) -> Look:
    return Look(name, True, "log2(views per day + 1)", **more)


def written(name: str, inputs, folder, **more) -> tuple[bytes, bytes, dict]:
    """The files of a figure: its SVG, its PNG and its record."""
    paths = [folder / f"{name}.{suffix}" for suffix in ("svg", "png", "json")]
    draw_figure(look(name, **more), inputs, svg=paths[0], png=paths[1], record=paths[2])
    return paths[0].read_bytes(), paths[1].read_bytes(), read_record(paths[2], LAYOUT)


def drawn_twice(name: str, inputs, folder, **more) -> dict:
    """The record of a figure whose files have the same bytes when it is drawn again."""
    first, second = (written(name, inputs, folder, **more) for _ in range(2))
    assert first == second
    return first[2]


def marks(drawing: Drawing, panel: int) -> list[tuple[float, float]]:
    """The single marks of a panel."""
    assert drawing.figure is not None
    lines = drawing.figure.axes[panel].lines
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines if line.get_marker() != "None"]


class TestProtocols:
    @pytest.fixture
    def study(self, tmp_path) -> Study:
        return Study(tmp_path)

    @staticmethod
    def protocols(study: Study, lacking: str = "", knows: str = "cross_fitted") -> dict[str, list]:
        rows = []
        for number, name in enumerate(("random_halves", "user_disjoint", "time_forward")):
            row = {"protocol": name, "mean_views": knows, "photos": "38", "users": "5", "note": ""}
            for place, model in enumerate(MODELS):
                own = 0.3 + 0.1 * place - 0.05 * number
                row |= {model: f"{own:.4f}", f"{model}_users_low": f"{own - 0.1:.4f}",
                        f"{model}_users_high": f"{own + 0.1:.4f}"}  # fmt: skip
                if name == lacking:
                    row |= dict.fromkeys([model, f"{model}_users_low", f"{model}_users_high"], "n/a")
            rows.append(row | ({"note": "only $3$ users take part"} if name == lacking else {}))
        study.csv("protocols.csv", pd.DataFrame(rows))
        return {"table3": [study.folder / "table3.csv"], "protocols": [study.folder / "protocols.csv"]}

    def test_every_score_is_drawn_at_its_value(self, study):
        drawing = protocols.draw(self.protocols(study), look("protocols"))
        assert sorted(y for _, y in marks(drawing, 1)) == pytest.approx(
            sorted(0.3 + 0.1 * place - 0.05 * number for place in range(4) for number in range(3))
        )
        assert len(marks(drawing, 0)) == 9
        assert "content 0.30 [0.20, 0.40]" in drawing.alt and "95% intervals over other users" in drawing.note
        assert "cross-fitted" in drawing.note

    def test_a_protocol_that_cannot_be_had_is_said(self, study, tmp_path):
        inputs = self.protocols(study, lacking="user_disjoint")
        drawing = protocols.draw(inputs, look("protocols"))
        assert len(marks(drawing, 1)) == 8 and [text.get_text() for text in drawing.figure.axes[1].texts] == ["n/a"]
        assert "no user in both halves (only $3$ users take part)" in drawing.note
        assert "No user in both halves: not available" in drawing.alt
        drawn_twice("protocols", inputs, tmp_path)

    def test_the_configured_mean_of_views_is_drawn(self, study):
        inputs = self.protocols(study, knows="leave_one_out")
        assert "without the photo" in protocols.draw(inputs, look("protocols", mean_views="leave_one_out")).note
        other = protocols.draw(inputs, look("protocols", mean_views="training_half"))
        assert not marks(other, 1) and "no row for training half" in other.note

    def test_without_any_score_there_is_no_figure(self, study, tmp_path):
        inputs = self.protocols(study, lacking="user_disjoint", knows="another")
        study.table("table3", [{**study.row("table3", "user_mix", TABLES["table3"]),
                                **dict.fromkeys(TABLES["table3"], "n/a"), "note": "no user has"}])  # fmt: skip
        drawing = protocols.draw(inputs, look("protocols"))
        assert drawing.figure is None and "no user has" in drawing.note
        assert not drawn_twice("protocols", inputs, tmp_path)["drawn"]


class TestCalibration:
    @staticmethod
    def inputs(folder, sizes: dict[str, int], *, splits: int = 2, tests: bool = True, covered: str = "0.7500",
               best: str = "content_social"):  # fmt: skip
        """Files of settings of so many photos, with forecasts that are the truth and 1; none: not available."""
        models, settings, rows = {"content_social": [], "content": []}, [], []
        for name, n in sizes.items():
            truth = np.linspace(0, 10, n)
            folds = np.tile((np.arange(n) % 2 - 1 if tests else np.zeros(n)).astype(np.int8), (splits, 1))
            photo_id = np.array([f"p{number}" for number in range(n)], dtype=object)
            model = np.where(folds == TEST, truth + 1, 99.0)
            unavailable = "" if n else "too few photos"
            group = np.zeros(n, dtype=np.int64)
            for kind in ("models", "settings"):
                (folder / kind).mkdir(exist_ok=True)
            settings.append(folder / "settings" / f"{name}.h5")
            save_setting(Setting(name, photo_id, photo_id, truth, folds, group, unavailable), settings[-1])
            none = np.zeros((1, splits))
            weights, intercept = [np.zeros((splits, 1))], [np.zeros(splits)]
            for fusion, files in models.items():
                files.append(folder / "models" / f"{name}_{fusion}.h5")
                forecast = model if fusion == best else model + 50
                save_forecasts(
                    Forecasts(name, fusion, photo_id, forecast, none, none, none > 0, weights, intercept), files[-1]
                )
            for tenth in ("all", *range(1, 11)):
                row = {"setting": name, "model": best, "tenth": str(tenth), "photos": f"{n / 20:.1f}"}
                rows.append(row | {"coverage80": covered, "coverage95": "0.9500" if covered != "n/a" else "n/a"})
        pd.DataFrame(rows).to_csv(folder / "coverage.csv", index=False)
        return {"forecasts": [*sum(models.values(), []), *settings], "coverage": [folder / "coverage.csv"]}

    @pytest.mark.parametrize(("best", "words"), [("content_social", "content and social cues"), ("content", "content")])
    def test_medians_of_a_forecast_that_is_one_too_high(self, tmp_path, best, words):
        """A corpus without social cues has no intervals of both together; content's are drawn with its forecasts."""
        drawing = calibration.draw(self.inputs(tmp_path, {"user_mix": 400}, best=best), look("calibration"))
        assert f"forecasts from {words}." in drawing.note
        left, right = drawing.figure.axes
        (medians,) = [line for line in left.lines if line.get_label() == "median truth"]
        assert len(medians.get_xdata()) == 5
        assert np.asarray(medians.get_xdata()) - np.asarray(medians.get_ydata()) == pytest.approx(np.ones(5))
        (dots,) = [found for found in left.collections if len(found.get_offsets()) == 200]
        assert np.asarray(dots.get_offsets())[:, 0].max() < 12, "only held-out photographs are drawn"
        lines = {line.get_label(): line for line in right.lines}
        assert list(lines["80% interval"].get_ydata()) == [0.75] * 10
        assert "The 80% intervals hold the truth of 75% of the photographs" in drawing.alt
        assert "200 photographs" in drawing.alt and "differ by more than 1.00" in drawing.alt

    def test_bins_against_pandas(self):
        rng = np.random.default_rng(0)
        forecast, truth = rng.normal(size=(2, 2000))
        bins = calibration.bin_medians(forecast, truth)
        parts = pd.DataFrame({"forecast": forecast, "truth": truth}).groupby(pd.qcut(forecast, 20), observed=True)
        assert bins["median"].to_numpy() == pytest.approx(parts["truth"].median().to_numpy())
        assert bins["forecast"].to_numpy() == pytest.approx(parts["forecast"].median().to_numpy())
        assert bins["high"].to_numpy() == pytest.approx(parts["truth"].quantile(0.9).to_numpy())

    def test_the_setting_of_most_photos_is_drawn(self, tmp_path):
        drawing = calibration.draw(self.inputs(tmp_path, {"one_per_user": 80, "user_mix": 90}), look("calibration"))
        assert "of the setting user mix" in drawing.note

    def test_of_many_photos_some_are_drawn_and_the_note_says_so(self, tmp_path):
        inputs = self.inputs(tmp_path, {"user_mix": 6000})
        drawing = calibration.draw(inputs, look("calibration"))
        assert "2,000 of 3,000 photographs" in drawing.note
        assert 2000 in [len(found.get_offsets()) for found in drawing.figure.axes[0].collections]
        drawn_twice("calibration", inputs, tmp_path)

    def test_what_is_missing_is_said(self, tmp_path):
        none = calibration.draw(self.inputs(tmp_path, {"user_mix": 0}), look("calibration"))
        assert none.figure is None and "No setting could be had" in none.note
        none = calibration.draw(self.inputs(tmp_path, {"user_mix": 8}, tests=False), look("calibration"))
        assert none.figure is None and "held out" in none.note
        some = calibration.draw(self.inputs(tmp_path, {"user_mix": 0, "one_per_user": 8}, covered="n/a"), look("c"))
        assert "nothing is known" in some.note and "n/a" in [text.get_text() for text in some.figure.axes[1].texts]

    def test_one_held_out_photo(self, tmp_path):
        inputs = self.inputs(tmp_path, {"user_mix": 2})
        assert drawn_twice("calibration", inputs, tmp_path)["drawn"]


class TestGrowth:
    @staticmethod
    def inputs(folder, seen: dict[str, list[int]], *, passes: int = 3) -> dict[str, list]:
        """A log of counts that lie ten days apart, one count in each pass."""
        start = pd.Timestamp("2014-01-01", tz="UTC")
        rows = [
            {"photo_id": photo, "views": views, "observed_at": start + pd.Timedelta(days=10 * number),
             "pass": min(number, passes)}
            for photo, counts in seen.items() for number, views in enumerate(counts, 1)
        ]  # fmt: skip
        log = pd.DataFrame(rows)
        photos = pd.DataFrame({"photo_id": list(seen), "uploaded_at": start})
        write_record(summarise_growth(log, photos), folder / "growths.json", GROWTH)
        return {"growth": [folder / "growths.json"]}

    def test_each_shape_is_counted_and_drawn(self, tmp_path):
        seen = {"fast": [90, 95, 100], "even": [33, 66, 100], "other": [40, 70, 100], "few": [1, 2, 3]}
        inputs = self.inputs(tmp_path, seen)
        drawing = growth.draw(inputs, look("growth"))
        legend = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
        assert legend == ["fast, then rest: 1", "slow and steady: 2", "late: 0", "unclear: 1"]
        assert "4 photographs, by shape" in drawing.alt and "slow and steady: 2" in drawing.alt
        assert "Unclear are 1 of 4 photographs" in drawing.note
        left, right = drawing.figure.axes
        assert sorted(list(line.get_ydata()) for line in left.lines) == sorted(
            [count + 1 for count in counts] for counts in seen.values()
        )
        assert right.lines[0].get_ydata()[-1] == 1
        drawn_twice("growth", inputs, tmp_path)

    def test_only_unclear_photos(self, tmp_path):
        drawing = growth.draw(self.inputs(tmp_path, {"few": [0, 0, 0]}), look("growth"))
        assert "n/a" in [text.get_text() for text in drawing.figure.axes[1].texts]
        assert len(drawing.figure.axes[0].lines) == 1

    @pytest.mark.parametrize(
        ("seen", "passes", "said"),
        [
            ({"a": [1, 2]}, 1, "Raise corpus.flickr.pass_number"),
            ({"a": [1], "b": [1, None]}, 2, "No photograph has two"),
        ],
    )
    def test_what_is_missing_and_what_to_do_is_said(self, tmp_path, seen, passes, said):
        inputs = self.inputs(tmp_path, seen, passes=passes)
        drawing = growth.draw(inputs, look("growth"))
        assert drawing.figure is None and said in drawing.note and drawing.alt
        assert not drawn_twice("growth", inputs, tmp_path)["drawn"]

    def test_a_corpus_that_is_no_crawl(self, tmp_path):
        write_record(summarise_growth(None, pd.DataFrame()), tmp_path / "growths.json", GROWTH)
        drawing = growth.draw({"growth": [tmp_path / "growths.json"]}, look("growth"))
        assert drawing.figure is None and "one count of views for each photograph" in drawing.note
