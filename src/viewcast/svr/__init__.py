"""Linear support vector regression for a whole evaluation protocol at once."""

from viewcast.svr.fusion import fuse
from viewcast.svr.parameters import ProtocolFit, SVRParameters
from viewcast.svr.protocol import fit_protocol
from viewcast.svr.rows import ArrayRows, RowBlocks

__all__ = ["ArrayRows", "ProtocolFit", "RowBlocks", "SVRParameters", "fit_protocol", "fuse"]
