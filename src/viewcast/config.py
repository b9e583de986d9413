"""The configuration: every key, its meaning, its default.

``config/config.yaml`` holds the defaults, ``workflow/schemas/config.schema.json`` and the table in
``config/README.md`` are generated from these models (``python -m viewcast.config``); a test fails on drift.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from viewcast.errors import ViewcastError
from viewcast.flickr.config import FlickrConfig


class Section(BaseModel):
    """A section of the configuration: unknown keys are errors, so that a typo cannot be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class PopularityConfig(Section):
    """The target."""

    definition: Definition = Field(
        "log2_rate_plus_one",
        description="log2(views/days + 1), log2((views + 1)/days), or log2(views + 1)",
    )
    min_days: float = Field(1.0, gt=0, description="a photo younger than this counts as this old, days")
    also: tuple[Definition, ...] = Field(
        (),
        description="further readings of the target, in the same run: the tables gain a row for each setting and "
        "reading, named setting.definition",
    )


class CorpusConfig(Section):
    """Where photographs and metadata come from."""

    source: Literal["demo", "table", "flickr"] = Field("demo", description="demo, table or flickr")
    photos: str | None = Field(None, description="table: the photos (docs/tables.md)")
    users: str | None = Field(None, description="table: the users; may be left out")
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
        if self.columns.target is not None and self.popularity.also:
            raise ValueError("`popularity.also` reads views and times another way; `columns.target` is read as it is")
        return self


#: Keys of the section that say how tables are read, and when their reading stops a run.
READING = (
    "encoding", "day_first", "empty_columns", "rows_in_fields", "mean_views_unit", "min_matched_users",
    "max_rejected_targets",
)  # fmt: skip


class PicturesConfig(Section):
    """Decoding and shards."""

    shard_size: int = Field(250, ge=1, description="photos per shard: thousands for a large corpus")
    max_pixels: int = Field(100_000_000, ge=1, description="larger pictures are not decoded: too_large")
    max_failed_fraction: float = Field(
        0.05, ge=0, le=1, description="the run stops when more of the pictures than this fail"
    )
    compression: Literal["none", "gzip", "lzf", "zstd"] = Field(
        "none", description="of the picture shards; pixels of photographs hardly shrink"
    )


class DescriptorsConfig(Section):
    """The hand-made descriptors."""

    preset: Literal["paper", "toolbox"] = Field(
        "paper", description="constants of the paper's text, or of the first author's toolbox"
    )
    toolbox_compat: bool = Field(False, description="reproduce the toolbox's two bugs, to measure them")
    color_table: str | None = Field(
        None, description="a published 50-colour table (.mat, .npz) in place of Viewcast's own"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto takes a GPU where there is one")
    dtype: Literal["float32", "float16"] = Field("float32", description="of the stored features")
    compression: Literal["none", "gzip", "zstd"] = Field(
        "gzip", description="of the feature files; zstd needs hdf5plugin in every reader"
    )


class DictionaryConfig(Section):
    """The visual words of colour patches and gradients, learned once."""

    photos: int = Field(
        500,
        ge=1,
        description="photos sampled over the whole corpus, by a hash of the seed and their ids; the words are kept "
        "when photos are added, and `snakemake --forcerun dictionary` learns them anew",
    )
    descriptors_per_photo: int = Field(2000, ge=1, description="at most so many of each")
    descriptors: int = Field(500_000, ge=256, description="at most so many in all")


class DeepConfig(Section):
    """The convolutional network of the deep and the objects feature."""

    backbone: str = Field(
        "efficientnet_lite0",
        description="efficientnet_lite0 (embedded), alexnet (the paper's), torchvision:<name>, "
        "timm:<name>, open_clip:<model>/<weights>",
    )
    crops: Literal[1, 10] = Field(
        1,
        description="the centre of each picture, or, at ten times the cost, the mean over its corners, its centre and "
        "their mirror images",
    )
    weights: str = Field(
        "weights", pattern=r"^[^{}\n]+$", description="folder where fetched weights are kept; no braces in its name"
    )
    batch_size: int = Field(32, ge=1, description="pictures handed to the network together; more for a GPU")


class OnePerUserConfig(Section):
    """The paper's first setting."""

    max_photos_per_user: int | None = Field(
        1, ge=1, description="photos of a user that take part, chosen by the seed; null: all of them"
    )


class UserMixConfig(Section):
    """The paper's second and third setting: users with many photos, pooled, and each alone."""

    min_photos_per_user: int = Field(100, ge=20, description="a user takes part from so many usable photos on")
    max_photos_per_user: int | None = Field(
        None, ge=20, description="a user with more usable photos takes no part; null: no user has too many"
    )
    max_users: int | None = Field(None, ge=1, description="so many users, chosen by the seed; null: all")


class SettingsConfig(Section):
    """Which photos each setting takes."""

    one_per_user: OnePerUserConfig = Field(default_factory=OnePerUserConfig, description="one photo per user")
    user_mix: UserMixConfig = Field(
        default_factory=UserMixConfig, description="user_mix, and user_specific with the same users"
    )


class SocialConfig(Section):
    """The social cues."""

    mean_views: Literal["cross_fitted", "leave_one_out", "including_target", "training_half"] = Field(
        "cross_fitted",
        description="over which of the user's public photos the mean of views goes: those outside the photo's half "
        "and fold, all but the photo itself, all (paper), or those of the corpus's training half alone; the second "
        "gives the target away to models that can tell users apart, the third to all",
    )
    extra_cues: tuple[str, ...] = Field(
        (),
        description="numeric columns of the photos table that join the cues, such as an hour or a duration; one that "
        "is never negative enters as log2(1 + x)",
    )


class EvaluationConfig(Section):
    """The protocol and the models."""

    features: tuple[
        Literal["gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects", "simple"], ...
    ] = Field(
        ("gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects"),
        min_length=1,
        description="features of table 1, which the content model fuses; one that is left out is not computed; the "
        "paper's are the default, to which `simple` may be added",
    )
    splits: int = Field(10, ge=1, description="random halves")
    folds: int = Field(5, ge=2, description="folds of the training half, to choose C")
    C: tuple[float, ...] = Field((0.01, 0.1, 1.0, 10.0, 100.0), min_length=1, description="the grid of C")
    epsilon: float = Field(
        0.1, ge=0, description="half width of the tube, in standard deviations of the training target"
    )
    loss: Literal["squared_epsilon_insensitive", "epsilon_insensitive"] = Field(
        "squared_epsilon_insensitive", description="loss of the support vector regression"
    )
    links: Literal["auto", "descriptor", "identity"] = Field(
        "auto",
        description="what a regression takes of a feature's numbers: auto chooses for each feature, in each training "
        "half by the cross-validation that chooses C, among the numbers as they stand, their square roots and their "
        "logarithms, where these make sense; descriptor takes what docs/evaluation.md lists; identity takes them as "
        "they stand",
    )
    scaling: Literal["auto", "descriptor", "standard", "global", "none"] = Field(
        "auto",
        description="how a regression scales them: standard divides each number by its standard deviation, global all "
        "of a feature by one; auto chooses between the two, likewise; descriptor takes what docs/evaluation.md lists; "
        "none neither centres nor scales them, so that C means another thing for every feature",
    )
    bootstrap: int = Field(
        0,
        ge=0,
        description="resamples of users, and of photos, behind the 95% intervals of settings of at most 20,000 photos, "
        "as a check; 0: closed forms, which give the same at any size",
    )
    threads: int = Field(
        1,
        ge=1,
        description="threads of one model; part of the configuration, so that --cores changes no digit",
    )
    backend: str = Field(
        "numpy",
        pattern=r"^(numpy|torch|cuda(:\d+)?)$",
        description="what solves the regressions: numpy, torch (on the CPU) or cuda, for matrices that fill a card; "
        "part of the configuration, so that no digit depends on the machine",
    )
    memory_mb: int = Field(
        4096,
        ge=256,
        description="a feature matrix that does not fit in half of this is read from its files in every pass; the "
        "solver itself takes up to 4 GB more",
    )


class FusionConfig(Section):
    """How the models are fused into content, and with the social cues."""

    method: Literal["svr", "residual", "boosting"] = Field(
        "svr",
        description="content + social by a regression on the models' outputs (paper), by content models that learn "
        "what the social model leaves over, or by boosted trees on the content outputs and the cues themselves",
    )
    inputs: Literal["two_stage", "all"] = Field(
        "two_stage",
        description="content + social from two inputs, the fused content and the social model, or from all features "
        "and the social model at once",
    )
    weights: Literal["nonnegative", "free"] = Field(
        "nonnegative", description="may the weight of a model be negative, so that its forecast counts against?"
    )
    clip: bool = Field(
        True, description="forecasts beyond the range of the training targets are put at its ends before they are fused"
    )


class Config(Section):
    """Viewcast's configuration."""

    seed: int = Field(2014, ge=0, description="every random number derives from it")
    corpus: CorpusConfig = Field(default_factory=CorpusConfig, description="photographs and metadata")
    pictures: PicturesConfig = Field(default_factory=PicturesConfig, description="decoding and shards")
    descriptors: DescriptorsConfig = Field(default_factory=DescriptorsConfig, description="descriptors")
    dictionary: DictionaryConfig = Field(default_factory=DictionaryConfig, description="visual words")
    deep: DeepConfig = Field(default_factory=DeepConfig, description="the network")
    settings: SettingsConfig = Field(default_factory=SettingsConfig, description="the settings")
    social: SocialConfig = Field(default_factory=SocialConfig, description="social cues")
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig, description="protocol, models")
    fusion: FusionConfig = Field(default_factory=FusionConfig, description="fusion")


#: Keys of earlier versions, and what they are called now.
MOVED = {"evaluation.fusion": "fusion.method"}


def load_config(values: Mapping[str, Any]) -> Config:
    """The validated configuration.

    :raises ViewcastError: a key is unknown or a value is wrong: one line each, with the key's full name.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            key = ".".join(str(part) for part in item["loc"]) or "configuration"
            if key in MOVED:
                lines.append(f"{key}: this key is now {MOVED[key]}")
            elif item["type"] == "extra_forbidden":
                lines.append(f"{key}: there is no such key; {_siblings(item['loc'])}")
            else:
                lines.append(f"{key}: {item['msg'].removeprefix('Value error, ')} (given: {item['input']!r})")
        raise ViewcastError(
            "The configuration has mistakes. Mend them in config/config.yaml or your --configfile; "
            "config/README.md explains every key. " + "; ".join(lines)
        ) from None


def _siblings(location: tuple[Any, ...]) -> str:
    model: type[BaseModel] = Config
    for part in location[:-1]:
        model = model.model_fields[part].annotation  # type: ignore[assignment]
    return "the keys here are " + ", ".join(model.model_fields)


def describe() -> Iterator[tuple[str, str, Any]]:
    """Every key as (full name, description, default), depth first."""

    def walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, Any]]:
        for name, field in model.model_fields.items():
            annotation = field.annotation
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                yield from walk(annotation, f"{prefix}{name}.")
            else:
                yield f"{prefix}{name}", field.description or "", field.get_default(call_default_factory=True)

    yield from walk(Config, "")


def schema_text() -> str:
    """The JSON schema, as it is kept in ``workflow/schemas``."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def table_text() -> str:
    """The keys as a Markdown table, as it stands in ``config/README.md``."""
    rows = ["| key | default | meaning |", "| --- | --- | --- |"]
    for key, description, default in describe():
        value = json.dumps(default, ensure_ascii=False, default=str)
        rows.append(f"| `{key}` | `{value}` | {description.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


TABLE_BEGIN, TABLE_END = "<!-- keys: generated -->\n", "<!-- keys: end -->\n"


def regenerate(root: Path) -> dict[Path, str]:
    """The generated files below ``root`` with the text that they should have."""
    readme = root / "config" / "README.md"
    head, rest = readme.read_text(encoding="utf-8").split(TABLE_BEGIN)
    tail = rest.split(TABLE_END)[1]
    return {
        root / "workflow" / "schemas" / "config.schema.json": schema_text(),
        readme: f"{head}{TABLE_BEGIN}\n{table_text()}\n{TABLE_END}{tail}",
    }


if __name__ == "__main__":
    for path, text in regenerate(Path(sys.argv[1] if len(sys.argv) > 1 else ".")).items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
