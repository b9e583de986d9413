"""How the page was made: what each rule took, and the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from viewcast.report.cells import Cell, Table
from viewcast.report.words import cut, number


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
