"""A script that looks at another world than it plays in: what it decided there is done here."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from ...engine.episode import Episode
from . import careful
from .scripted import ScriptedAgent


@frozen
class Rehearsed:
    """Makes the calls that a script makes on an untouched world, whatever they reply here, and gives its answer.

    Where half of the work was done, a script that starts over may no longer find what it has to work on: an order that is
    refunded already is no fulfilled one. It was right all the same, and what it did again changes nothing.
    """

    script: ScriptedAgent
    untouched: Callable[[], Episode]
    """A new episode on that world; nothing of it is kept."""

    @property
    def name(self) -> str:
        return self.script.name

    def play(self, episode: Episode) -> str:
        rehearsal = self.untouched()
        own = rehearsal.trajectory().inherited
        answer = self.script.play(rehearsal)
        try:
            for call in rehearsal.trajectory().calls():
                if call.seq >= own and (call.facts or careful.told_of(call) is None):
                    careful.call(episode, call.tool, call.arguments)
        except careful.Stuck:
            episode.close(careful.GAVE_UP)
        return answer
