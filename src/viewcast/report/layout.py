"""Tables 1 to 3 in the paper's own layout, as LaTeX and as Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from viewcast.report.paper import PAPER
from viewcast.report.scores import OVER, Score, columns_of, read_table, score
from viewcast.report.style import SYNTHETIC
from viewcast.report.words import column_words, number, plain, setting_words
from viewcast.store.atomic import write_text

TITLES = {
    "table1": "Image content alone",
    "table2": "Social cues alone",
    "table3": "Image content, social cues, and both",
}
#: Columns side by side in LaTeX, further ones stand in a part below; and letters on a line of their heads.
_ACROSS, _HEAD = 6, 14
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "−": "$-$",
    '"': "''", "|": r"\textbar{}", "`": r"\textasciigrave{}",
}  # fmt: skip


def latex(text: str) -> str:
    r"""Any text as LaTeX that prints it and does nothing else.

    >>> print(latex("50% of a_b"))
    50\% of a\_b
    """
    return "".join(_LATEX.get(character, character) for character in plain(text))


def markdown(text: str) -> str:
    r"""Any text as Markdown that shows it and does nothing else, also within a table.

    >>> print(markdown("a|b *c*"))
    a\|b \*c\*
    """
    text = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A colon and an @ make links of addresses where a program looks for them.
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", text).replace("://", "&#58;//").replace("@", "&#64;")


def write_layouts(table: str | Path, *, name: str, synthetic: bool, tex: str | Path, md: str | Path) -> None:
    """Write one of the paper's tables twice.

    :param table: the table as CSV.
    :param name: ``table1``, ``table2`` or ``table3``.
    :param synthetic: is the corpus the demo's? Then both say so.
    """
    rows = read_table(table)
    columns, differences = columns_of(rows)
    records = rows.to_dict("records")
    paper = PAPER.get(name, {})
    shown = {row["setting"]: {column: score(row, column) for column in columns + differences} for row in records}
    title = TITLES[name] + (f" ({SYNTHETIC})" if synthetic else "")
    notes = [_legend(shown), *(f"{setting_words(row['setting'])}: {row['note']}." for row in records if row["note"])]
    for layout, path in ((_tex, tex), (_md, md)):
        write_text(path, layout(name, title, notes, records, columns + differences, shown, paper))


def _legend(shown: Mapping[str, Mapping[str, Score]]) -> str:
    over = {cell.over for row in shown.values() for cell in row.values() if cell.over}
    kinds = " or, where there is none, ".join(OVER[kind] for kind in OVER if kind in over)
    said = f", in brackets their 95% intervals over {kinds}" if over else ""
    return (
        f"Rank correlations (Spearman's) with popularity on held-out photos{said}; n/a where there is no such number. "
        "The lines of the paper are its own numbers, of its own corpus."
    )


def _tex(
    name: str, title: str, notes: list[str], records: list[dict[str, str]], columns: list[str],
    shown: Mapping[str, Mapping[str, Score]], paper: Mapping[str, Mapping[str, float]],
) -> str:  # fmt: skip
    parts = []
    for first in range(0, len(columns), _ACROSS):
        part = columns[first : first + _ACROSS]
        heads = [textwrap.wrap(column_words(column), _HEAD) or [""] for column in part]
        height = max(map(len, heads))
        # The names of the columns stand on the line below them.
        lines = [
            _row("Setting" if line == height - 1 else "", [latex(cell) for cell in cells])
            for line, cells in enumerate(zip(*([""] * (height - len(head)) + head for head in heads), strict=True))
        ]
        lines = [rf"\begin{{tabular}}{{l{'c' * len(part)}}}", r"\toprule", *lines, r"\midrule"]
        for place, row in enumerate(records):
            cells = [shown[row["setting"]][column] for column in part]
            lines += [r"\addlinespace"] if place else []
            lines.append(_row(latex(setting_words(row["setting"])), [latex(cell.number) for cell in cells]))
            among = rf"\quad\scriptsize {row['photos']} photos, {row['users']} users"
            lines.append(_row(among, [rf"\scriptsize {latex(cell.interval)}" if cell.over else "" for cell in cells]))
            own = paper.get(row["setting"], {})
            if not own.keys().isdisjoint(part):
                numbers = [latex(number(own[column])) if column in own else "" for column in part]
                lines.append(_row(r"\quad\emph{paper}", numbers))
        parts.append("\n".join([*lines, r"\bottomrule", r"\end{tabular}"]))
    return "\n".join(
        [
            r"% Written by Viewcast. Needs \usepackage{booktabs,graphicx}.",
            r"% Names in other scripts than Latin need XeLaTeX or LuaLaTeX.",
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{latex(title)}. {' '.join(map(latex, notes))}}}",
            rf"\label{{tab:{name}}}",
            # Made smaller where it is wider than the page, and never larger.
            *(
                rf"\resizebox{{\ifdim\width>\textwidth\textwidth\else\width\fi}}{{!}}{{%{chr(10)}{part}}}\par\medskip"
                for part in parts
            ),
            r"\end{table*}",
            "",
        ]
    )


def _row(label: str, cells: Sequence[str]) -> str:
    # Behind the end of a row, a bracket would be taken for an option.
    return " & ".join(["{}" + label, *cells]) + r" \\"


def _md(
    name: str, title: str, notes: list[str], records: list[dict[str, str]], columns: list[str],
    shown: Mapping[str, Mapping[str, Score]], paper: Mapping[str, Mapping[str, float]],
) -> str:  # fmt: skip
    head = ["setting", "photos", "users", *(markdown(column_words(column)) for column in columns)]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    for row in records:
        setting = row["setting"]
        cells = (markdown(shown[setting][column].text) for column in columns)
        lines.append([markdown(setting_words(setting)), row["photos"], row["users"], *cells])
        if own := paper.get(setting):
            lines.append(["*the paper*", "", "", *(number(own[column]) if column in own else "" for column in columns)])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([f"**Table {name[-1]}. {markdown(title)}**", table, *map(markdown, notes)]) + "\n"
