"""The configuration of the crawl: the section ``corpus.flickr``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from viewcast.config.section import Section

Cue = Literal["profile", "join_date", "contacts", "groups", "group_members", "mean_views"]


class SearchConfig(Section):
    """Which photographs are looked for."""

    queries: tuple[str, ...] = Field((), description="search terms; those of `queries_file` come after them")
    queries_file: str | None = Field(
        None, description="search terms: a CSV file with a column `query`, or a text file with one a line"
    )
    match: Literal["text", "tags"] = Field(
        "text", description="text: title, description or tags hold the term; tags: all its words are tags"
    )
    photos_per_query: int | None = Field(
        None,
        ge=1,
        description="this many photos of each query, the most relevant first; null: all, however many there are",
    )
    since: date = Field(date(2004, 2, 10), description="uploaded from this day on (UTC)")
    until: date | None = Field(
        None, description="uploaded before this day (UTC); null: before the day when this crawl began"
    )
    licenses: tuple[int, ...] | None = Field(
        None, description="only these licence ids (flickr.photos.licenses.getInfo); null: any"
    )
    page_size: int = Field(500, ge=1, le=500, description="photos per call")
    cap: int = Field(
        4000,
        ge=1,
        le=4000,
        description="results that Flickr gives of one search; a lower value makes smaller windows of upload "
        "dates, which lose fewer photos and cost more calls",
    )

    @model_validator(mode="after")
    def _limits_fit(self) -> SearchConfig:
        if self.photos_per_query is not None and self.photos_per_query > self.cap:
            raise ValueError("photos_per_query cannot exceed `cap`: Flickr gives no more of one search")
        if self.page_size > self.cap:
            raise ValueError("page_size cannot exceed `cap`")
        return self


class UsersConfig(Section):
    """What is asked about the users; by far most of the calls."""

    cues: tuple[Cue, ...] = Field(
        ("profile", "contacts", "groups", "group_members", "mean_views"),
        description="what to ask for; profile gives photo count, Pro and (proxy) member since, join_date the "
        "true member since for one call more; group_members costs one call per group not yet seen",
    )
    sample: int | None = Field(
        None, ge=1, description="keep this many of the users that were found, chosen by the seed; null: all"
    )
    mean_views_pages: int | None = Field(
        None,
        ge=1,
        description="the mean is over the newest so many pages of 500 photos; null: over all public photos",
    )


class ChosenUsersConfig(Section):
    """Which users make the user-mix corpus."""

    ids: tuple[Annotated[str, Field(pattern=r"\S")], ...] = Field(
        (),
        description="just these users, whatever `kind` says, and no search: the address of an account's page, its id "
        "(12345678@N00), or its name",
    )
    users: int = Field(100, ge=1, description="so many users, chosen by the seed")
    min_photos: int = Field(10_000, ge=1, description="public photos, at least; of no account in `ids`")
    max_photos: int = Field(20_000, ge=1, description="public photos, at most; of an account in `ids`, the newest")


class DownloadConfig(Section):
    """Fetching the pictures from the image host."""

    side: int = Field(500, ge=75, description="of the sizes offered, the one whose longest side is nearest")
    per_second: float = Field(1.0, gt=0, description="pictures per second, all processes of a user together")
    concurrency: int = Field(2, ge=1, le=8, description="pictures under way at a time")
    max_megabytes: float = Field(20, gt=0, description="larger pictures are not fetched: too_large")
    base_url: str = Field(
        "https://live.staticflickr.com", description="where a picture lies whose address no reply gives"
    )
    hosts: tuple[str, ...] = Field(
        ("staticflickr.com", "flickr.com"), description="pictures are fetched from these hosts and below only"
    )
    placeholders: tuple[str, ...] = Field((), description="SHA-256 of further pictures that mean `no longer available`")


class PatienceConfig(Section):
    """Politeness, and what to do when Flickr does not answer."""

    calls_per_hour: float = Field(3600, gt=0, description="Flickr's limit per key; all processes together")
    concurrency: int = Field(3, ge=1, le=16, description="API calls under way at a time")
    timeout_s: float = Field(30, gt=0, description="to connect, to the first byte, and for the body, seconds")
    attempts: int = Field(10, ge=1, description="of one call, before the run stops")
    first_wait_s: float = Field(1, gt=0, description="before the second attempt; then it doubles, seconds")
    longest_wait_s: float = Field(300, gt=0, description="between attempts unless Flickr asks for more")
    bucket_folder: str | None = Field(None, description="where processes share the rate, by default ~/.cache/viewcast")


class FlickrConfig(Section):
    """The Flickr crawl. The key comes from FLICKR_API_KEY and FLICKR_API_SECRET, never from here."""

    kind: Literal["one-per-user", "user-mix"] = Field(
        "one-per-user",
        description="one-per-user: what the searches find; user-mix: all photos of some users found by them",
    )
    folder: str = Field("data/flickr", description="replies and pictures are kept here, to be resumed from")
    api_url: str = Field("https://api.flickr.com/services/rest/", description="the REST end point")
    pass_number: int = Field(
        1, ge=1, description="raise it to read the view counts of the same photos again (views_log.parquet)"
    )
    search: SearchConfig = Field(default_factory=SearchConfig, description="which photos")
    users: UsersConfig = Field(default_factory=UsersConfig, description="what to ask about users")
    user_mix: ChosenUsersConfig = Field(default_factory=ChosenUsersConfig, description="which users")
    pictures: DownloadConfig = Field(default_factory=DownloadConfig, description="the image host")
    patience: PatienceConfig = Field(default_factory=PatienceConfig, description="rates, timeouts, retries")

    @model_validator(mode="before")
    @classmethod
    def _named_users_are_a_mix(cls, values: Any) -> Any:
        named = isinstance(values, dict) and isinstance(values.get("user_mix"), dict) and values["user_mix"].get("ids")
        return values | {"kind": "user-mix"} if named else values
