"""tau2's own environment, put into the state of whatever world is asked about.

One environment serves all worlds of a domain, so that a fork costs nothing and a call costs what it changes.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any

from attrs import frozen

from ...engine.canonical import decode, encode
from ...engine.event import Change
from ...engine.genesis import Genesis
from ...engine.world import World
from .domain import Domain, toolkits
from .held import Held
from .package import part
from .records import Side

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}>")
"""As Python shows what has no form of its own."""


@frozen
class Answer:
    """What came of a call: the message as tau2 gives it, whether it is an error, and what is otherwise since. An error does not
    undo what was done before it."""

    content: str
    error: bool
    changes: tuple[Change, ...]


class Desk:
    """Answers calls on worlds. Equal worlds give equal answers: nothing is kept in it that a world does not say."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self._lock = RLock()
        self._genesis: Genesis | None = None
        self._environment: Any = None
        self._held: list[Held] = []
        self._reading: set[tuple[Side, str]] = set()
        """What tau2 declares to change nothing."""
        self._message = part("data_model.message")

    def call(self, world: World, side: Side, tool: str, arguments: Mapping[str, Any]) -> Answer:
        """A call as tau2's orchestrator makes it."""
        with self._showing(world, side, tool, arguments) as environment:
            asked = self._message.ToolCall(name=tool, arguments=_own(arguments), requestor=side)
            told = environment.get_response(asked)
            answer = Answer(told.content, told.error, self._changes(world, (side, tool) in self._reading))
        if _ADDRESS.search(answer.content):
            raise RuntimeError(f"tau2's {tool} answers with an address in memory, which no replay can be given again")
        return answer

    def act(self, world: World, side: Side, tool: str, arguments: Mapping[str, Any]) -> tuple[Change, ...]:
        """What a call of tau2's evaluator changes: the other side does not hear of it, and errors are passed over, since some
        gold actions fail on purpose."""
        with self._showing(world, side, tool, arguments) as environment:
            with suppress(Exception):
                environment.make_tool_call(tool, requestor=side, **_own(arguments))
            return self._changes(world, (side, tool) in self._reading)

    def prepare(self, world: World, data: Any, actions: Any) -> tuple[Change, ...]:
        """What the initial state of a task changes. Raises what tau2 raises."""
        with self._showing(world, "prepare") as environment:
            try:
                environment.set_state(initialization_data=data, initialization_actions=actions, message_history=[])
            finally:
                changes = self._changes(world)
            return changes

    def holds(self, world: World, assertion: Any) -> bool:
        """Whether an assertion of tau2's is met."""
        with self._showing(world, "assert") as environment:
            try:
                return environment.run_env_assertion(assertion, raise_assertion_error=False)
            finally:
                self._changes(world)

    def hashes(self, world: World) -> tuple[str, str | None]:
        """tau2's own hashes of the agent's and the user's database, over all of their records."""
        with self._showing(world, "hash") as environment:
            return environment.get_db_hash(), environment.get_user_db_hash()

    @contextmanager
    def _showing(self, world: World, *call: Any) -> Generator[Any]:
        """The environment in the state of a world; what it draws at random comes from the call."""
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that tau2 assigns unchecked
            if self._genesis is not world.genesis:
                self._begin(world.genesis)
            for held in self._held:
                held.show(world)
            self.domain.ids.begin(world, *call)
            yield self._environment

    def _begin(self, genesis: Genesis) -> None:
        """The environment at the beginning of a world, whichever records that has."""
        if self._genesis is None or self._genesis.digest != genesis.digest:
            self._environment = self.domain.environment()
            kits = toolkits(self._environment)
            self._reading = {
                (side, tool) for side, kit in kits.items() for tool in kit.tools if kit.tool_type(tool) == "read"
            }
            tables = genesis.tables
            self._held = [Held(one, kits[one.side], tables.get(one.entity, {})) for one in self.domain.collections]
        self._genesis = genesis

    def _changes(self, world: World, reads: bool = False) -> tuple[Change, ...]:
        return tuple(change for held in self._held for change in held.changes(world, reads))


def _own(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A copy: tools put into records what they are given."""
    return decode(encode(arguments))
