"""The fields of the page's form: one for each cue that the model learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from viewcast.predict.cues import MEAN_VIEWS

Kind = Literal["number", "date", "choice", "line", "text"]


@dataclass(frozen=True)
class Field:
    """A field.

    :ivar name: of ``Cues``, or ``extra.`` and the name of a further cue of the corpus.
    :ivar label, hint: for people; a hint may be empty.
    :ivar of_photo: is it of this photo's text, and not of the account?
    """

    name: str
    label: str
    kind: Kind
    hint: str = ""
    of_photo: bool = False


#: Cue of ``viewcast.corpus.cues`` -> the field by which it is told.
_FIELDS = {
    MEAN_VIEWS: Field("mean_views", "Views that your photos usually get", "number", "on average, per day"),
    "photo_count": Field("photo_count", "Public photos", "number"),
    "contacts": Field("contacts", "Contacts", "number"),
    "groups": Field("groups", "Groups that you are in", "number"),
    "groups_admin": Field("groups_admin", "Groups that you administer", "number"),
    "groups_invite_only": Field("groups_invite_only", "Groups one must be invited to", "number"),
    "group_members": Field("group_members", "Members of your groups", "number", "on average"),
    "member_duration": Field("member_since", "Member since", "date"),
    "is_pro": Field("is_pro", "A Pro account?", "choice"),
    "title_length": Field("title", "Title", "line", of_photo=True),
    "tags": Field("tags", "Tags", "line", "separated by commas", of_photo=True),
    "description_length": Field("description", "Description", "text", of_photo=True),
}


def fields_of(cues: Sequence[str]) -> list[Field]:
    """The fields for the cues that a model learned from; those of the paper come first.

    >>> [field.name for field in fields_of(["faves_per_day", "title_length", "contacts"])]
    ['contacts', 'title', 'extra.faves_per_day']
    """
    known = [field for cue, field in _FIELDS.items() if cue in cues]
    further = [cue for cue in cues if cue not in _FIELDS]
    return known + [Field(f"extra.{cue}", cue.replace("_", " "), "number") for cue in further]
