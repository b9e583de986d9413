"""A saved model, and what it says of single pictures; it knows nothing of HTTP or Snakemake."""

from viewcast.predict.cues import Cues
from viewcast.predict.model import Model, load
from viewcast.predict.pictures import PictureError
from viewcast.predict.results import Card, Forecast, Score, Unreadable

__all__ = ["Card", "Cues", "Forecast", "Model", "PictureError", "Score", "Unreadable", "load"]
