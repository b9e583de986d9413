"""The section ``corpus``: where photographs and metadata come from, and how tables are read."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from viewcast.config.flickr import FlickrConfig
from viewcast.config.section import Section


class DemoConfig(Section):
    """The embedded, generated corpus (synthetic)."""

    users: int = Field(450, ge=1, description="users; all but the heavy ones have one or two photos each")
    heavy_users: int = Field(6, ge=0, description="users with many photos each")
    photos_per_heavy_user: int = Field(110, ge=1, description="photos of each such user, about")
    longest_side: int = Field(320, ge=32, description="longest side of the pictures, pixels")


class PhotoColumns(Section):
    """Which column of the photos table holds what; null where the table has no such column."""

    photo_id: str = Field("photo_id", description="unique name of the photo")
    user_id: str | None = Field("user_id", description="its user; null: every photo is its own user")
    picture: str | None = Field("picture", description="path below `pictures`; null: the photo_id with the suffix .jpg")
    views: str | None = Field("views", description="view count at crawl time")
    faves: str | None = Field("faves", description="how many people made it a favourite, for `popularity.also`")
    comments: str | None = Field("comments", description="how many comments it has, for `popularity.also`")
    uploaded_at: str | None = Field("uploaded_at", description="upload time: ISO 8601, seconds since 1970, and so on")
    crawled_at: str | None = Field("crawled_at", description="when the views were read, likewise")
    days: str | None = Field(None, description="days on line, in place of the two times")
    target: str | None = Field(None, description="a numeric target to use in place of the popularity")
    title: str | None = Field("title", description="title")
    description: str | None = Field("description", description="description")
    tags: str | None = Field("tags", description="list of tags, or one text with separators")
    in_mean_views: str | None = Field(
        "in_mean_views",
        description="true where the user's mean_views is a mean over this photo among others, false where it is not "
        "(a mean over the newest photos); without the column it is over all",
    )


class UserColumns(Section):
    """Which column of the users table holds what; null, or a column that is not there: that cue is n/a."""

    user_id: str = Field("user_id", description="the user")
    mean_views: str | None = Field("mean_views", description="mean over the user's public photos")
    mean_views_photos: str | None = Field(
        "mean_views_photos", description="number of photos behind that mean; photo_count where there is none"
    )
    photo_count: str | None = Field("photo_count", description="number of public photos")
    contacts: str | None = Field("contacts", description="number of contacts")
    groups: str | None = Field("groups", description="number of groups")
    groups_admin: str | None = Field("groups_admin", description="groups where the user is an administrator")
    groups_invite_only: str | None = Field("groups_invite_only", description="groups by invitation only")
    group_members: str | None = Field("group_members", description="mean number of members of the groups")
    member_since: str | None = Field("member_since", description="when the user joined")
    is_pro: str | None = Field("is_pro", description="1 or true for a Pro account")


Definition = Literal["log2_rate_plus_one", "log2_views_plus_one_rate", "log2_views_plus_one"]
#: Readings that are no other way to count views.
Beyond = Literal["log2_faves_plus_one", "log2_comments_plus_one", "log2_faves_per_view", "relative_to_user"]


class PopularityConfig(Section):
    """The target."""

    definition: Definition = Field(
        "log2_rate_plus_one",
        description="log2(views/days + 1), log2((views + 1)/days), or log2(views + 1)",
    )
    min_days: float = Field(1.0, gt=0, description="a photo younger than this counts as this old, days")
    also: tuple[Definition | Beyond, ...] = Field(
        (),
        description="further readings of the target, in the same run: the tables gain a row for each setting and "
        "reading, named setting.definition; beside those of `definition`, log2_faves_plus_one, log2_comments_plus_one, "
        "log2_faves_per_view, log2((faves + 1)/(views + 100)), and relative_to_user, the popularity less the user's "
        "average over the training photos",
    )


class CorpusConfig(Section):
    """Where photographs and metadata come from."""

    source: Literal["demo", "table", "flickr"] = Field("demo", description="demo, table or flickr")
    photos: str | None = Field(None, description="table: the photos (docs/tables.md)")
    users: str | None = Field(None, description="table: the users; may be left out")
    views_log: str | None = Field(
        None,
        description="table: view counts of the photos over time (photo_id, views, observed_at), by which counts that "
        "fall are noticed; may be left out",
    )
    pictures: str | None = Field(None, description="table: folder of the pictures")
    encoding: str | None = Field(
        None,
        description="of the tables that are text, such as latin-1; null: UTF-8, or what a mark at their beginning says",
    )
    day_first: bool | None = Field(
        None, description="is 03/04/2014 in April? null: the column's other dates show it, else it is an error"
    )
    columns: PhotoColumns = Field(default_factory=PhotoColumns, description="columns of the photos table")
    user_columns: UserColumns = Field(default_factory=UserColumns, description="columns of the users table")
    mean_views_unit: Literal["popularity", "views", "views_per_day"] = Field(
        "popularity",
        description="what the users' mean_views are means of: the popularity (paper), views, or views per day",
    )
    popularity: PopularityConfig = Field(default_factory=PopularityConfig, description="the target")
    min_matched_users: float = Field(
        0.5,
        ge=0,
        le=1,
        description="the run stops if a smaller share of the photos' users has a row in the users table",
    )
    max_rejected_targets: float = Field(
        0.01,
        ge=0,
        le=1,
        description="the run stops if a larger share of the views (or targets) cannot be read: popular photos are not "
        "missing at random",
    )
    empty_columns: bool = Field(False, description="may a named column be there and hold nothing? Else the run stops")
    rows_in_fields: bool = Field(
        False,
        description="may a field hold line breaks that look like rows? Else the run stops: a lone quotation mark has "
        "swallowed them",
    )
    demo: DemoConfig = Field(default_factory=DemoConfig, description="the demo corpus")
    flickr: FlickrConfig = Field(default_factory=FlickrConfig, description="the Flickr crawl")

    @model_validator(mode="after")
    def _table_needs_its_files(self) -> CorpusConfig:
        if self.source == "table" and (self.photos is None or self.pictures is None):
            raise ValueError("source `table` needs `photos` (a .parquet or .csv file) and `pictures` (a folder)")
        of_views = [one for one in self.popularity.also if one in get_args(Definition)]
        if self.columns.target is not None and of_views:
            raise ValueError(
                f"`popularity.also` reads views and times another way ({', '.join(of_views)}); `columns.target` is "
                "read as it is"
            )
        return self


#: Keys of the section that say how tables are read, and when their reading stops a run.
READING = (
    "encoding", "day_first", "empty_columns", "rows_in_fields", "mean_views_unit", "min_matched_users",
    "max_rejected_targets",
)  # fmt: skip
