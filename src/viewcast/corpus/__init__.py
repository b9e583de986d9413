"""The corpus: the two tables' contract, its check, the target, cues, settings and protocols."""
