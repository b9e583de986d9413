"""Options for what is known of an account and a text, which several commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from viewcast.predict.cues import Cues

#: The fields of ``predict.cues.Cues`` that have an option each. They are texts, which the model's own reader checks, so
#: that a wrong one gets the same message everywhere.
OPTIONS = {
    "mean_views": "what the account's photos usually get, in views per day",
    "photo_count": "public photos of the account",
    "contacts": "contacts of the account",
    "groups": "groups that the account is in",
    "groups_admin": "groups that the account administers",
    "groups_invite_only": "groups of the account that one must be invited to",
    "group_members": "average number of members of the account's groups",
    "member_since": "the day on which the account was opened, as 2012-05-31",
    "is_pro": "is it a Pro account? yes or no",
    "title": "the photo's title",
    "tags": "the photo's tags, separated by commas",
    "description": "the photo's description",
}

_FORMS = {"member_since": "DATE", "is_pro": "YES|NO", "title": "TEXT", "tags": "TEXT", "description": "TEXT"}

ModelPath = Annotated[Path, typer.Option("--model", help="of `snakemake results/model.viewcast`")]
DEFAULT_MODEL = Path("results/model.viewcast")


def taking_cues(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each cue; it gets them together as the parameter ``cues``, as :class:`Cues`."""
    # Its class is not imported before a command runs.
    own = inspect.signature(command, locals={"Cues": Any}, eval_str=True)
    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(help=said, metavar=_FORMS.get(name, "NUMBER"), rich_help_panel="What is known"),
            ],
        )
        for name, said in OPTIONS.items()
    ]

    @functools.wraps(command)
    def with_cues(**given: Any) -> None:
        from viewcast.cli.common import telling
        from viewcast.predict.cues import read_cues

        values = {name: given.pop(name) for name in OPTIONS}
        with telling():
            command(**given, cues=read_cues(values))

    kept = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for name, one in own.parameters.items() if name != "cues"]
    signature = own.replace(parameters=[*kept, *options])
    with_cues.__signature__ = signature  # type: ignore[attr-defined]
    with_cues.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    return with_cues


def cues_of_each(table: Path | None, photos: Sequence[str], otherwise: Cues) -> list[Cues]:
    """The cues of each photo: those that a table has for its path or its file's name, else the others.

    :raises ViewcastError: as :func:`cues_of_photos`, or the table has a photo that is not among these.
    """
    from viewcast.errors import ViewcastError

    own = cues_of_photos(table) if table else {}
    strangers = sorted(set(own) - set(photos) - {Path(photo).name for photo in photos})
    if strangers:
        raise ViewcastError(f"{table}: there is no photo {', '.join(strangers[:3])} among those that were given.")
    return [own.get(photo) or own.get(Path(photo).name) or otherwise for photo in photos]


def cues_of_photos(path: Path) -> dict[str, Cues]:
    """A table of cues: the name of a photo -> what is known beside it.

    :param path: CSV in UTF-8 with a column ``photo`` (file names), and others named like the cues; further numeric
        cues that the model learned from have columns of their names.
    :raises ViewcastError: it cannot be read, or a cell cannot be used.
    """
    import csv

    from viewcast.errors import ViewcastError
    from viewcast.predict.cues import read_cues

    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ViewcastError(f"{path} cannot be read as a CSV table in UTF-8 ({error}).") from None
    if "photo" not in columns:
        raise ViewcastError(f"{path} has no column `photo` with the names of the files.")
    found = {}
    for number, row in enumerate(rows, 2):
        extra = {name: row[name] for name in row if name not in (*OPTIONS, "photo") and row[name]}
        try:
            found[row["photo"]] = read_cues({name: row.get(name) for name in OPTIONS} | {"extra": extra or None})
        except ViewcastError as error:
            raise ViewcastError(f"{path}, line {number}: {error}") from None
    return found
