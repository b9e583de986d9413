"""What a run has made, from what, and whether it is still so."""
