"""``viewcast``: all commands."""

from __future__ import annotations

import typer

from viewcast.cli import check, crawl, imports, init, purge, show

# Locals could hold the API key.
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
app.command("init")(init.init)
app.command("check")(check.check)
app.command("import")(imports.import_)
app.command("crawl")(crawl.crawl)
app.command("purge")(purge.purge)
app.command("show")(show.show)


@app.callback()
def main() -> None:
    """How popular will this photograph be, and why?"""


if __name__ == "__main__":
    app()
