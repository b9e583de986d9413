"""Figures and the page: drawing what the workflow computed, computing nothing."""
