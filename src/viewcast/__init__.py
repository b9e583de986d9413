"""How popular will this photograph be, and why?

Khosla, Das Sarma and Hamid, *What makes an image popular?* (WWW 2014), as a library. The workflow that
runs it over a corpus is in ``workflow/``; this package knows nothing of Snakemake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from viewcast.predict.model import Model


def load(path: str | os.PathLike[str]) -> Model:
    """Open a model that ``snakemake results/model.viewcast`` made, to score and explain single pictures.

    :raises ViewcastError: it is no such file, is damaged, or is of another version.
    """
    from viewcast.predict import load as load_model

    return load_model(path)
