"""The descriptors, a module for each, and ``registry`` that lists them as data."""
