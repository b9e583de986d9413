"""The whole configuration, and its reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from viewcast.config.corpus import CorpusConfig
from viewcast.config.models import (
    DeepConfig,
    DescriptorsConfig,
    DictionaryConfig,
    EvaluationConfig,
    FeaturesConfig,
    FusionConfig,
    PicturesConfig,
    SettingsConfig,
    SocialConfig,
)
from viewcast.config.report import ReportConfig
from viewcast.config.section import Section
from viewcast.errors import ViewcastError


class Config(Section):
    """Viewcast's configuration."""

    seed: int = Field(2014, ge=0, description="every random number derives from it")
    corpus: CorpusConfig = Field(default_factory=CorpusConfig, description="photographs and metadata")
    pictures: PicturesConfig = Field(default_factory=PicturesConfig, description="decoding and shards")
    descriptors: DescriptorsConfig = Field(default_factory=DescriptorsConfig, description="descriptors")
    features: FeaturesConfig = Field(default_factory=FeaturesConfig, description="features of your own")
    dictionary: DictionaryConfig = Field(default_factory=DictionaryConfig, description="visual words")
    deep: DeepConfig = Field(default_factory=DeepConfig, description="the network")
    settings: SettingsConfig = Field(default_factory=SettingsConfig, description="the settings")
    social: SocialConfig = Field(default_factory=SocialConfig, description="social cues")
    evaluation: EvaluationConfig = Field(default_factory=EvaluationConfig, description="protocol, models")
    fusion: FusionConfig = Field(default_factory=FusionConfig, description="fusion")
    report: ReportConfig = Field(default_factory=ReportConfig, description="what the report shows of people")


#: Keys of earlier versions, and what they are called now.
MOVED = {"evaluation.fusion": "fusion.method", "deep.backbone": "deep.backbones, a list"}


def value_of(config: Config, key: str) -> Any:
    """The value of a dotted key, such as ``descriptors.preset``."""
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


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


def read_config(files: Sequence[Path]) -> Config:
    """The configuration of ``config/config.yaml``, where it stands below the working folder, and of the files, later
    ones over earlier ones: what Snakemake reads with ``--configfile``.

    :raises ViewcastError: a file cannot be read, or says something wrong.
    """
    values: dict[str, Any] = {}
    defaults = Path("config/config.yaml")
    for path in [*([defaults] if defaults.is_file() else []), *files]:
        try:
            _lay_over(values, yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
            raise ViewcastError(f"The configuration {path} cannot be read ({error}).") from None
    return load_config(values)


def _lay_over(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        below = values.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            _lay_over(below, value)
        else:
            values[key] = value
