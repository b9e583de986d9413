"""What is nothing at the ends of a cell or of a name."""

import string

#: Blanks of all kinds, line ends, and marks without width.
BLANKS = (
    string.whitespace
    + "\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
