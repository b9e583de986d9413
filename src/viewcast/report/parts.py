"""The parts of the page as data: tables, lists and sentences; the templates give them their looks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from viewcast.corpus.write import SUMMARY
from viewcast.report import sentences
from viewcast.report.cells import MODELS, Cell, Table
from viewcast.report.layout import TITLES
from viewcast.report.paper import PAPER
from viewcast.report.scores import OVER, Score, columns_of, read_table, score, value
from viewcast.report.style import short_name
from viewcast.report.weights import NOISE
from viewcast.report.words import column_words, cut, listed, number, setting_words
from viewcast.store.frames import read_parquet
from viewcast.store.records import read_record

#: Reasons to leave a photo out, in words: statuses of photos.parquet, then of pictures.
STATUSES = {
    "no_views": "no count of views",
    "negative_views": "a count of views below 0",
    "no_upload_time": "no upload time",
    "upload_after_crawl": "uploaded after its views were read",
    "no_target": "no popularity in the table",
    "missing": "the picture is not in the folder",
    "empty": "the picture's file is empty",
    "truncated": "the picture's file is cut off",
    "unsupported": "the file is no picture that can be read",
    "too_large": "the picture has too many pixels",
    "too_small": "the picture is too small",
}
#: Of lists that a reader takes in at once.
_LONGEST_LIST = 8
_IN_SENTENCES = {"content": "Content alone", "social": "The social cues alone", "content_social": "Both together"}
_KINDS = {"object": "Objects", "color": "Colours", "cue": "Social cues"}


@dataclass(frozen=True)
class PaperTable:
    """One of Tables 1 to 3.

    :ivar readings: the same by other readings of the popularity.
    :ivar notes: settings that cannot be had, or leave users out.
    """

    title: str
    table: Table
    readings: Table | None
    notes: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """What was found in one setting.

    :ivar scores: name of the model -> its score and the paper's number.
    :ivar gain: does content add to the social cues, in one sentence; ``gains``: the same at length.
    :ivar doubts: what has to be said beside the numbers.
    """

    setting: str
    among: str
    photos: str
    users: str
    scores: Mapping[str, tuple[Score, str]]
    gain: str
    gains: Sequence[str]
    doubts: Sequence[str]


@dataclass(frozen=True)
class Weights:
    """What the inputs of a kind weigh in a setting.

    :ivar table: those that can be told from no effect, the heaviest first; None where there are none.
    :ivar said: how many can be told, and how many cannot.
    """

    title: str
    said: str
    table: Table | None


@dataclass(frozen=True)
class Reasons:
    """What each input weighs, setting by setting."""

    said: str
    weights: Sequence[Weights] = field(default_factory=tuple)


def paper_table(name: str, path: str | Path) -> PaperTable:
    """One of the paper's tables, turned so that a telephone shows it: a column for each setting.

    :param name: ``table1``, ``table2`` or ``table3``.
    """
    rows = read_table(path)
    records = {row["setting"]: row for row in rows.to_dict("records")}
    scores, differences = columns_of(rows)
    own = [setting for setting in records if "." not in setting]
    others = [setting for setting in records if "." in setting]
    cells = [score(row, column) for row in records.values() for column in scores + differences]
    over = [words for kind, words in OVER.items() if any(cell.over == kind for cell in cells)]
    brackets = f", with 95% intervals over {' or, where there is none, '.join(over)}" if over else ""
    caption = f"Rank correlations with popularity{brackets}. n/a: there is no such number here."
    return PaperTable(
        f"Table {name[-1]}. {TITLES[name]}",
        _turned(name, caption, own, records, scores + differences),
        _turned(f"{name}-readings", "The same by other readings of popularity.", others, records, scores)
        if others
        else None,
        sentences.unavailable_words(list(records.values())),
    )


def _turned(
    name: str, caption: str, settings: Sequence[str], records: Mapping[str, Mapping[str, str]], columns: Sequence[str]
) -> Table:
    rows = []
    for column in columns:
        row = [Cell(column_words(column))]
        for setting in settings:
            cell = score(records[setting], column)
            paper = PAPER.get(name, {}).get(setting, {}).get(column)
            row.append(Cell(cell.number, cell.interval, "" if paper is None else f"paper {number(paper)}"))
        rows.append(row)
    for what in ("photos", "users"):
        rows.append([Cell(what), *(Cell(_count(records[setting][what])) for setting in settings)])
    return Table(name, caption, ["", *map(setting_words, settings)], rows)


def answer(table3: str | Path) -> Sequence[Answer]:
    """What was found, by setting; those that cannot be had are left out."""
    found = []
    for row in read_table(table3).to_dict("records"):
        setting = row["setting"]
        if row["photos"] == "0" or "." in setting:
            continue
        paper = PAPER.get("table3", {}).get(setting, {})
        scores = {name: (score(row, name), number(paper[name]) if name in paper else "") for name in MODELS}
        gain = score(row, "over_social")
        both = "the forecast from content and cues"
        gains = [sentences.verdict_words(gain, better=both, than="the forecast from the cues alone")]
        if gain.over == "users" and not math.isnan(score(row, "over_social", "photos").low):
            photos = score(row, "over_social", "photos")
            gains.append(f"Over other photos of the same users, the interval is {photos.interval}: {photos.verdict}.")
        # What is not there is told by the table's own note, where it has one.
        said = {model: words for model, words in _IN_SENTENCES.items() if scores[model][0].there or not row["note"]}
        doubts = [sentences.doubt_words(words, scores[model][0]) for model, words in said.items()]
        if len(said) < len(_IN_SENTENCES):
            doubts += sentences.unavailable_words([row])
        found.append(
            Answer(
                setting=setting,
                among=sentences.among(setting),
                photos=row["photos"],
                users=row["users"],
                scores=scores,
                gain=sentences.adds_words(gain),
                gains=gains,
                doubts=[said for said in doubts if said],
            )
        )
    return found


def corpus(photos: str | Path, summary: str | Path, problems: str | Path, *, users: bool) -> dict[str, Any]:
    """The corpus at a glance.

    :param users: are users named by their identifiers?
    """
    frame = read_parquet(photos, ["photo_id", "user_id", "uploaded_at", "crawled_at", "status"])
    known, troubles = read_record(summary, SUMMARY), read_table(problems)
    failed = troubles[troubles["status"] != "ok"]
    usable = (frame["status"] == "ok") & ~frame["photo_id"].isin(failed["photo_id"])
    per_user = frame["user_id"].value_counts()
    busiest = str(per_user.index[0])
    facts = [
        ("photographs", f"{len(frame):,}, of which {int(usable.sum()):,} can be used"),
        ("users", f"{len(per_user):,}, of whom {known['users_matched']:,} have a row in the users table"),
        (
            "photographs of one user",
            f"{per_user.median():,.0f} in the median, {per_user.max():,} at most (of the user "
            f"{cut(busiest) if users else short_name(busiest)})",
        ),
        ("uploaded", _span(frame["uploaded_at"])),
        ("views read", _span(frame["crawled_at"])),
    ]
    quartiles = known["views_quartiles"]
    if min(quartiles) >= 0:
        low, median, high = (f"{views:,.0f}" for views in quartiles)
        facts.append(("views", f"{median} in the median; half of the photographs have {low} to {high}"))
    tags = _tags(photos, frame["user_id"])
    if tags:
        facts.append(("frequent tags", listed(tags)))
    doubts = [(column["column"], column["doubt"]) for column in known["columns"] if column["doubt"]]
    return {
        "photos": len(frame),
        "users": len(per_user),
        "usable": int(usable.sum()),
        "facts": facts,
        "left_out": _left_out(frame, failed),
        "remarks": int((troubles["status"] == "ok").sum()),
        "doubts": [(cut(str(column)), cut(str(doubt), 300)) for column, doubt in doubts],
    }


def _span(times: pd.Series) -> str:
    known = times.dropna()
    if known.empty:
        return "not known"
    first, last = (time.strftime("%Y-%m-%d") for time in (known.min(), known.max()))
    return first if first == last else f"{first} to {last}"


def _tags(photos: str | Path, users: pd.Series) -> list[str]:
    """The tags that most users have given, and no tag of a single user; as numbers, for they are tens of millions.

    :param users: the user of each photo.
    """
    lists = pq.read_table(photos, columns=["tags"])["tags"]
    if pa.types.is_null(lists.type):
        return []
    many = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    encoded = pc.list_flatten(lists).dictionary_encode().unify_dictionaries()
    if not encoded.num_chunks or not len(encoded):
        return []
    names = np.array(encoded.chunk(0).dictionary.to_pylist(), dtype=object)
    tag = np.concatenate([pc.fill_null(chunk.indices, -1).to_numpy() for chunk in encoded.chunks]).astype(np.int64)
    user = np.repeat(pd.factorize(users)[0], many)
    pairs = pd.unique(tag * len(users) + user)
    counts = np.bincount(pairs[pairs >= 0] // len(users), minlength=len(names))
    order = sorted(np.flatnonzero(counts > 1), key=lambda number: (-counts[number], names[number]))
    return [cut(names[number], 30) for number in order[:_LONGEST_LIST]]


def _left_out(photos: pd.DataFrame, failed: pd.DataFrame) -> Table | None:
    """Why photos are left out, and how many; a photo without a target does not count again for its picture."""
    without = photos.loc[photos["status"] != "ok", "status"].value_counts()
    usable = photos.loc[photos["status"] == "ok", "photo_id"]
    broken = failed[failed["photo_id"].isin(usable)].groupby("status", sort=False)["reason"]
    rows = [[Cell(_status(str(status))), Cell(""), Cell(_count(str(count)))] for status, count in without.items()]
    for status, reasons in sorted(broken, key=lambda group: -len(group[1])):
        example = str(reasons.iloc[0])
        rows.append([Cell(_status(str(status))), Cell(cut(example, 160)), Cell(_count(str(len(reasons))))])
    if not rows:
        return None
    return Table(
        "left-out", "Photographs that are left out, and why", ["why", "for example", "photographs"], rows, False
    )


def _status(status: str) -> str:
    return STATUSES.get(status, cut(status))


def unfinished(details: Mapping[str, str | Path]) -> list[str]:
    """Warnings of regressions that did not reach the solver's tolerance."""
    said = []
    for name, path in details.items():
        converged = read_table(path)["converged"]
        late, known = int((converged == "False").sum()), int((converged != "").sum())
        if late:
            said.append(
                f"{late:,} of the {known:,} regressions behind Table {name[-1]} did not reach the solver's tolerance, "
                f"so that their forecasts may be off: the column converged of {path} says which."
            )
    return said


def reasons(importance: str | Path) -> Reasons:
    """What each input weighs, the heaviest first, and how many cannot be told from no effect."""
    rows = read_table(importance)
    if rows.empty:
        return Reasons("Nothing can be said of single inputs: no setting has models whose weights can be read.")
    found = [
        _weights(str(setting), kind, part)
        for setting in rows["setting"].drop_duplicates()
        for kind in _KINDS
        if len(part := rows[(rows["setting"] == setting) & (rows["kind"] == kind)])
    ]
    return Reasons(
        "A weight says by how much the forecast popularity rises when this input grows by one standard deviation and "
        "all others stay as they are; in brackets stands its 95% interval. A weight belongs to a model: it does not "
        "say that a change of the picture would bring more views. Only inputs whose weight can be told from no effect "
        "are listed; of those, one in twenty may be listed in error, because many are tested at once.",
        found,
    )


def _weights(setting: str, kind: str, part: pd.DataFrame) -> Weights:
    part = part.assign(heavy=[value(text) for text in part["weight"]])
    told = part[part["band"] != NOISE]
    told = told.reindex(told["heavy"].abs().sort_values(ascending=False, kind="stable").index)
    title = f"{_KINDS[kind]}, {setting_words(setting)}"
    less = len(part) - len(told)
    each = _KINDS[kind].lower()
    if told.empty:
        return Weights(title, f"None of the {len(part):,} {each} can be told from no effect.", None)
    said = (
        f"{len(told):,} of the {len(part):,} {each} can be told from no effect; {less:,} cannot."
        if less
        else f"All {len(told):,} {each} can be told from no effect."
    )
    if len(told) > _LONGEST_LIST:
        said += f" The {_LONGEST_LIST} with the largest weights are listed; all are in results/explain/importance.csv."
    rows = []
    for row in told.head(_LONGEST_LIST).to_dict("records"):
        ends = f"[{number(value(row['low']), 3)}, {number(value(row['high']), 3)}]"
        agree = value(row["agree"])
        rows.append(
            [
                Cell(column_words(row["name"]), colour=colour(row["rgb"])),
                Cell(number(row["heavy"], 3), ends),
                Cell(cut(row["band"])),
                Cell("n/a" if math.isnan(agree) else f"{agree:.0%}"),
            ]
        )
    name = re.sub(r"[^a-z0-9]+", "-", f"weights-{setting}-{kind}".lower())
    head = [_KINDS[kind].lower().rstrip("s"), "weight", "band", "splits that agree in sign"]
    return Weights(title, said, Table(name, f"Largest weights: {title[0].lower()}{title[1:]}", head, rows))


def colour(rgb: str) -> str:
    """A colour of a table as ``#rrggbb``; empty where it is none.

    >>> colour("255 0 16"), colour("#FF0010"), colour("url(x)")
    ('#ff0010', '#ff0010', '')
    """
    if re.fullmatch(r"#?[0-9a-fA-F]{6}", rgb):
        return f"#{rgb.lstrip('#').lower()}"
    parts = re.fullmatch(r"\D?(\d{1,3})\D{1,2}(\d{1,3})\D{1,2}(\d{1,3})\D?", rgb)
    if parts is None or max(map(int, parts.groups())) > 255:
        return ""
    return "#" + "".join(f"{int(part):02x}" for part in parts.groups())


def rules_table(rules: Mapping[str, Mapping[str, Any]]) -> Table | None:
    """What each rule took, the longest first; None where there are no logs."""
    if not rules:
        return None
    order = sorted(rules.items(), key=lambda item: -item[1]["seconds"])
    rows = [
        [
            Cell(cut(name)),
            Cell(f"{rule['jobs']:,}"),
            Cell(number(rule["seconds"], 1)),
            Cell(number(rule["cpu_seconds"], 1)),
            Cell(number(rule["peak_mib"], 0)),
        ]
        for name, rule in order
    ]
    every = rules.values()
    rows.append(
        [
            Cell("all rules"),
            Cell(f"{sum(rule['jobs'] for rule in every):,}"),
            *(Cell(number(sum(rule[name] for rule in every), 1)) for name in ("seconds", "cpu_seconds")),
            Cell(number(max(rule["peak_mib"] for rule in every), 0)),
        ]
    )
    head = ["rule", "jobs", "seconds", "processor seconds", "memory, MiB"]
    return Table("rules", "What each rule took", head, rows)


def configuration_tables(configuration: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Table | None]:
    """The whole configuration, and the keys that are not at their default; None where all are."""
    now, usual = dict(_flat(configuration)), dict(_flat(defaults))
    changed = [[Cell(key), Cell(cut(text, 200)), Cell(cut(usual.get(key, ""), 200))]
               for key, text in now.items() if usual.get(key) != text]  # fmt: skip
    every = [[Cell(key), Cell(cut(text, 200))] for key, text in now.items()]
    head = ["key", "value", "default"]
    return {
        "changed": Table("changed", "Keys that are not at their default", head, changed, False) if changed else None,
        "every": Table("configuration", "Every key, as it was resolved", head[:2], every, False),
    }


def _flat(section: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, held in section.items():
        if isinstance(held, Mapping):
            yield from _flat(held, f"{before}{key}.")
        elif isinstance(held, list):
            yield before + key, ", ".join(map(str, held)) or "none"
        else:
            yield before + key, "none" if held is None else str(held).lower() if isinstance(held, bool) else str(held)


def _count(text: str) -> str:
    found = value(text)
    return "n/a" if math.isnan(found) else f"{found:,.0f}"
