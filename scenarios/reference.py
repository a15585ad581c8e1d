"""The reference for authors of task families, `docs/authoring-reference.md`, from signatures and docstrings alone."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import ModuleType
from typing import Any, get_args

import attrs
import msgspec

from ..engine.chance import Chance
from ..tools.rows import ROW_TYPES, references
from . import checks, desk, reckoning, truth
from .checks import Allowance, AnyCheck, Blank, Check, Slot, values
from .composition import Composition
from .desk import Desk
from .family import Asked, Case, Fall, Family, Rubric, becoming
from .props import Props
from .scene import Scene
from .task import Category, Tag
from .traps import TRAPS
from .voices import Speech, Voice

HEAD = """\
# Reference for authors

Written by `make docs` from signatures and docstrings; do not edit. [authoring-tasks.md](authoring-tasks.md) shows how the parts
are used. Everything is imported from `corecraft.scenarios.<module>`; a module of `scenarios/families/` may say
`from ..<module>`. Arguments after a lone `*`, and all arguments of checks, are given by name.
"""

WIDE = 128

CHECKS: Mapping[str, str] = {
    "state": "the rows as the agent left them",
    "slots": "values in their slots",
    "answer": "what an answer or a written text says",
    "form": "what shape it has",
    "process": "what was called and seen",
    "judged": "what only a reader can tell",
}
"""Module of `checks/` -> what its checks are about."""


def page() -> str:
    """The whole page. Raises ValueError for a part of it that no docstring describes."""
    parts = [
        HEAD,
        _section(
            "A family and its parts", "family", _fields(Family), _fields(Case), _fields(Asked), _fields(Fall), _words()
        ),
        _section("The scene", "scene", _methods(Scene)),
        _section("Chance", "", ["`scene.chance(...)`, and what `ask` is given.", "", *_methods(Chance)]),
        _section("Rows of the world", "", _rows()),
        _section("Rows of a task's own", "props", _methods(Props)),
        _section("Truth", "truth", _functions(truth)),
        _section("Prompts", "voices", _fields(Speech), _methods(Speech)),
        _section("Values", "checks", _called(values, ("money", "number", "day", "moment", "text"))),
        _section("Slots", "checks", _fields(Blank), _methods(Blank), _fields(Slot)),
        _section("The rubric", "family", _methods(Rubric), [_entry("becoming", becoming)]),
        _section("Checks", "checks", *_checks(), _fields(Allowance)),
        _section("The desk", "desk", _methods(Desk), _functions(desk)),
        _section("Reckoning, for solutions", "reckoning", _functions(reckoning)),
        _section("The answer", "composition", _methods(Composition, until="values")),
        _section(
            "Traps",
            "",
            ["What `Case.traps` and `Fall.trap` name.", "", *(f"- {id}: {what}" for id, what in TRAPS.items())],
        ),
    ]
    return "\n".join(parts)


def _section(title: str, module: str, *blocks: Sequence[str]) -> str:
    home = [f"From `corecraft.scenarios.{module}`.", ""] if module else []
    return "\n".join([f"## {title}", "", *home, *(line for block in blocks for line in (*block, ""))])


def _words() -> list[str]:
    """The types that are a choice of words."""
    choices: Mapping[str, Any] = {"Category": Category, "Voice": Voice, "Tag": Tag}
    return [f"- `{name}` is one of {', '.join(f'`{word}`' for word in get_args(of))}" for name, of in choices.items()]


def _rows() -> list[str]:
    """Every type of row with its fields, and which of them name other rows."""
    about = "Type and fields; every row has an `id`, and may lack any other field. In brackets: the type of row a field names."
    lines: list[str] = []
    for entity, shape in ROW_TYPES.items():
        named = references(entity)
        fields = (
            f"{name} ({named[name]})" if name in named else name for name in shape.__annotations__ if name != "id"
        )
        lines.append(_item(entity, ", ".join(fields)))
    return [_wrapped(about), "", *lines]


def _checks() -> Iterator[list[str]]:
    """The checks of each module, each with the arguments it takes."""
    every: tuple[type[Check], ...] = get_args(AnyCheck)
    for module, about in CHECKS.items():
        of_it = [check for check in every if check.__module__ == f"{checks.__name__}.{module}"]
        yield [f"### Of {about}", "", *(_item(_signature(c.__name__, _arguments(c)), _text(c)) for c in of_it)]


def _fields(made: type) -> list[str]:
    """A class that is filled in: what it is, and each field with its type and what its docstring says of it."""
    arguments, told, about = _arguments(made), _told_below(made), []
    names = "|".join(name for name, *_ in arguments)
    for paragraph in inspect.cleandoc(made.__doc__ or "").split("\n\n"):
        first, *said = re.split(rf"(?:^|(?<=\s))({names}): ", " ".join(paragraph.split()))
        told |= dict(zip(said[::2], (text.strip() for text in said[1::2]), strict=True))
        about.append(first.strip())
    if missing := [name for name, *_ in arguments if name not in told]:
        raise ValueError(f"no docstring says what these fields of {made.__name__} are: {', '.join(missing)}")
    lines = [_item(_argument(*each), told[each[0]]) for each in arguments]
    return [f"### {made.__name__}", "", _wrapped(" ".join(filter(None, about))), "", *lines]


def _methods(of: type, until: str = "") -> list[str]:
    """The public methods and properties of a class in their order. until: the first that is left out."""
    lines: list[str] = []
    for name, member in vars(of).items():
        if name == until:
            break
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            lines.append(_item(f"{of.__name__}.{name}", _text(member)))
        elif inspect.isfunction(member):
            lines.append(_entry(name, member))
    return lines


def _functions(module: ModuleType) -> list[str]:
    own = (name for name, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__)
    return _called(module, [name for name in own if not name.startswith("_")])


def _called(module: ModuleType, names: Sequence[str]) -> list[str]:
    return [_entry(name, getattr(module, name)) for name in names]


# --- signatures and docstrings -----------------------------------------------------------------------------------

_Argument = tuple[str, str, Any]
"""Name, type and default of an argument; `inspect.Parameter.empty` for none."""


def _entry(name: str, function: Callable[..., Any]) -> str:
    return _item(_call_of(name, function), _text(function))


def _call_of(name: str, function: Callable[..., Any]) -> str:
    """A signature as it is written, without `self`."""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    shown: list[str] = []
    for before, p in zip([None, *parameters], parameters, strict=False):
        if p.kind is p.KEYWORD_ONLY and (before is None or before.kind not in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)):
            shown.append("*")
        mark = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        shown.append(mark + _argument(p.name, p.annotation, p.default))
    returned = inspect.signature(function).return_annotation
    made = "" if returned in ("None", inspect.Signature.empty) else f" -> {returned}"
    return f"{name}({', '.join(shown)}){made}"


def _arguments(made: type) -> list[_Argument]:
    """What an attrs or msgspec class is made of."""
    types = {name: kind for base in reversed(made.__mro__) for name, kind in inspect.get_annotations(base).items()}
    if attrs.has(made):
        return [(f.name, types[f.name], _default(f.default)) for f in attrs.fields(made) if f.init]
    structs = msgspec.structs.fields(made)
    return [(f.name, types[f.name], _default(f.default_factory if f.default is NO else f.default)) for f in structs]


NO = msgspec.NODEFAULT


def _default(value: Any) -> Any:
    if value in (attrs.NOTHING, NO):
        return inspect.Parameter.empty
    if isinstance(value, attrs.Factory):  # pyright: ignore[reportArgumentType]
        return value.factory()
    return value() if isinstance(value, type) else value


def _argument(name: str, kind: str, default: Any) -> str:
    if default is inspect.Parameter.empty:
        return f"{name}: {kind}"
    return f"{name}: {kind} = " + (f'"{default}"' if isinstance(default, str) else repr(default))


def _signature(name: str, arguments: Sequence[_Argument]) -> str:
    return f"{name}({', '.join(_argument(*each) for each in arguments)})"


def _text(described: Any) -> str:
    """Its own docstring in one line."""
    if not described.__doc__:
        raise ValueError(f"{described!r} has no docstring")
    return " ".join(described.__doc__.split())


def _told_below(made: type) -> dict[str, str]:
    """Field -> the docstring that stands below it."""
    (body,) = (
        node.body for node in ast.parse(textwrap.dedent(inspect.getsource(made))).body if isinstance(node, ast.ClassDef)
    )
    told: dict[str, str] = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            told[ast.unparse(field.target)] = " ".join(str(below.value.value).split())
    return told


def _item(code: str, text: str) -> str:
    return _wrapped(f"- `{code}`: {text}", "  ")


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDE, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
