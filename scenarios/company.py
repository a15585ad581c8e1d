"""A company as a value: all that playing, grading, replay and analysis need to know of one. The engine knows none.

company("corecraft")                       # ours
company_of({"generator": "library"})       # whose world that recipe makes
by_name("corecraft/base/benchmark")        # the tools that a recorded history names
by_name("tau2/retail")                     # a domain of tau2, which is loaded then

`docs/new-company.md` adds one. Installed packages offer theirs by the entry points of `GROUP`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import timezone
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, field, frozen

from ..engine.errors import CoreCraftError, NotExecutable, UnknownToolset
from ..engine.event import Change
from ..engine.genesis import Genesis, Row, Schema
from ..engine.toolset import IMPORTED, Toolset
from ..engine.world import World
from ..tools.shapes import plain_fields
from ..tools.tau2 import by_domain, domain_of
from .laws import misfitting
from .policies import EVERYWHERE

if TYPE_CHECKING:
    from .family import Family
    from .open_rules import Alternative
    from .scene import Scene
    from .task import Form

GROUP = "corecraft.companies"
"""The group of entry points by which an installed package offers a company."""
OURS = "corecraft"


@frozen
class Built:
    """A generated world.

    recipe: how to build it again; its `generator` is the name of the company. manifest: every row made dirty on purpose; hidden
    from all tools.
    """

    genesis: Genesis
    recipe: dict[str, Any]
    manifest: Sequence[Any] = ()


Aside = tuple[str, Mapping[str, Any]]
"""A call that has nothing to do with any task: tool and arguments."""


def _no_writes(world: World, touched: Container[str]) -> Iterator[Aside]:
    return iter(())


def _no_names() -> Iterable[str]:
    return ()


@frozen
class Asides:
    """What somebody does and says in a company beside the work; the proof of tasks plays it.

    reads: queries that harm none of its tasks. writes: commands that serve none, from a world and the ids that a solution
    touched. names: first and last names, which may open a sentence of a prompt. stuffing: words that a rubric might look for.
    referral: an answer that names others who will do it. hand_over: commands that give away what the values of a prompt name.
    """

    reads: Sequence[Aside] = ()
    writes: Callable[[World, Container[str]], Iterator[Aside]] = _no_writes
    names: Callable[[], Iterable[str]] = _no_names
    stuffing: str = ""
    referral: str = "This needs a specialist. Somebody else will take it from here; I have handed the matter over."
    hand_over: Callable[[Iterable[str]], Iterable[Aside]] = lambda given: ()


SOUND = (
    "The facts: {facts}. What an answer leaves out is no matter here, and what follows from these facts, or rules, addresses "
    "and hours of the house that nothing contradicts, may be told. Does the answer keep to the facts and to what the calls "
    "show: nothing that they contradict, no figure, day or name that is made up, no act told as done that was not done, and no "
    "promise of anything that is not on record?"
)


def _scene(world: World, recipe: Mapping[str, Any]) -> Scene:
    from .scene import Scene  # which families import too

    return Scene(world)


def _kept(genesis: Genesis, manifest: Iterable[Any]) -> list[str]:
    return []


@frozen(slots=False, eq=False)
class Company:
    """One company.

    name: the `generator` in the recipes of its worlds, and what the names of its toolsets begin with.
    tables: its types of rows.
    toolsets: its sets of tools by name (`NAME/SET/PROFILE`), the usual one first.
    zone: of its calendar, and of times that are told without one.
    policy: what its agents are told before anything else.
    signature: how its mails are signed.
    families: its task families by id, asked for when they are needed.
    people: the types of rows that make requests.
    build: a world of it, from seed and scale, and a version where it draws otherwise than before.
    scene: what its families write tasks on, from a world and its recipe.
    contradicts: why rows that a task adds or alters cannot be.
    violations: which promises a generated world breaks, from its rows and its manifest.
    splits: the files of its published splits by form.
    about: what it is, as somebody who judges or diagnoses its episodes is told.
    rules, traps: what a criterion may rest on and a task be hard by, a line each by id.
    titled: the types of rows that people call by a title or name, with its field.
    alternatives: other readings of the rules that it leaves open.
    words: a text in the words of its business, its policy mostly. Answers are read with them.
    sound: what a reader is asked of an answer in prose, with `{facts}`.
    asides: what the proof of its tasks plays beside the work.
    """

    name: str
    tables: Schema = field(repr=False)
    toolsets: Mapping[str, Toolset] = field(repr=False)
    zone: timezone
    policy: str = field(repr=False)
    signature: str
    families: Callable[[], Mapping[str, Family[Any]]] = field(repr=False)
    people: tuple[str, ...]
    build: Callable[..., Built] = field(repr=False)
    scene: Callable[[World, Mapping[str, Any]], Scene] = field(default=_scene, repr=False)
    contradicts: Callable[[World, Sequence[Change]], Iterator[str]] = field(default=misfitting, repr=False)
    violations: Callable[[Genesis, Iterable[Any]], list[str]] = field(default=_kept, repr=False)
    splits: Mapping[Form, Path] = field(factory=dict, repr=False)
    about: str = field(default=Factory(lambda self: self.name, takes_self=True))
    rules: Mapping[str, str] = field(factory=dict, repr=False)
    traps: Mapping[str, str] = field(factory=dict, repr=False)
    titled: Mapping[str, str] = field(factory=dict, repr=False)
    alternatives: Sequence[Alternative] = field(default=(), repr=False)
    words: str = field(default="", repr=False)
    sound: str = field(default=SOUND, repr=False)
    asides: Asides = field(factory=Asides, repr=False)

    def usual(self, tools: str) -> str:
        """The name of a set of tools in its usual profile. Raises CoreCraftError where there is no such set."""
        named = [name for name in self.toolsets if name.split("/")[1] == tools]
        if not named:
            sets = dict.fromkeys(name.split("/")[1] for name in self.toolsets)
            raise CoreCraftError(f"{self.name} has no set of tools {tools!r}, only {', '.join(sets)}")
        return named[0]

    def unknown(self, *ids: str) -> list[str]:
        """Those of what criteria and mistakes name that are neither rule nor trap here, each once."""
        return [id for id in dict.fromkeys(ids) if not self.is_rule(id) and id not in self.traps]

    def is_rule(self, id: str) -> bool:
        """Whether it is one of its rules, or of those that hold anywhere."""
        return id in self.rules or id in EVERYWHERE

    def asking(self, world: World, id: str) -> Row | None:
        """The row of who makes a request."""
        return next((row for entity in self.people if (row := world.get(entity, id)) is not None), None)


@cache
def companies() -> Mapping[str, Company]:
    """All by name: ours, then those of installed packages. Raises CoreCraftError for what is offered as one and is none."""
    found = {OURS: import_module(f"{__package__}.corecraft").COMPANY}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            offered = point.load()
        except Exception as error:  # whatever a foreign module raises, the user has a package to mend or to remove
            raise CoreCraftError(f"{point.value} of an installed package cannot be loaded: {error}") from error
        if not isinstance(offered, Company):
            raise CoreCraftError(f"{point.value} of an installed package is no Company")
        if offered.name in found:
            raise CoreCraftError(f"{point.value}: there is another company {offered.name}")
        if strange := [name for name in offered.toolsets if not _is_set_of(name, offered.name)]:
            raise CoreCraftError(f"{point.value}: the toolset {strange[0]} is not called {offered.name}/SET/PROFILE")
        if not offered.toolsets:
            raise CoreCraftError(f"{point.value}: {offered.name} has no toolset")
        found[offered.name] = offered
    return found


def _is_set_of(name: str, whose: str) -> bool:
    parts = name.split("/")
    return len(parts) == 3 and parts[0] == whose and all(parts)


def offered_by(whose: Company) -> EntryPoint | None:
    """By which entry point a company comes here; None for ours."""
    return next((point for point in entry_points(group=GROUP) if point.load() is whose), None)


def company(name: str) -> Company:
    """A company by name. Raises CoreCraftError where there is none."""
    if (found := companies().get(name)) is None:
        raise CoreCraftError(
            f"There is no company {name!r} here, only {', '.join(companies())}; is its package installed?"
        )
    return found


def company_of(recipe: Mapping[str, Any]) -> Company:
    """Whose world a recipe makes. A bundle's, or one that nobody tells of, is taken for one of ours. Raises CoreCraftError for
    one of a company that is not here."""
    return company(_generator(recipe))


def company_behind(recipe: Mapping[str, Any]) -> Company:
    """As `company_of`, but that anything may stand in a recipe which is not ours to make again: what is no company here is
    taken for ours as well."""
    return companies().get(_generator(recipe)) or company(OURS)


def _generator(recipe: Mapping[str, Any]) -> str:
    named = recipe.get("generator")
    return named if isinstance(named, str) else OURS


def company_with(tools: str) -> Company:
    """Whose a set of tools of this name is. One that no company has is taken for one of ours."""
    return companies().get(tools.partition("/")[0]) or company(OURS)


def schema_of(recipe: Mapping[str, Any]) -> Schema:
    """How the rows of a world are listed and found, by its recipe."""
    return company_of(recipe).tables


def known_schema_of(recipe: Mapping[str, Any]) -> Schema:
    """As `schema_of`, for who only looks: the rows of a company that is not here are listed by their ids."""
    return company_behind(recipe).tables


@cache
def columns() -> Mapping[str, Mapping[str, type]]:
    """The fields that hold one plain value, by type of row: of all companies, the first to have a type named so."""
    shapes = {
        entity: table.shape for each in reversed([*companies().values()]) for entity, table in each.tables.items()
    }
    return {entity: plain_fields(shape) for entity, shape in shapes.items() if shape is not None}


# --- toolsets of all -------------------------------------------------------------------------------------------------


@cache
def toolsets() -> Mapping[str, Toolset]:
    """Those of all companies by name."""
    return {name: made for each in companies().values() for name, made in each.toolsets.items()}


def by_name(name: str) -> Toolset:
    """The set a recorded history names, such as `corecraft/base/benchmark`. CoreCraftError when there is none."""
    if (named := toolsets().get(name)) is not None:
        return named
    if name.startswith(IMPORTED):
        raise NotExecutable(
            "this was imported: its tools are known by their replies alone, so view it or ask it in SQL"
        )
    if (domain := domain_of(name)) is not None:
        return by_domain(domain)
    owner, within, _ = name.partition("/")
    whose = companies().get(owner)
    if within and whose is None:
        raise UnknownToolset(f"There is no toolset {name!r}, and no company {owner!r} here; is its package installed?")
    raise UnknownToolset(
        f"There is no toolset {name!r}. Toolsets: {', '.join(whose.toolsets if whose else toolsets())}."
    )


def recorded(opened: Mapping[str, Any]) -> Toolset:
    """The tools that the data of an `episode.opened` names, with the descriptions they had. Raises CoreCraftError."""
    return _described(opened["tools"], tuple(sorted(opened.get("described", {}).items())))


@lru_cache(maxsize=256)
def _described(name: str, texts: tuple[tuple[str, str], ...]) -> Toolset:
    return by_name(name).describing(dict(texts)) if texts else by_name(name)
