"""The part of `docs/authoring-reference.md` for authors of tools and tables."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import is_typeddict

from ..engine import canonical, clock, tool
from ..engine.tool import Choices, Outcome, Rejected
from ..engine.world import World
from ..tools import commands, rows, search, shapes, tables
from ..tools.commands import Once
from ..tools.rows import ROW_TYPES
from ..tools.search import Window
from ..tools.shapes import Identified, Of
from .signatures import arguments, call_of, called, functions, item, methods, section, signature, text

SHOP = Path(__file__).resolve().parents[1] / "tests" / "tools" / "shop.py"
SCALARS = ("Text", "Number", "Whole", "Flag", "Instant")
INSTANTS = [
    "Of a field of a row, which may be missing or malformed, `stored_ms` of `tools.tables`; of an argument, `search.instant`."
]
READERS = ("stored_ms", "string", "number", "items", "parts", "part")


def sections() -> Iterator[str]:
    """One a module. Of a checkout, since the shop stands in its tests."""
    made = [_class(Outcome), _class(Choices)]
    declared = called(tool, ("query", "command", "fact", "set_"))
    yield section("Tools", "engine.tool", [*declared, *made, item("Rejected(message)", text(Rejected))])
    ids = ["`derived_id` is from `corecraft.engine.canonical`.", "", *called(canonical, ["derived_id"])]
    now = item(
        "World.now: int", "The clock, epoch milliseconds, never None; `search.now_text` writes it as rows hold it."
    )
    yield section("The world, as handlers read it", "engine.world", [now, *methods(World, until="fold")], ids)
    yield section("Instants", "engine.clock", called(clock, ("to_text", "to_ms")), INSTANTS)
    yield section("Searches", "tools.search", functions(search), [_class(Window)], methods(Window))
    yield section("Commands", "tools.commands", functions(commands), [item("Once", text(Once))])
    yield section("Tables", "tools.tables", called(tables, ("table", "newest_first", "by", *READERS)))
    yield section("Parts of rows", "tools.shapes", [_class(Of), *called(shapes, ["known"])], [*_scalars(), *_parts()])
    yield section("The shop of the tests", "", list(_shop(_loaded(SHOP))))


def _class(made: type) -> str:
    return item(signature(made.__name__, arguments(made)), text(made))


def _scalars() -> Iterator[str]:
    return (f"- `{name}` is `{getattr(shapes, name)}`" for name in SCALARS)


def _parts() -> Iterator[str]:
    """What a field of a row may be made of."""
    whole = [*ROW_TYPES.values(), Identified]
    for name, shape in vars(rows).items():
        if is_typeddict(shape) and shape not in whole and shape.__module__ == rows.__name__:
            yield item(name, ", ".join(shape.__annotations__))


def _shop(shop: ModuleType) -> Iterator[str]:
    yield "From `tests/tools/shop.py`; a test says `from .shop import Shop`."
    yield ""
    yield item(call_of("Shop", shop.Shop.__init__), text(shop.Shop))
    yield from methods(shop.Shop)
    yield from called(shop, ["hashed"])
    yield item("NOW", f"The clock of the shop, {shop.NOW}.")


def _loaded(file: Path) -> ModuleType:
    """A module that belongs to no package."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
