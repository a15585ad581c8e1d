"""What is answered at which address. Each page is a function of the runs and of what stands in its address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import jinja2
from attrs import define, field
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ...engine.errors import CoreCraftError, UnknownEpisode
from ...engine.once import once
from ...engine.trajectory import Trajectory
from ...replay.visible import one_line
from . import branches, history, listing, live, pairs, questions, trees
from . import moment as moments
from . import seat as seats
from .guard import Codes, Guard
from .hands import Fate, Hands
from .pages import ASSETS, Links, environment
from .shelf import Shelf
from .values import pretty, show

PLACES = "/runs/{run}/{episode}"
READER = "corecraft-reader"
"""The cookie that keeps the name of whoever judges."""
PATIENCE = 2.0
"""Seconds that the first page waits for the log to be read."""
MOST_SENT = 4_000_000
"""Bytes of a form."""
Values = Mapping[str, str]
"""A form as it was sent."""


@define(slots=False)
class Viewer:
    """The pages over a shelf. hands: what a reader may do, None where nothing is to be changed. seconds: the longest that a
    question in SQL may take. rows: of the table of episodes, at once."""

    shelf: Shelf
    hands: Hands | None = None
    links: Links = field(factory=Links)
    seconds: float = questions.SECONDS
    rows: int = listing.PAGE

    @once
    def _pages(self) -> jinja2.Environment:
        return environment(self.links)

    def app(self, token: str, codes: Codes | None = None) -> Starlette:
        """All pages, for whoever brings the token, or one of the codes."""
        routes = [
            Route("/", self._page(self.runs)),
            Route("/runs/{run}", self._page(self.episodes)),
            Route("/forks/{run}", self._page(self.forks)),  # beside the runs: an episode may be called forks
            Route(PLACES, self._page(self.episode)),
            Route(f"{PLACES}/tree", self._page(self.tree)),
            Route(f"{PLACES}/world", self._page(self.world)),
            Route(f"{PLACES}/row", self._page(self.row)),
            Route(f"{PLACES}/read", self._page(self.read)),
            Route(f"{PLACES}/step", self._page(self.step)),
            Route("/sql", self._page(self.sql)),
            Route("/sql/answer", self._page(self.answer)),
            Route("/sql/answer.{form}", self._page(self.download)),
            Route("/sql/catalogue", self._page(self.catalogue)),
            Route("/sql/stop", self._page(self.stop), methods=["POST"]),
            Route("/compare", self._page(self.compare)),
            Mount("/assets", StaticFiles(directory=ASSETS)),
            Route(f"{PLACES}/tail", self._page(self.tail)),
            *(self._doings(self.hands) if self.hands else ()),
        ]
        return Starlette(routes=routes, middleware=[Middleware(Guard, token=token, codes=codes or Codes())])

    # --- pages ---------------------------------------------------------------------------------------------------

    def runs(self, request: Request) -> Response:
        """Their names at once where the log takes long to read; the page then asks for the rest."""
        if not (self.links.static or "wait" in request.query_params or self.shelf.ready(PATIENCE)):
            return self.render(request, "reading.html")
        return self.render(
            request, "runs.html", entrants=listing.entrants(self.shelf), missing=list(self.shelf.missing())
        )

    def episodes(self, request: Request) -> Response:
        run, choice = request.path_params["run"], listing.Choice.of(request.query_params, self.rows)
        table, choices = listing.table(self.shelf, run, choice), listing.choices(self.shelf, run)
        damages = [one_line(str(damage)) for damage in self.shelf.run(run).damages]
        about = {"table": table, "choices": choices, "damages": damages, "listing": listing}
        return self.render(request, "episodes.html", run=run, choice=choice, **about)

    def episode(self, request: Request) -> Response:
        run, episode = _names(request)
        choice = listing.Choice.of(request.query_params)
        before, after = listing.neighbours(self.shelf, run, episode, choice)
        about: dict[str, Any] = {"page": history.page(self.shelf, run, episode), "choice": choice}
        about |= {"before": before, "after": after}
        fate = self._fate(run, episode)
        about |= {
            "agents": self.hands.agents() if self.hands else (),
            "forms": self.hands.forms() if self.hands else {},
            "fate": fate,
            "live": live.live(about["page"], fate),
        }
        return self.render(request, "episode.html", run=run, **about)

    def tree(self, request: Request) -> Response:
        run, episode = _names(request)
        return self.render(
            request, "tree.html", run=run, episode=episode, tree=trees.tree(self.shelf, run, episode), **_DRAWN
        )

    def forks(self, request: Request) -> Response:
        run, page = request.path_params["run"], request.query_params.get("page", "")
        number = int(page) if page.isdecimal() and len(page) < 8 else 1
        forest = trees.forest(self.shelf, run, request.query_params.get("sort", ""), number)
        return self.render(request, "forks.html", run=run, forest=forest, sorts=trees.SORTS, **_DRAWN)

    def compare(self, request: Request) -> Response:
        """Two episodes side by side; where only one or none is named, a choice of the other."""
        left, right = (
            pairs.named(text) if (text := request.query_params.get(side)) else None for side in ("left", "right")
        )
        if left and right:
            return self.render(request, "compare.html", pair=pairs.pair(self.shelf, left, right), compare=pairs.address)
        about = {"kinds": pairs.partners(self.shelf, *left), "mine": history.page(self.shelf, *left)} if left else {}
        about = {"kinds": (), "mine": None} | about
        return self.render(request, "partners.html", left=left, compare=pairs.address, **about)

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

    # --- SQL -----------------------------------------------------------------------------------------------------

    @once
    def _desk(self) -> questions.Desk:
        return questions.Desk(self.shelf, self.seconds)

    def sql(self, request: Request) -> Response:
        about = {"q": request.query_params.get("q", ""), "cookbook": self._desk.cookbook, "longest": questions.LONGEST}
        return self.render(request, "sql.html", **about)

    def answer(self, request: Request) -> Response:
        q = request.query_params.get("q", "")
        answer = self._desk.answer(q, request.query_params.get("ticket", "")[:80])
        return self.render(request, "parts/answer.html", q=q, answer=answer)

    def download(self, request: Request) -> Response:
        form = request.path_params["form"]
        path = self._desk.saved(request.query_params.get("q", ""), form)
        return FileResponse(path, filename=f"answer.{form}", background=BackgroundTask(path.unlink))

    def catalogue(self, request: Request) -> Response:
        return self.render(request, "parts/catalogue.html", views=self._desk.catalogue())

    def stop(self, request: Request) -> Response:
        stopped = self._desk.stop(request.query_params.get("ticket", ""))
        return Response(status_code=204 if stopped else 404)

    # --- what a reader may do ------------------------------------------------------------------------------------

    def _doings(self, hands: Hands) -> list[Route]:
        return [
            Route("/fork", self._act(partial(self.fork, hands)), methods=["POST"]),
            Route("/judge", self._page(self.bench)),
            Route("/judge/{run}", self._page(self.seat)),
            Route("/judge/{run}", self._act(self.say), methods=["POST"]),
        ]

    def _fate(self, run: str, episode: str) -> Fate | None:
        return self.hands.fate(self.shelf.paths[run], episode) if self.hands and run in self.shelf.paths else None

    def tail(self, request: Request) -> Response:
        """What came of an episode since the page was made."""
        run, episode = _names(request)
        fate = self._fate(run, episode)
        tail = live.tail(self.shelf, run, episode, request.query_params, fate)
        about = {"base": self.links.of_episode(run, episode, ""), "page": tail.page, "items": tail.items}
        return self.render(request, "parts/tail.html", run=run, live=tail.live, said=tail.said, fate=fate, **about)

    def fork(self, hands: Hands, request: Request, sent: Values) -> Response:
        run, episode, at = (sent.get(name, "") for name in ("run", "episode", "at"))
        if run not in self.shelf.paths:
            raise UnknownEpisode(f"No run {run} is open here")
        if not (at.isdecimal() and len(at) < 12):
            raise CoreCraftError("Say after which event: its number is missing")
        asked = {name: sent.get(name, "") for name in ("agent", "answer", "edits")}
        child = hands.fork(self.shelf.paths[run], episode, int(at), continues=bool(sent.get("continues")), **asked)
        return self._go(request, self.links.episode(run, child, int(at) + 1))

    @once
    def _seat(self) -> seats.Seat:
        assert self.hands is not None  # or its pages are not served
        return seats.Seat(self.shelf, self.hands)

    def bench(self, request: Request) -> Response:
        return self.render(request, "bench.html", runs=self._seat.waiting())

    def seat(self, request: Request) -> Response:
        """A question, or whoever reads is asked for a name first."""
        run, query = request.path_params["run"], request.query_params
        place = seats.place_of(query)
        if name := seats.name_of(query.get("reader", "")):
            answer = back_to(self.links.judge(run, *(place or ())))
            answer.set_cookie(READER, quote(name), max_age=30 * 86_400, httponly=True, samesite="strict")
            return answer
        reader = seats.name_of(unquote(request.cookies.get(READER, "")))
        if not reader or "reader" in query:
            self.shelf.run(run)  # says so where there is none
            return self.render(request, "reader.html", run=run, place=place, reader=reader)
        place = place or self._seat.first(run, reader)
        return self.render(request, "seat.html", **self._asked(run, reader, place))

    def say(self, request: Request, sent: Values) -> Response:
        """Keep what a reader said, and put the next question to him."""
        run, reader, place = request.path_params["run"], seats.name_of(sent.get("reader", "")), seats.place_of(sent)
        if not reader or place is None:
            raise CoreCraftError("It is not told who reads, or what; nothing was recorded")
        said = sent.get("said", "")
        if said == "yes" or said == "no" or said == "cannot tell":
            self._seat.say(run, reader, place, said, sent.get("why", ""))
        elif said != "skip":
            raise CoreCraftError("Say yes, no, cannot tell or skip; nothing was recorded")
        after = self._seat.after(run, reader, place)
        if request.headers.get("hx-request") != "true":
            return back_to(self.links.judge(run, *(after or ())))
        last = "skipped" if said == "skip" else f"{said}, recorded"
        answer = self.render(request, "parts/seat.html", **self._asked(run, reader, after, last))
        answer.headers["hx-push-url"] = self.links.judge(run, *(after or ()))
        return answer

    def _asked(self, run: str, reader: str, place: seats.Place | None, last: str = "") -> dict[str, Any]:
        case = self._seat.case(run, reader, place) if place else None
        sitting = self._seat.sitting(run, reader)
        about = {"run": run, "reader": reader, "case": case, "sitting": sitting}
        return {**about, "rules": self.hands.rules() if self.hands else (), "last": last}

    def _go(self, request: Request, address: str) -> Response:
        """To another page, whoever asks."""
        return (
            Response(headers={"hx-redirect": address})
            if request.headers.get("hx-request") == "true"
            else back_to(address)
        )

    def _act(self, make: Callable[[Request, Values], Response]) -> Callable[[Request], Awaitable[Response]]:
        """What changes something: a form that was sent, answered like a page."""

        async def answer(request: Request) -> Response:
            sent = bytearray()
            async for chunk in request.stream():
                sent += chunk
                if len(sent) > MOST_SENT:
                    return self._mistake(request, CoreCraftError(f"That is more than {MOST_SENT:,} bytes"), 413)
            fields = parse_qsl(sent.decode("utf-8", "replace"), keep_blank_values=True)
            values = {name: value.replace("\r\n", "\n") for name, value in fields}  # as browsers send line ends
            return await run_in_threadpool(self._page(lambda request: make(request, values)), request)

        return answer

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


_DRAWN = {"short": branches.short, "words": branches.words, "compare": pairs.address}
"""What the picture of a fork tree needs."""


def back_to(address: str) -> Response:
    return RedirectResponse(address, 303)
