"""What happens to a photo between its arrival and its answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from viewcast.errors import ViewcastError
from viewcast.pictures.resize import reduce
from viewcast.predict.coach import HELPS, Tried
from viewcast.predict.cues import Cues
from viewcast.predict.edits import Edit, render
from viewcast.predict.pages import region_overlay
from viewcast.predict.pictures import PictureError, read_picture
from viewcast.web import answers
from viewcast.web.contract import Model
from viewcast.web.limits import Limits
from viewcast.web.problems import Problem
from viewcast.web.store import Part, Photo, Store
from viewcast.web.uploads import Upload, busy
from viewcast.web.work import Busy, Order, Workers

logger = logging.getLogger(__name__)

#: Longest side of what the page shows, pixels.
SHOWN_SIDE = 1000
#: Of an edited picture that is taken away.
KEPT_QUALITY = 95
_SHOWN_QUALITY = 85

#: What becomes of a picture that cannot be read, by its status: everything else is 422.
_STATUSES = {"too_large": 413, "unsupported": 415}

#: Pillow's warnings are silenced while it decodes, which is not safe in two threads at once; and one large picture in
#: memory is enough.
_DECODING = threading.Lock()

#: Edits that seem to help, which are told while others are being tried.
_PROMISING = 3


class _Forgotten(Exception):
    """Nobody can ask for the photo any more."""


class Desk:
    """A model, those who work with it, and the pictures that they work on."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self.model, self.limits = model, limits
        self.store = Store(limits)
        self.workers = Workers(limits.waiting)

    def open(self) -> None:
        """Load what the model needs, so that the first photo need not wait for it, and begin to work."""
        shade = np.linspace(0, 255, 64, dtype=np.uint8)
        picture = np.stack([np.add.outer(shade // 2, shade // 2)] * 3, axis=2)
        self.model.score(picture, Cues())
        region_overlay(picture, np.zeros(picture.shape[:2]))
        self.workers.start()

    def close(self) -> None:
        """Begin nothing new."""
        self.workers.stop()

    def score(self, upload: Upload) -> Future[dict[str, Any]]:
        """The forecast, and nothing is kept."""
        return self._submit(Order.SCORE, lambda: self._score(self._read(upload.data, upload.name), upload))

    def keep(self, upload: Upload) -> Future[Photo]:
        """The forecast; the picture is kept, and its reasons and edits are on their way."""
        return self._submit(Order.SCORE, lambda: self._keep(upload))

    def compare(self, photos: Sequence[Photo]) -> Future[dict[str, Any]]:
        """Which of some kept pictures is the more popular."""
        return self._submit(Order.COMPARE, lambda: self._compare(photos))

    def edited(self, photo: Photo, name: str) -> Future[bytes]:
        """A picture at its full size after a step of the coach, as JPEG.

        :param name: of the step's picture.
        """
        return self._submit(Order.SCORE, lambda: self._edited(photo, name))

    def _submit(self, order: Order, call: Callable[[], Any]) -> Future[Any]:
        try:
            return self.workers.submit(order, call)
        except Busy as error:
            raise busy(error.seconds) from None

    def _read(self, data: bytes, name: str) -> np.ndarray:
        try:
            with _DECODING:
                return read_picture(data, name=name)
        except PictureError as error:
            raise Problem(_STATUSES.get(error.status, 422), str(error), code=error.status) from None

    def _score(self, image: np.ndarray, upload: Upload) -> dict[str, Any]:
        try:
            return answers.plain(self.model.score(image, upload.cues).to_dict())
        except ViewcastError as error:
            raise Problem(422, str(error), code="unusable") from None

    def _keep(self, upload: Upload) -> Photo:
        image = self._read(upload.data, upload.name)
        score = self._score(image, upload)
        height, width = image.shape[:2]
        pictures = {"photo": answers.jpeg(reduce(image, SHOWN_SIDE), _SHOWN_QUALITY)}
        photo = Photo(upload.name, upload.data, upload.cues, width, height, score, pictures)
        self.store.add(photo)
        for name, order, work in (
            ("explanation", Order.EXPLAIN, self._explain),
            ("advice", Order.COACH, self._coach),
        ):
            self.workers.submit(order, self._part(photo, name, work))
        return photo

    def _part(self, photo: Photo, name: str, work: Callable[[Photo, Part], None]) -> Callable[[], None]:
        """One of the parts of a photo; whatever happens, it comes to an end that is told."""
        part = photo.parts[name]

        def do() -> None:
            if photo.forgotten:
                return
            part.state = "working"
            try:
                work(photo, part)
                part.state = "done" if part.state == "working" else part.state
            except _Forgotten:
                pass
            except (ViewcastError, Problem) as error:
                part.state, part.detail = "failed", str(error)
            except Exception:
                logger.exception("the %s of a photo failed", name)
                part.state, part.detail = "failed", "Something went wrong here. The terminal of Viewcast says more."

        return do

    def _explain(self, photo: Photo, part: Part) -> None:
        image = self._read(photo.data, photo.name)
        explanation = self.model.explain(image, photo.cues)
        if explanation.map is not None:
            drawn, *_ = region_overlay(reduce(image, SHOWN_SIDE), explanation.map)
            photo.pictures["heatmap"] = answers.jpeg(drawn, _SHOWN_QUALITY)
        part.body = answers.of_explanation(explanation)

    def _coach(self, photo: Photo, part: Part) -> None:
        image = self._read(photo.data, photo.name)
        best: list[dict[str, Any]] = []

        def watch(one: Tried, number: int, of: int) -> None:
            if photo.forgotten:
                raise _Forgotten
            if one.outcome == HELPS and one.round == 1:
                best.append(answers.plain({"sentence": one.edit.sentence, "factor": one.gain.factor}))
                best.sort(key=lambda found: -found["factor"])
            part.body = {"round": one.round, "number": number, "of": of, "promising": best[:_PROMISING]}

        advice = self.model.coach(image, photo.cues, watch=watch)
        edits: tuple[Edit, ...] = ()
        for number, step in enumerate(advice.steps):
            if isinstance(step.edit, Edit):
                edits = (*edits, step.edit)
                shown = render(reduce(image, SHOWN_SIDE), edits)
                photo.pictures[f"edit-{number}"] = answers.jpeg(shown, _SHOWN_QUALITY)
                photo.edits[f"edit-{number}"] = edits
        part.body = answers.of_advice(advice)

    def _compare(self, photos: Sequence[Photo]) -> dict[str, Any]:
        images = [self._read(photo.data, photo.name) for photo in photos]
        try:
            comparison = self.model.compare(images, [photo.cues for photo in photos])
        except ViewcastError as error:
            raise Problem(422, str(error), code="unusable") from None
        return answers.of_comparison(comparison, [photo.id for photo in photos])

    def _edited(self, photo: Photo, name: str) -> bytes:
        image = self._read(photo.data, photo.name)
        return answers.jpeg(render(image, photo.edits[name]), KEPT_QUALITY)
