"""What is known of an account and of the text beside a picture, as inputs of the social model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from viewcast.errors import ViewcastError

MISSING = "_missing"

#: The name of the mean of views here, whatever the model's own says of what it knows (``corpus.user_means``).
MEAN_VIEWS = "mean_views"

#: Added to the variances of the inputs, as a share of each, so that inputs that depend on each other do no harm.
_RIDGE = 1e-6


def _listed(value: Any) -> Any:
    """Tags as people write them: one text with commas."""
    return tuple(tag.strip() for tag in value.split(",") if tag.strip()) if isinstance(value, str) else value


Count = Annotated[float | None, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Cues(BaseModel):
    """What is known of the account and of the text; None is not known, which is another thing than 0.

    The fields are the paper's social cues (section 5).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean_views: Count = Field(None, description="what the account's photos usually get, in views per day")
    photo_count: Count = Field(None, description="public photos of the account")
    contacts: Count = Field(None, description="contacts of the account")
    groups: Count = Field(None, description="groups that the account is in")
    groups_admin: Count = Field(None, description="groups that the account administers")
    groups_invite_only: Count = Field(None, description="groups of the account that one must be invited to")
    group_members: Count = Field(None, description="average number of members of the account's groups")
    member_since: date | None = Field(None, description="the day on which the account was opened")
    is_pro: bool | None = Field(None, description="is it a Pro account?")
    title: str | None = Field(None, max_length=10_000, description="the photo's title")
    tags: Annotated[tuple[str, ...] | None, BeforeValidator(_listed)] = Field(
        None, max_length=1000, description="the photo's tags, separated by commas"
    )
    description: str | None = Field(None, max_length=100_000, description="the photo's description")
    extra: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(
        default_factory=dict, description="further cues of the corpus that the model learned from"
    )

    def values(self, today: date | None = None) -> dict[str, float]:
        """The known cues as numbers, by the names of ``corpus.cues``; the mean of views by :data:`MEAN_VIEWS`.

        :param today: to which the membership is counted; None: the present day.
        """
        found: dict[str, float] = {}
        for name in (
            MEAN_VIEWS, "photo_count", "contacts", "groups", "groups_admin", "groups_invite_only", "group_members",
            "is_pro",
        ):  # fmt: skip
            if (value := getattr(self, name)) is not None:
                found[name] = float(value)
        if self.member_since is not None:
            days = ((today or datetime.now(UTC).date()) - self.member_since).days
            found["member_duration"] = float(max(days, 0))
        lengths = {"tags": self.tags, "title_length": self.title, "description_length": self.description}
        found |= {name: float(len(value)) for name, value in lengths.items() if value is not None}
        return found | self.extra


def read_cues(values: Mapping[str, Any]) -> Cues:
    """Cues from a form, a table's row or the command line.

    :param values: by the names of :class:`Cues`; texts are understood, empty ones are not known.
    :raises ViewcastError: a name or a value is wrong; the message says which and what is needed.
    """
    try:
        return Cues.model_validate({name: value for name, value in values.items() if value not in (None, "")})
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ViewcastError(f"The cues cannot be used ({said}). There are: {', '.join(Cues.model_fields)}.") from None


@dataclass(frozen=True)
class CueInputs:
    """The inputs of the social model, and what is expected of those that are not known.

    :ivar labels: (d,) names of the inputs, as ``design_matrix`` gives them; that of the mean of views is MEAN_VIEWS.
    :ivar logarithmic: the cues that enter as log2(1 + x).
    :ivar mean: (d,) and :ivar covariance: (d, d), of the training photos' inputs.
    """

    labels: tuple[str, ...]
    logarithmic: frozenset[str]
    mean: np.ndarray
    covariance: np.ndarray

    @property
    def cues(self) -> tuple[str, ...]:
        """The cues that the model learned from."""
        return tuple(dict.fromkeys(label.removesuffix(MISSING) for label in self.labels))

    def of(self, known: Mapping[str, float]) -> np.ndarray:
        """The inputs (d,) float64 of known cues; NaN for those that are not known."""
        row = np.full(len(self.labels), np.nan)
        for place, label in enumerate(self.labels):
            name = label.removesuffix(MISSING)
            if name in known:
                value = known[name]
                row[place] = 0 if label != name else np.log2(1 + max(value, 0)) if name in self.logarithmic else value
        return row

    def hide(self, rows: np.ndarray, unknown: Sequence[str]) -> np.ndarray:
        """Copies of inputs (n, d) in which some cues are not known."""
        hidden = [label.removesuffix(MISSING) in unknown for label in self.labels]
        return np.where(hidden, np.nan, rows)

    def complete(self, rows: np.ndarray) -> np.ndarray:
        """Inputs (n, d) whose unknown ones are what is to be expected of them where the known ones are as they are: the
        conditional mean of a normal distribution with the training photos' mean and covariance. Of a linear model that
        gives the best linear forecast from what is known, where the median of each cue by itself would take a stranger
        with ten thousand contacts for somebody of few views.
        """
        filled = rows.astype(np.float64, copy=True)
        covariance = self.covariance + np.diag(_RIDGE * np.maximum(np.diag(self.covariance), 1e-12))
        gaps = np.isnan(rows)
        patterns, which = np.unique(gaps, axis=0, return_inverse=True)
        for number, gap in enumerate(patterns):
            if not gap.any():
                continue
            same = np.flatnonzero(which.ravel() == number)
            slope = np.linalg.solve(covariance[np.ix_(~gap, ~gap)], covariance[np.ix_(~gap, gap)])
            filled[np.ix_(same, gap)] = self.mean[gap] + (rows[np.ix_(same, ~gap)] - self.mean[~gap]) @ slope
        return filled


def inputs_of(rows: np.ndarray, labels: Sequence[str], logarithmic: Sequence[str]) -> CueInputs:
    """:class:`CueInputs` of the training photos' inputs.

    :param rows: (n, d) float64, NaN where a photo lacks an input.
    :param labels: their names.
    """
    mean = np.nanmean(rows, axis=0) if rows.size else np.zeros(len(labels))
    centred = np.where(np.isnan(rows), 0, rows - mean)
    return CueInputs(tuple(labels), frozenset(logarithmic), mean, centred.T @ centred / max(len(rows), 1))
