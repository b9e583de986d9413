"""Linear support vector regression for a whole evaluation protocol at once."""

from viewcast.svr.backend import Backend, load_backend
from viewcast.svr.choice import Preparation, fit_chosen
from viewcast.svr.forward import leading_gap, without_gap
from viewcast.svr.fusion import fuse
from viewcast.svr.many import fit_many
from viewcast.svr.nested import fit_nested
from viewcast.svr.parameters import ProtocolFit, SVRParameters
from viewcast.svr.protocol import fit_protocol
from viewcast.svr.rows import LINKS, ArrayRows, LinkedRows, RowBlocks

__all__ = [
    "LINKS", "ArrayRows", "Backend", "LinkedRows", "Preparation", "ProtocolFit", "RowBlocks", "SVRParameters",
    "fit_chosen", "fit_many", "fit_nested", "fit_protocol", "fuse", "leading_gap", "load_backend", "without_gap",
]  # fmt: skip
