"""``viewcast check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from viewcast.cli.common import telling


def check(
    configfile: Annotated[list[Path], typer.Argument(help="configuration, later files over earlier ones")],
) -> None:
    """Read the tables of a corpus of your own, and say what the workflow can make of them. No picture is opened."""
    from viewcast.config.schema import read_config
    from viewcast.corpus.check import check_corpus
    from viewcast.descriptors.registry import features_beyond

    with telling():
        config = read_config(configfile)
        features_beyond(
            config.deep.backbones, config.features.external, config.evaluation.features, config.evaluation.also
        )
        for line in check_corpus(config):
            typer.echo(line)
