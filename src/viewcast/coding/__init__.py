"""Visual words: dictionaries (k-means), locality-constrained linear coding, the spatial pyramid."""
