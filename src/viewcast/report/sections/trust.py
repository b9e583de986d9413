"""The page's section on how far its numbers can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from viewcast.corpus.settings import SETTINGS
from viewcast.report.cells import MODELS, Cell, Table
from viewcast.report.scores import Score, read_table, score, value
from viewcast.report.words import column_words, decimals, listed, number, setting_words

#: Models of baselines.csv that stand in Table 3 as well.
_TABLE3 = (*MODELS, "words", "content_words_social")


def trust(
    protocols: str | Path, baselines: str | Path, coverage: str | Path, ablation: str | Path | None, knows: str
) -> dict[str, Any]:
    """How far the numbers can be trusted: other protocols, other models, more features, and the intervals of single
    forecasts.

    :param ablation: None where there is no feature beyond the content model's.
    :param knows: the kind of the mean of views that the social models of the tables take.
    """
    return {
        "ablation": list(_ablation(read_table(ablation))) if ablation is not None else [],
        "protocols": _protocols(read_table(protocols), knows),
        "baselines": list(_baselines(read_table(baselines))),
        "coverage": _coverage(read_table(coverage)),
    }


def _protocols(rows: pd.DataFrame, knows: str) -> dict[str, Any]:
    own = rows[rows["mean_views"] == knows].to_dict("records")
    body = [
        [Cell(setting_words(row["protocol"])), *(Cell(cell.number, cell.interval) for cell in _of_models(row))]
        for row in own
    ]
    notes = [f"{setting_words(row['protocol'])} is not available: {row['note']}." for row in own if row["note"]]
    found = {row["protocol"]: dict(zip(MODELS, _of_models(row), strict=True)) for row in own}
    said = []
    for protocol, words in (
        ("user_disjoint", "For users whom no model has seen"),
        ("time_forward", "For later photographs, forecast from earlier ones"),
    ):
        if all(
            found.get(name, {}).get(m, Score(math.nan)).there for name in ("random_halves", protocol) for m in MODELS
        ):
            changes = [
                f"{found[protocol][model].number} instead of {found['random_halves'][model].number} for {what}"
                for model, what in (
                    ("content", "content alone"),
                    ("social", "the cues alone"),
                    ("content_social", "both"),
                )
            ]
            said.append(f"{words}, the rank correlation is {listed(changes)}.")
    head = ["photographs are divided", *map(column_words, MODELS)]
    return {
        "table": Table("protocols", "Rank correlation over all usable photographs, by protocol", head, body),
        "said": said,
        "notes": notes,
    }


def _of_models(row: Mapping[str, str]) -> list[Score]:
    return [score(row, model) for model in MODELS]


def _baselines(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    measures = {
        "rho": "rank correlation",
        "kendall": "Kendall's tau",
        "pairwise": "pairs in order",
        "top10": "of the top tenth",
    }
    for setting in SETTINGS:
        own = rows[(rows["setting"] == setting) & (rows["rho"] != "n/a")]
        if own.empty:
            continue
        body = [
            [
                Cell(_model_words(row["model"]) + (" (Table 3)" if row["model"] in _TABLE3 else "")),
                *(Cell(number(value(row[measure]))) for measure in measures),
            ]
            for row in own.to_dict("records")
        ]
        simpler = own[own["model"].str.contains("ridge_|boosting_|knn_|best_single")]
        fused = own.loc[own["model"] == "content_social", "rho"]
        said = ""
        if len(simpler) and len(fused):
            best = simpler.loc[simpler["rho"].map(value).idxmax()]
            said = (
                f"The best of the other models has a rank correlation of {number(value(best['rho']), 3)} "
                f"({_model_words(best['model'])}), the forecast from content and cues of Table 3 has "
                f"{number(value(fused.iloc[0]), 3)}."
            )
        words = setting_words(setting)
        name = f"baselines-{setting.replace('_', '-')}"
        yield {"said": said, "table": Table(name, f"Other models, {words}", ["model", *measures.values()], body)}


def _model_words(model: str) -> str:
    """A model of baselines.csv."""
    kinds = {"ridge": "ridge regression", "boosting": "boosted trees", "knn": "nearest neighbours"}
    kind, _, what = model.partition("_")
    if kind in kinds:
        return f"{kinds[kind]} on {column_words(what)}"
    if model == "mean":
        return "the same for every photograph"
    return column_words(model)


def _ablation(rows: pd.DataFrame) -> Iterator[Table]:
    """What each feature adds: a table for each setting and protocol."""
    columns = ("alone", "content", "over_content", "content_social", "over_content_social")
    head = ["with", "alone", "content", "gain", "content and cues", "gain"]
    for setting, own in rows.groupby("setting", sort=False):
        if (own["content"] == "n/a").all():
            continue
        body = []
        for row in own.to_dict("records"):
            scores = [score(row, column) for column in columns]
            said = {"nothing": "nothing more", "everything": "all of them"}.get(
                row["added"], column_words(row["added"])
            )
            body.append([Cell(said), *(Cell(one.number if one.there else "", one.interval) for one in scores)])
        name = f"ablation-{str(setting).replace('_', '-')}"
        yield Table(name, f"What more features add, {setting_words(str(setting))}", head, body)


def _coverage(rows: pd.DataFrame) -> Table:
    body = []
    rows = rows[rows["tenth"] == "all"]
    both = rows["model"].str.match("content_social")
    # Where there are no social cues, content is all that forecasts.
    for row in rows[both if both.any() else rows["model"] == "content"].to_dict("records"):
        shares = [value(row[f"coverage{promised}"]) for promised in (80, 95)]
        width = value(row["width80"])
        body.append(
            [
                Cell(setting_words(row["setting"])),
                *(Cell("n/a" if math.isnan(share) else f"{share:.1%}") for share in shares),
                Cell(number(width, decimals(np.array([0, width])))),
            ]
        )
    head = ["setting or protocol", "in the 80% interval", "in the 95% interval", "width of the 80% interval"]
    return Table("coverage", "How often the forecast intervals hold the truth", head, body)
