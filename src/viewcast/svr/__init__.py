"""Linear support vector regression for a whole cross-validation of many splits at once."""

from viewcast.svr.backend import Backend, load_backend
from viewcast.svr.choice import Preparation, fit_chosen
from viewcast.svr.cross_validation import cross_validate
from viewcast.svr.forward import leading_gap, without_gap
from viewcast.svr.fusion import fuse
from viewcast.svr.many import fit_many
from viewcast.svr.nested import fit_nested
from viewcast.svr.parameters import CrossValidation, SVRParameters
from viewcast.svr.rows import LINKS, ArrayRows, LinkedRows, RowBlocks

__all__ = [
    "LINKS", "ArrayRows", "Backend", "CrossValidation", "LinkedRows", "Preparation", "RowBlocks", "SVRParameters",
    "cross_validate", "fit_chosen", "fit_many", "fit_nested", "fuse", "leading_gap", "load_backend", "without_gap",
]  # fmt: skip
