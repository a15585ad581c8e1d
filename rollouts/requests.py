"""What the control API takes and tells, as data. The tables of docs/http.md are made from these fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta, Struct, field

from ..engine.edits import ClockSet, Edit, EditedReply, OtherTools, Told
from ..engine.event import Change
from ..engine.faults import KINDS, Fault, Faults
from ..engine.toolset import Toolset
from ..scenarios.task import Tag


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Of a route that takes no fields."""


class FaultsRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Calls that fail as those of real systems do."""

    rate: Annotated[float, Meta(ge=0, le=1, description="the share of calls that fail")]
    seed: Annotated[int, Meta(description="which of them do")] = 0
    kinds: Annotated[tuple[Fault, ...], Meta(description="how they fail; all ways if left out")] = KINDS

    def faults(self) -> Faults:
        return Faults(self.seed, self.rate, self.kinds)


class OpenRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Either `task` or `world`."""

    task: Annotated[str | None, Meta(description="id of a task, as in `corecraft tasks list`")] = None
    world: Annotated[str | None, Meta(description="instead of a task: a bare world, `standard`")] = None
    toolset: Annotated[
        str | None, Meta(description="tools other than the usual ones, e.g. `corecraft/extended/benchmark`")
    ] = None
    agent: Annotated[str, Meta(description="a label: who plays")] = ""
    trial: Annotated[int, Meta(description="a label: which trial it is")] = 0
    seed: Annotated[
        int, Meta(description="must be 0: no tool draws by chance, so another would only change the hashes")
    ] = 0
    prompt: Annotated[str | None, Meta(description="what a user says first in a bare world; a task has its own")] = None
    faults: Annotated[
        FaultsRequest | None,
        Meta(description="calls fail so, and tools keep nobody from doing a thing twice: `rate`, `seed`, `kinds`"),
    ] = None
    episode: Annotated[
        str | None, Meta(description="an id of yours: letters, digits and `. _ ~ @ : -`, at most 200; else one is made")
    ] = None


class RowEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """A row that is otherwise in a fork's world."""

    entity: Annotated[str, Meta(description="type of the row, e.g. `order`")]
    id: Annotated[str, Meta(description="its id; the row is added where there is none")]
    set: Annotated[
        dict[str, Any], Meta(description="its fields that are otherwise; of a new row all, `id` among them")
    ] = field(default_factory=dict)
    removed: Annotated[tuple[str, ...], Meta(description="names of fields it has no longer")] = ()

    def change(self) -> Change:
        return Change(self.entity, self.id, self.set, self.removed)


class ReplyEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """A reply that a fork's agent reads in place of the one that was given."""

    seq: Annotated[int, Meta(description="of the `tool.returned` in the past")]
    reply: Annotated[Any, Meta(description="what it says instead")]
    ok: Annotated[bool, Meta(description="false: it is an error")] = True

    def edit(self) -> EditedReply:
        return EditedReply(self.seq, self.reply, self.ok)


class ForkRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Where: after event `at`, or after `step` completed calls, or at the last possible place."""

    at: Annotated[int | None, Meta(description="the event after which it goes on otherwise")] = None
    step: Annotated[
        int | None, Meta(description="instead: how many completed calls come before; 0: before the first")
    ] = None
    edits: Annotated[tuple[RowEdit, ...], Meta(description="rows that are otherwise in the fork's world")] = ()
    replies: Annotated[
        tuple[ReplyEdit, ...],
        Meta(description="replies of the past that its agent reads otherwise; what calls did stays"),
    ] = ()
    toolset: Annotated[
        str | None, Meta(description="other tools from here on, e.g. `corecraft/extended/benchmark`")
    ] = None
    clock: Annotated[
        str | None, Meta(description="the simulation time it goes on at, ISO-8601, not before the parent's")
    ] = None
    agent: Annotated[str | None, Meta(description="a label: who plays; else as in the parent")] = None
    trial: Annotated[int | None, Meta(description="a label: which trial it is; else as in the parent")] = None
    prompt: Annotated[str | None, Meta(description="what a user says first in the fork")] = None
    episode: Annotated[str | None, Meta(description="an id of yours; else `PARENT~1` and so on")] = None

    def all_edits(self, toolset: Callable[[str], Toolset]) -> list[Edit]:
        """What the fork has otherwise. toolset: by name. Raises InvalidInput for a clock that is no time."""
        found: list[Edit] = [row.change() for row in self.edits]
        found += [reply.edit() for reply in self.replies]
        if self.toolset is not None:
            found.append(OtherTools(toolset(self.toolset)))
        if self.clock is not None:
            found.append(ClockSet.read(self.clock))
        if self.prompt is not None:
            found.append(Told(self.prompt))
        return found


class TurnRequest(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A turn of a model, as it came: any of these, and at least one besides `beside`."""

    text: Annotated[str | None, Meta(description="what it said")] = None
    reasoning: Annotated[str | None, Meta(description="what it thought")] = None
    tool_calls: Annotated[list[dict[str, Any]] | None, Meta(description="the calls it asked for, in its own form")] = (
        None
    )
    usage: Annotated[dict[str, Any] | None, Meta(description="tokens")] = None
    finish_reason: Annotated[str | None, Meta(description="why it stopped")] = None
    model: Annotated[str | None, Meta(description="which model it was")] = None
    tokens: Annotated[
        dict[str, Any] | None,
        Meta(description="ids and log-probabilities of what it sampled, where a training wants them"),
    ] = None
    beside: Annotated[
        dict[str, Any] | None, Meta(description="cost, latency and the like: kept with the event, outside its hash")
    ] = None


class AnswerRequest(Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(description="the final answer")]


class CloseRequest(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(description="why it ends without an answer")] = "closed"


class VerdictRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a judge says of one criterion."""

    criterion: Annotated[str, Meta(description="its id, as in the grade")]
    verdict: Annotated[bool | None, Meta(description="whether it is met; null: the judge could not tell")]
    votes: Annotated[tuple[bool | None, ...], Meta(description="of his single readings")] = ()
    model: Annotated[str, Meta(description="who judged; the grade names him")] = "a judge"


class EventsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    after: Annotated[int, Meta(ge=-1, description="only events with a higher `seq`")] = -1


class CriterionInfo(TypedDict, total=False):
    """A criterion of a grade."""

    id: Annotated[str, Meta(description="its id: what a verdict names")]
    tag: Annotated[Tag, Meta(description="what kind it is")]
    text: Annotated[str, Meta(description="what is asked for")]
    passed: Annotated[
        bool | None, Meta(description="whether it is met; null: nobody has decided it yet, neither code nor a judge")
    ]
    reason: Annotated[str, Meta(description="why; of a verdict, whose it is")]
    evidence: Annotated[list[int], Meta(description="the `seq` of the events behind it")]
    abstained: Annotated[
        bool,
        Meta(
            description="true where it is for code to decide and code could not tell, whatever a judge said since; else "
            "absent. A null without it waits for a judge from the beginning"
        ),
    ]


class GradeInfo(TypedDict):
    """A grade."""

    task: Annotated[str, Meta(description="id of the task")]
    reward: Annotated[
        float | None,
        Meta(
            description="0 to 1, over all criteria; null while any `passed` is null (but 0 once all that takes work has failed)"
        ),
    ]
    passed: Annotated[
        bool | None,
        Meta(
            description="false as soon as one criterion fails, `reward` null or not; true when all are met; else null"
        ),
    ]
    code_reward: Annotated[
        float | None,
        Meta(description="over what is for code to decide; what code abstained from counts as not met. Always there"),
    ]
    code_passed: Annotated[
        bool | None, Meta(description="false where code fails a criterion; null where it fails none but abstained")
    ]
    criteria: Annotated[list[CriterionInfo], Meta(description="see below")]
    not_applicable: Annotated[
        str,
        Meta(
            description="why there is no grade, and all figures are null: the fork's world is one that its task does not fit; "
            "else empty"
        ),
    ]


class Origin(TypedDict):
    """Where a fork comes from."""

    episode: Annotated[str, Meta(description="the parent")]
    seq: Annotated[int, Meta(description="the last event they share")]


class EpisodeInfo(TypedDict):
    """What is told of an episode."""

    episode: Annotated[str, Meta(description="its id")]
    status: Annotated[
        Literal["open", "closed", "voided"], Meta(description="voided: a tool of ours failed; it counts for nothing")
    ]
    reason: Annotated[
        str | None,
        Meta(
            description="why it was closed: `answered`, `budget_exhausted`, `agent_failed` (an agent in Python raised "
            "something), or what was given"
        ),
    ]
    task: Annotated[str | None, Meta(description="null in a bare world")]
    seed: Annotated[int, Meta(description="always 0")]
    toolset: Annotated[str, Meta(description="name of its tools")]
    parent: Annotated[
        Origin | None, Meta(description="of a fork: the parent, and the `seq` of the last event they share")
    ]
    events: Annotated[int, Meta(description="how many its history has, inherited ones among them")]
    calls: Annotated[int, Meta(description="how many tool calls were completed")]
    answer: Annotated[str | None, Meta(description="the final answer")]
    grade: Annotated[
        dict[str, Any] | None,
        Meta(
            description="of the history as it stands: null until it is graded, and from a verdict until it is graded again"
        ),
    ]
    head: Annotated[str, Meta(description="hash of the last event: equal for equal histories")]
    agent: Annotated[str, Meta(description="label")]
    trial: Annotated[int, Meta(description="label")]
