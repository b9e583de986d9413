"""The configuration of the report."""

from __future__ import annotations

from pydantic import Field

from viewcast.config.section import Section


class ReportConfig(Section):
    """What the report shows of people and their photographs."""

    pictures: bool = Field(
        True,
        description="whether photographs are shown; false leaves every one of them out, so that the report can be "
        "passed on where the photographs must not be",
    )
    users: bool = Field(
        False, description="whether users are named by their identifiers; false shows a short hash in their place"
    )
