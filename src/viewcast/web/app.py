"""The page and its JSON interface, as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from viewcast.report.templating import templates
from viewcast.web.contract import Model
from viewcast.web.desk import Desk
from viewcast.web.fields import fields_of
from viewcast.web.guard import Guard, own_names
from viewcast.web.limits import MEGABYTE, Limits
from viewcast.web.problems import MEDIA_TYPE, Problem, answer_kindly
from viewcast.web.store import Photo
from viewcast.web.uploads import Arrivals, Upload, receive

HERE = Path(__file__).parent
#: Seconds between two looks for what is too old to be kept.
_TIDY_SECONDS = 30

T = TypeVar("T")

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photo"],
                    "properties": {
                        "photo": {"type": "string", "format": "binary", "description": "the picture's file"},
                        "cues": {
                            "type": "string",
                            "description": "a JSON object of what is known of the account and the text; "
                            "GET /api/model names the fields",
                        },
                    },
                }
            }
        },
    }
}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {MEDIA_TYPE: {}}}
    for status, description in (
        (400, "the request cannot be taken apart"),
        (413, "too many bytes or pixels"),
        (415, "not a picture of a known format"),
        (422, "a broken picture, or cues that cannot be used"),
        (503, "too much to do: try again after Retry-After seconds"),
    )
}
_GONE: dict[int | str, dict[str, Any]] = {
    404: {"description": "the photo is not kept any more", "content": {MEDIA_TYPE: {}}}
}


class Several(BaseModel):
    """Photos that are kept."""

    photos: Annotated[list[str], Field(min_length=2, max_length=12, description="ids")]


def make_app(model: Model, *, limits: Limits | None = None, host: str = "127.0.0.1", others: bool = False) -> FastAPI:
    """The application for a model.

    :param host: that it will listen at; :param others: do other computers reach it?
    """
    limits = limits or Limits()
    desk = Desk(model, limits)
    arrivals = Arrivals(limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(desk.open)
        tidying = asyncio.create_task(_tidy(desk))
        yield
        tidying.cancel()
        desk.close()

    app = FastAPI(
        title="Viewcast",
        version=version("viewcast"),
        description="How popular will this photograph be, and why? All is computed on this computer.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, names=own_names(host, others=others), addresses=others)
    answer_kindly(app)
    shared: list[str | tuple[str, str]] = [("viewcast.report", "static")]
    app.mount("/static", StaticFiles(directory=HERE / "static", packages=shared), name="static")
    pages = templates(HERE / "templates")
    card = model.card
    fields = fields_of(card.cues)
    page = pages.get_template("page.html.jinja").render(card=card, fields=fields, limits=limits)
    listing = ""

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def _page() -> str:
        return page

    @app.get("/api", response_class=HTMLResponse, include_in_schema=False)
    async def _listing() -> str:
        nonlocal listing
        listing = listing or pages.get_template("api.html.jinja").render(schema=app.openapi())
        return listing

    @app.get("/api/openapi.json", include_in_schema=False)
    async def _schema() -> dict[str, Any]:
        return app.openapi()

    @app.get("/api/model", summary="What the model is, which cues it knows, and what the server takes")
    async def _model() -> dict[str, Any]:
        return {
            "corpus": card.corpus,
            "synthetic": card.synthetic,
            "photos": card.photos,
            "unit": card.unit,
            "cues": [{"name": one.name, "label": one.label, "kind": one.kind, "hint": one.hint} for one in fields],
            "limits": {
                "megabytes": limits.file_bytes / MEGABYTE,
                "pixels": limits.pixels,
                "photos": limits.photos,
                "minutes": limits.minutes,
            },
        }

    async def score(upload: Upload) -> dict[str, Any]:
        return {"name": upload.name, "score": await _result(desk.score(upload))}

    async def keep(upload: Upload) -> Photo:
        return await _result(desk.keep(upload))

    @app.post(
        "/api/score", summary="The forecast for one photo, which is not kept", openapi_extra=_FORM, responses=_PROBLEMS
    )
    async def _score(request: Request) -> dict[str, Any]:
        with arrivals.room_for(request):
            return await score(await receive(request, limits))

    @app.post(
        "/api/photos",
        status_code=201,
        summary="The forecast for one photo, which is kept for a while; its reasons and edits are on their way",
        openapi_extra=_FORM,
        responses=_PROBLEMS,
    )
    async def _add(request: Request) -> dict[str, Any]:
        with arrivals.room_for(request):
            return (await keep(await receive(request, limits))).to_dict()

    def kept(id: str) -> Photo:
        photo = desk.store.get(id)
        if photo is None:
            raise Problem(404, "This photo is not kept any more. Send it again.", code="forgotten")
        return photo

    @app.get("/api/photos", summary="What is known so far of some photos; those not kept any more are left out")
    async def _several(id: Annotated[list[str], Query(min_length=1, max_length=100)]) -> dict[str, Any]:
        found = [desk.store.get(one) for one in id]
        return {"photos": [photo.to_dict() for photo in found if photo is not None]}

    @app.get("/api/photos/{id}", summary="What is known so far of a photo", responses=_GONE)
    async def _one(id: str) -> dict[str, Any]:
        return kept(id).to_dict()

    @app.delete("/api/photos/{id}", status_code=204, summary="Forget a photo", responses=_GONE)
    async def _forget(id: str) -> None:
        kept(id)
        desk.store.forget(id)

    @app.get(
        "/api/photos/{id}/{name}.jpg",
        summary="A picture: photo, heatmap, edit-0, edit-1, ...; an edit at its full size with ?full=true",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}, **_GONE},
    )
    async def _picture(id: str, name: str, full: bool = False) -> Response:
        photo = kept(id)
        if name not in photo.pictures:
            raise Problem(404, "There is no such picture of this photo (yet).", code="no_picture")
        headers = {}
        data = photo.pictures[name]
        if full:
            if name not in photo.edits:
                raise Problem(404, "Only edited pictures are made at their full size.", code="no_picture")
            data = await _result(desk.edited(photo, name))
            stem = photo.name.rpartition(".")[0] or photo.name
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{stem}-edited.jpg', safe='')}"
        return Response(data, headers=headers, media_type="image/jpeg")

    @app.post("/api/compare", summary="Which of some kept photos has more views", responses={**_PROBLEMS, **_GONE})
    async def _compare(several: Several) -> dict[str, Any]:
        return await _result(desk.compare([kept(id) for id in dict.fromkeys(several.photos)]))

    return app


async def _result(future: Future[T]) -> T:
    """Of work that is being done; it is not begun where nobody waits for it any more."""
    return await asyncio.wrap_future(future)


async def _tidy(desk: Desk) -> None:
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        desk.store.tidy()
