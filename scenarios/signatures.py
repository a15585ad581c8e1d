"""Pages of reference from signatures and docstrings alone: Markdown for classes, methods and functions."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from datetime import tzinfo
from itertools import pairwise
from types import ModuleType
from typing import Any

import attrs
import msgspec

WIDE = 128


def section(title: str, module: str, *blocks: Sequence[str]) -> str:
    """A section of a page. module: where all of it is imported from, below `corecraft`; "" where nothing is."""
    home = [f"From `corecraft.{module}`.", ""] if module else []
    return "\n".join([f"## {title}", "", *home, *(line for block in blocks for line in (*block, ""))])


def fields(made: type) -> list[str]:
    """A class that is filled in: what it is, and each field with its type and what its docstring says of it."""
    parts, told, about = arguments(made), _told_below(made), []
    names = "|".join(name for name, *_ in parts)
    for paragraph in inspect.cleandoc(made.__doc__ or "").split("\n\n"):
        first, *said = re.split(rf"(?:^|(?<=\s))({names}): ", " ".join(paragraph.split()))
        told |= dict(zip(said[::2], (each.strip() for each in said[1::2]), strict=True))
        about.append(first.strip())
    if missing := [name for name, *_ in parts if name not in told]:
        raise ValueError(f"no docstring says what these fields of {made.__name__} are: {', '.join(missing)}")
    lines = [item(_argument(*each), told[each[0]]) for each in parts]
    return [f"### {made.__name__}", "", wrapped(" ".join(filter(None, about))), "", *lines]


def methods(of: type, until: str = "") -> list[str]:
    """The public methods and properties of a class in their order. until: the first that is left out."""
    lines: list[str] = []
    for name, member in vars(of).items():
        if name == until:
            break
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            kind = inspect.get_annotations(member.fget)["return"] if member.fget else ""
            lines.append(item(f"{of.__name__}.{name}: {kind}", text(member)))
        elif inspect.isfunction(member):
            lines.append(entry(name, member))
    return lines


def functions(module: ModuleType) -> list[str]:
    """The public functions that a module defines."""
    own = (name for name, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__)
    return called(module, [name for name in own if not name.startswith("_")])


def called(module: ModuleType, names: Sequence[str]) -> list[str]:
    """Functions of a module by name."""
    return [entry(name, getattr(module, name)) for name in names]


# --- signatures and docstrings -----------------------------------------------------------------------------------

_Argument = tuple[str, str, Any]
"""Name, type and default of an argument; `inspect.Parameter.empty` for none."""


def entry(name: str, function: Callable[..., Any]) -> str:
    """A function: how it is called, and what it says of itself."""
    return item(call_of(name, function), text(function))


def call_of(name: str, function: Callable[..., Any]) -> str:
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


def arguments(made: type) -> list[_Argument]:
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
    told = (
        f'"{default}"' if isinstance(default, str) else str(default) if isinstance(default, tzinfo) else repr(default)
    )
    return f"{name}: {kind} = {told}"


def signature(name: str, arguments: Sequence[_Argument]) -> str:
    """How a class is made of these."""
    return f"{name}({', '.join(_argument(*each) for each in arguments)})"


def text(described: Any) -> str:
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


def item(code: str, text: str) -> str:
    return wrapped(f"- `{code}`: {text}", "  ")


def wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDE, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
