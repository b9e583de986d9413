"""The codes of a split: fold numbers 0, 1, ... for training photos, and two others."""

from __future__ import annotations

#: A photo of the test half, and one that takes no part in the split.
TEST, UNUSED = -1, -2
