"""``viewcast``: all commands."""

from __future__ import annotations

from typing import Annotated

import typer

from viewcast.cli import check, coach, compare, crawl, explain, imports, init, purge, score, serve, show, verify

# Locals could hold the API key.
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
app.command("init")(init.init)
app.command("check")(check.check)
app.command("import")(imports.import_)
app.command("crawl")(crawl.crawl)
app.command("purge")(purge.purge)
app.command("show")(show.show)
app.command("verify")(verify.verify)
app.command("score")(score.score)
app.command("explain")(explain.explain)
app.command("coach")(coach.coach)
app.command("compare")(compare.compare)
app.command("serve")(serve.serve)


def tell_version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"viewcast {version('viewcast')}")
        raise typer.Exit()


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="print the version", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """How popular will this photograph be, and why?"""


if __name__ == "__main__":
    app()
