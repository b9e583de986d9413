"""Pictures: finding them, decoding them safely, resizing them, shards of them."""
