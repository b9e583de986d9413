"""Feature files: a shard of photos through a descriptor, its file, and many files as one matrix."""
