"""The demo corpus: generated pictures, users and views whose popularity is known."""

from viewcast.demo.corpus import PLANTED, DemoCorpus, generate

__all__ = ["PLANTED", "DemoCorpus", "generate"]
