"""How popular will this photograph be, and why?

Khosla, Das Sarma and Hamid, *What makes an image popular?* (WWW 2014), as a library. The workflow that
runs it over a corpus is in ``workflow/``; this package knows nothing of Snakemake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from viewcast.predict.cues import Cues
    from viewcast.predict.model import Model

__all__ = ["Cues", "load"]


def load(path: str | os.PathLike[str]) -> Model:
    """Open a model that ``snakemake results/model.viewcast`` made, to score and explain single pictures.

    :raises ViewcastError: it is no such file, is damaged, or is of another version.
    """
    from viewcast.predict import load as load_model

    return load_model(path)


def __getattr__(name: str) -> Any:
    # Not before it is asked for: jobs and commands that do without it start earlier.
    if name == "Cues":
        from viewcast.predict.cues import Cues

        return Cues
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
