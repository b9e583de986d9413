"""The sections from the pictures to the fusion."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from viewcast.config.section import Section


class PicturesConfig(Section):
    """Decoding and shards."""

    shard_size: int = Field(640, ge=1, description="photos per job; thousands for a large corpus")
    max_pixels: int = Field(100_000_000, ge=1, description="larger pictures are not decoded: too_large")
    max_failed_fraction: float = Field(
        0.05, ge=0, le=1, description="the run stops when more of the pictures than this fail"
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
    face_model: str | None = Field(
        None, description="YuNet's ONNX file, which the feature faces needs (docs/descriptors.md)"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto takes a GPU where there is one")
    dtype: Literal["float32", "float16"] = Field("float32", description="of the stored features")
    compression: Literal["none", "gzip", "zstd"] = Field(
        "gzip", description="of the feature files; zstd needs hdf5plugin in every reader"
    )


class FeaturesConfig(Section):
    """Features that the user computed."""

    external: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], str] = Field(
        default_factory=dict,
        description="name of a feature and its file, {clip: my_clip.parquet}: a row of numbers for each photo id, as "
        "Parquet, NPZ or HDF5 (docs/descriptors.md); each is a feature beyond the paper's",
    )


class DictionaryConfig(Section):
    """The visual words of colour patches and gradients, learned once."""

    photos: int = Field(
        200,
        ge=1,
        description="photos (the toolbox: 500) sampled over the whole corpus, by a hash of the seed and their ids; the "
        "words are kept when photos are added, and `snakemake --forcerun dictionary` learns them anew",
    )
    descriptors_per_photo: int = Field(2000, ge=1, description="at most this many descriptors of each photo")
    descriptors: int = Field(100_000, ge=256, description="at most this many descriptors in all (the toolbox: 500,000)")


class DeepConfig(Section):
    """The networks of the deep and the objects feature."""

    backbones: tuple[str, ...] = Field(
        ("efficientnet_lite0",),
        min_length=1,
        description="efficientnet_lite0 (embedded), efficientnet_lite2 (with the extra lite2), alexnet (the paper's), "
        "torchvision:<name>, timm:<name>, open_clip:<model>/<weights>; the first one is that of deep and objects, each "
        "further one is a feature of its own beyond the paper's, called deep_<name>",
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
    agreement: str | None = Field(
        None,
        pattern=r"^open_clip:[^/]+/.+$",
        description="a network with a tower for texts, open_clip:<model>/<weights>: how well a picture agrees with its "
        "title, by this network, joins the cues as `agreement` (docs/backbones.md); null: it does not",
    )


class EvaluationConfig(Section):
    """The protocol and the models."""

    features: tuple[str, ...] = Field(
        ("gist", "color_histogram", "texture", "color_patches", "gradient", "deep", "objects"),
        min_length=1,
        description="features of table 1, which the content model fuses; one that is left out is not computed; the "
        "paper's are the default",
    )
    also: tuple[str, ...] = Field(
        ("photographic", "words"),
        description="features beyond the paper's: each has a column of its own in table 1, and what it adds to the "
        "others is in ablation.csv; further networks and external features join them by themselves",
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
    links: Literal["auto", "kernels", "descriptor", "identity"] = Field(
        "auto",
        description="what a regression takes of a feature's numbers: auto chooses for each feature, in each training "
        "half by the cross-validation that chooses C, among the numbers as they stand, their square roots and their "
        "logarithms, where these make sense; kernels also offers a Gaussian kernel where docs/evaluation.md says that "
        "it pays, and takes longer; descriptor takes what docs/evaluation.md lists; identity takes them as they stand",
    )
    scaling: Literal["auto", "descriptor", "standard", "global", "none"] = Field(
        "auto",
        description="how a regression scales them: standard divides each number by its standard deviation, global all "
        "of a feature by one; auto chooses between the two, likewise; descriptor takes what docs/evaluation.md lists; "
        "none neither centres nor scales them, so that C means another thing for every feature",
    )
    challenge: Literal["smpd"] | None = Field(
        None,
        description="smpd: the protocol of the SMP Challenge: time_forward trains on the older 63% of the posts, and "
        "results/smpd.csv sets the challenge's measures beside the published ones",
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
