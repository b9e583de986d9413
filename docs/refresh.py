"""The README's generated parts, from a finished run of the demo: `make refresh`.

The graph of rules and Table 3 between their marks in README.md, docs/table3.svg, and docs/report.jpg, a screenshot of
the report (where Chromium is installed).
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from PIL import Image

matplotlib.use("svg")
ROOT = Path(__file__).parent.parent
TABLES = ("results/table1.csv", "results/table2.csv", "results/table3.csv")
MODELS = {"content": "content", "social": "social cues", "content_social": "content + social cues"}
SETTINGS = {"one_per_user": "one photo per user", "user_mix": "user mix", "user_specific": "user-specific"}
#: What Snakemake's graph leaves out: the shard lists are files in a folder that the checkpoint writes.
THROUGH_CHECKPOINT = ("corpus", "pictures")
#: Okabe and Ito's colours, which colour-blind people tell apart.
COLORS = {"content": "#0072B2", "social": "#E69F00", "content_social": "#009E73"}


def rule_graph(mermaid: str) -> str:
    """Snakemake's graph of rules, left to right, without the arrows that others imply and without colours."""
    lines = [line.strip() for line in mermaid.splitlines()]
    names = {
        line.split("[")[0]: line.split("[")[1].rstrip("]") for line in lines if line.startswith("id") and "[" in line
    }
    edges = {tuple(names[end] for end in line.split(" --> ")) for line in lines if " --> " in line}
    edges = {(first, last) for first, last in edges if first != last} | {THROUGH_CHECKPOINT}

    def reach(start: str, skip: tuple[str, str]) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            here = todo.pop()
            for edge in edges:
                if edge != skip and edge[0] == here and edge[1] not in seen:
                    seen.add(edge[1])
                    todo.append(edge[1])
        return seen

    kept = sorted(edge for edge in edges if edge[1] not in reach(edge[0], edge))
    return "\n".join(["```mermaid", "flowchart LR", *(f"    {first} --> {last}" for first, last in kept), "```"])


def markdown_table(table: pd.DataFrame) -> str:
    """Table 3 with its intervals over other users."""
    rows = ["| setting | photos | users | " + " | ".join(MODELS.values()) + " |", "| --- " * 6 + "|"]
    for row in table.to_dict("records"):
        cells = [
            f"{row[name]} [{row[f'{name}_users_low']}, {row[f'{name}_users_high']}]"
            if row[f"{name}_users_low"] != "n/a"
            else row[name]
            for name in MODELS
        ]
        rows.append(f"| {SETTINGS[row['setting']]} | {row['photos']} | {row['users']} | {' | '.join(cells)} |")
    return "\n".join(rows)


def plot(table: pd.DataFrame, path: Path) -> None:
    """Table 3 as dots with their 95% intervals over other users."""
    plt.rcParams["svg.hashsalt"] = "viewcast"
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    for row_number, row in enumerate(table.to_dict("records")):
        for model_number, (name, label) in enumerate(MODELS.items()):
            at, value = row_number + 0.22 * (model_number - 1), float(row[name])
            low, high = (row[f"{name}_users_{end}"] for end in ("low", "high"))
            if low != "n/a":
                axes.plot([float(low), float(high)], [at, at], color=COLORS[name], linewidth=1.5)
            axes.plot(value, at, "o", color=COLORS[name], label=label if row_number == 0 else None)
    axes.set_yticks(range(len(table)), [SETTINGS[name] for name in table["setting"]])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("Spearman's rank correlation, with 95% intervals over other users")
    axes.set_title("Table 3 of the demo corpus: SYNTHETIC photographs, users and views", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    figure.savefig(path, metadata={"Date": None})


def screenshot(page: Path, chromium: str, target: Path) -> None:
    """The top of the report, and its maps of regions, side by side."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1000, "height": 900})
        view.goto(page.resolve().as_uri())
        parts = [view.screenshot()]
        view.locator('img[alt^="Photographs and maps"]').evaluate("image => image.scrollIntoView()")
        view.evaluate("window.scrollBy(0, -60)")  # the banner of synthetic corpora
        parts.append(view.screenshot())
        browser.close()
    left, right = (Image.open(io.BytesIO(part)) for part in parts)
    both = Image.new("RGB", (left.width + right.width + 20, left.height), "white")
    both.paste(left)
    both.paste(right, (left.width + 20, 0))
    both.resize((both.width * 2 // 3, both.height * 2 // 3), Image.Resampling.LANCZOS).save(target, quality=80)


def put(text: str, mark: str, content: str) -> str:
    """``text`` with ``content`` between the marks of that name."""
    begin, end = f"<!-- {mark}: generated -->\n", f"<!-- {mark}: end -->"
    head, rest = text.split(begin)
    return head + begin + "\n" + content + "\n\n" + end + rest.split(end)[1]


def main() -> None:
    """Refresh all of it below the working folder."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "mermaid-js", *TABLES]
    mermaid = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    table = pd.read_csv("results/table3.csv", dtype=str, keep_default_na=False)
    readme = ROOT / "README.md"
    text = put(readme.read_text(encoding="utf-8"), "graph", rule_graph(mermaid))
    readme.write_text(put(text, "table 3", markdown_table(table)), encoding="utf-8")
    plot(table, ROOT / "docs" / "table3.svg")
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is not installed: docs/report.jpg stays as it is.")
    else:
        screenshot(Path("results/report.html"), chromium, ROOT / "docs" / "report.jpg")


if __name__ == "__main__":
    main()
