"""What is answered at which address. Each page is a function of the runs and of what stands in its address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import jinja2
from attrs import define, field
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ...engine.errors import CoreCraftError, UnknownEpisode
from ...engine.trajectory import Trajectory
from ...replay.visible import one_line
from . import history, listing
from . import moment as moments
from .guard import Guard
from .hands import Hands
from .pages import ASSETS, Links, environment
from .shelf import Shelf
from .values import pretty, show

PLACES = "/runs/{run}/{episode}"


@define(slots=False)
class Viewer:
    """The pages over a shelf. hands: what a reader may do, None where nothing is to be changed."""

    shelf: Shelf
    hands: Hands | None = None
    links: Links = field(factory=Links)

    @cached_property
    def _pages(self) -> jinja2.Environment:
        return environment(self.links)

    def app(self, token: str) -> Starlette:
        """All pages, for whoever brings the token."""
        routes = [
            Route("/", self._page(self.runs)),
            Route("/runs/{run}", self._page(self.episodes)),
            Route(PLACES, self._page(self.episode)),
            Route(f"{PLACES}/world", self._page(self.world)),
            Route(f"{PLACES}/row", self._page(self.row)),
            Route(f"{PLACES}/read", self._page(self.read)),
            Route(f"{PLACES}/step", self._page(self.step)),
            Mount("/assets", StaticFiles(directory=ASSETS)),
        ]
        return Starlette(routes=routes, middleware=[Middleware(Guard, token=token)])

    # --- pages ---------------------------------------------------------------------------------------------------

    def runs(self, request: Request) -> Response:
        return self.render(
            request, "runs.html", entrants=listing.entrants(self.shelf), missing=list(self.shelf.missing())
        )

    def episodes(self, request: Request) -> Response:
        run, choice = request.path_params["run"], listing.Choice.of(request.query_params)
        table, choices = listing.table(self.shelf, run, choice), listing.choices(self.shelf, run)
        damages = [one_line(str(damage)) for damage in self.shelf.run(run).damages]
        about = {"table": table, "choices": choices, "damages": damages, "listing": listing}
        return self.render(request, "episodes.html", run=run, choice=choice, **about)

    def episode(self, request: Request) -> Response:
        run, episode = _names(request)
        choice = listing.Choice.of(request.query_params)
        before, after = listing.neighbours(self.shelf, run, episode, choice)
        about = {"page": history.page(self.shelf, run, episode), "before": before, "after": after, "choice": choice}
        return self.render(request, "episode.html", run=run, agents=self.hands.agents() if self.hands else (), **about)

    # --- parts of the page of an episode -------------------------------------------------------------------------

    def world(self, request: Request) -> Response:
        run, _ = _names(request)
        line, seq = self._at(request)
        return self.render(
            request, "parts/world.html", run=run, line=line, moment=moments.moment(self.shelf, run, line, seq)
        )

    def row(self, request: Request) -> Response:
        run, episode = _names(request)
        line, seq = self._at(request)
        id = request.query_params.get("id", "").strip()[:200]
        told = [item.step for item in history.page(self.shelf, run, episode).items]
        rows = moments.look(self.shelf, run, line, seq, id, told)
        return self.render(request, "parts/row.html", run=run, line=line, seq=seq, id=id, rows=rows)

    def read(self, request: Request) -> Response:
        run, _ = _names(request)
        line, seq = self._at(request)
        words = request.query_params.get("q", "").strip()[:200]
        found = moments.read(line, seq, words)
        return self.render(
            request, "parts/read.html", run=run, line=line, found=found, words=words, most=moments.MOST_FOUND
        )

    def step(self, request: Request) -> Response:
        """A step's reply as a table, or (raw=1) its events as they were recorded."""
        line, seq = self._at(request)
        if request.query_params.get("raw"):
            end = next((e.seq for e in line.events[seq:] if e.kind in ("tool.returned", "episode.voided")), seq)
            events = line.events[seq : end + 1] if line.events[seq].kind == "tool.called" else [line.events[seq]]
            return self.render(request, "parts/raw.html", texts=[pretty(event) for event in events])
        call = next((call for call in line.calls() if call.seq == seq), None)
        return self.render(request, "parts/reply.html", reply=show(call.reply if call else None))

    def _at(self, request: Request) -> tuple[Trajectory, int]:
        """The history, and the event that the address names; its end where it names none."""
        line, _ = self.shelf.trajectory(*_names(request))
        at = request.query_params.get("at", "")
        return line, min(int(at), len(line) - 1) if at.isdecimal() and len(at) < 12 else len(line) - 1

    # --- how pages are made --------------------------------------------------------------------------------------

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        shared = {"runs_open": list(self.shelf.paths), "here": request.url.path, "can": self.hands is not None}
        return HTMLResponse(self._pages.get_template(template).render(**shared, **values), status)

    def _page(self, make: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """A page whose mistakes are told as one line."""

        def answer(request: Request) -> Response:
            try:
                return make(request)
            except UnknownEpisode as error:
                return self._mistake(request, error, 404)
            except CoreCraftError as error:
                return self._mistake(request, error, 400)

        return answer

    def _mistake(self, request: Request, error: CoreCraftError, status: int) -> Response:
        part = request.headers.get("hx-request") == "true"
        return self.render(request, "parts/mistake.html" if part else "mistake.html", status, line=one_line(str(error)))


def _names(request: Request) -> tuple[str, str]:
    return request.path_params["run"], request.path_params["episode"]


def back_to(address: str) -> Response:
    return RedirectResponse(address, 303)


Values = Mapping[str, Any]
