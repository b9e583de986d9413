"""What all sections of the configuration share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of the configuration: unknown keys are errors, so that a typo cannot be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)
