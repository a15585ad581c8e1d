"""A model that speaks in many conversations at once, with the keys and values of all it has read kept.

Each conversation has a row of a cache that is made once: what stands at a position of the conversation stands at that place of
its row. So rows differ in length, join and leave at any token, a conversation that goes on reads only what is new in it, and
one that begins like that which had the row before reads only what differs. What lies behind the end of a row is junk, which is
masked, and written over as the row grows.

A decoding step has fixed shapes (all rows, one token, a length of the cache in whole blocks): on an accelerator it is a CUDA
graph, launched as one, and on a processor it is called as it is. Tokens are drawn by a chance that is keyed by conversation and
turn, so that what one says does not depend on who speaks beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from attrs import define, field, frozen

from .libraries import load

BLOCK = 256
"""Places of the cache that are attended to are a multiple of it."""


@frozen
class Said:
    """A turn as it was sampled: token ids with their log-probabilities. ended: by itself, not by a limit."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    ended: bool


@define
class _Row:
    held: list[int] = field(factory=list[int])
    """Ids whose keys and values are in the cache."""
    due: list[int] = field(factory=list[int])
    """Ids to be read next, the last of them just said; none where nobody speaks here."""
    ids: list[int] = field(factory=list[int])
    logprobs: list[float] = field(factory=list[float])
    chance: Random | None = None


class Sampler:
    """rows: conversations at a time. room: tokens each may have. most: tokens of a turn. temperature: 0 takes the likeliest."""

    def __init__(
        self, model: Any, end: int, *, rows: int, room: int, most: int, temperature: float, seed: int, device: str
    ) -> None:
        self._torch = load("torch")
        causal = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._body = getattr(causal, causal.base_model_prefix)
        self._head = causal.get_output_embeddings()
        self._cache = _Cache(self._torch, causal.config, rows, room, next(causal.parameters()).dtype, device)
        self._rows = [_Row() for _ in range(rows)]
        self._end, self._most, self._temperature, self._seed, self._device = end, most, temperature, seed, device
        self.room = room - 1  # the last place is for the junk of rows that are full
        self.tokens = 0
        """Said so far."""
        self._decode = _Graphs(self._torch, self._forward) if device.startswith("cuda") else self._forward

    @property
    def free(self) -> list[int]:
        return [number for number, row in enumerate(self._rows) if not row.due]

    def forget(self) -> None:
        """After the weights have changed: nothing that was read holds any more."""
        for row in self._rows:
            row.held.clear()

    def speak(self, number: int, context: Sequence[int], key: str) -> None:
        """Let a free row begin a turn. context: all ids of the conversation so far, fewer than `room`. key: names the turn."""
        row = self._rows[number]
        same = 0
        while same < min(len(row.held), len(context) - 1) and row.held[same] == context[same]:
            same += 1
        del row.held[same:]
        row.due = list(context[same:])
        row.ids, row.logprobs, row.chance = [], [], Random(f"{self._seed} {key}")

    def advance(self) -> Mapping[int, Said]:
        """Read what is waiting, say one more token in each conversation; the turns that ended with it, by row."""
        reading = [number for number, row in enumerate(self._rows) if len(row.due) > 1]
        with self._torch.no_grad():
            for number in reading:
                row = self._rows[number]
                self._took(number, self._run([number], [row.due], self._forward))
            speaking = [n for n, row in enumerate(self._rows) if len(row.due) == 1 and n not in reading]
            if speaking:
                fed = [row.due if len(row.due) == 1 else [self._end] for row in self._rows]
                logits = self._run(range(len(self._rows)), fed, self._decode)
                for number in speaking:
                    self._took(number, logits[number : number + 1])
        return {number: said for number in (*reading, *speaking) if (said := self._ended(number)) is not None}

    # --- inside --------------------------------------------------------------------------------------------------------

    def _run(self, numbers: Sequence[int], fed: Sequence[Sequence[int]], forward: Any) -> Any:
        """Logits after the last id of each row. All are fed equally many."""
        torch = self._torch
        starts = torch.tensor([[len(self._rows[n].held)] for n in numbers], device=self._device)
        positions = starts + torch.arange(len(fed[0]), device=self._device)
        length = max(len(self._rows[n].held) for n in numbers) + len(fed[0])
        size = min(-(-length // BLOCK) * BLOCK, self._cache.room)
        rows = torch.tensor(list(numbers), device=self._device)
        return forward(torch.tensor([list(ids) for ids in fed], device=self._device), positions, rows, size)

    def _forward(self, ids: Any, positions: Any, rows: Any, size: int) -> Any:
        cache = self._cache.at(rows, positions, size)
        places = self._torch.arange(size, device=self._device)
        mask = (places <= positions.unsqueeze(-1)).unsqueeze(1)
        hidden = self._body(
            input_ids=ids, position_ids=positions, attention_mask=mask, past_key_values=cache, use_cache=True
        ).last_hidden_state[:, -1]
        return self._head(hidden).float()

    def _took(self, number: int, logits: Any) -> None:
        """Draw the next token of a row."""
        torch, row = self._torch, self._rows[number]
        logprobs = torch.log_softmax(logits[0] / (self._temperature or 1.0), dim=-1)
        if self._temperature:
            assert row.chance is not None
            reached = torch.cumsum(logprobs.exp().double(), dim=-1)
            drawn = min(int((reached < row.chance.random() * float(reached[-1])).sum()), len(reached) - 1)
        else:
            drawn = int(logprobs.argmax())
        row.held += row.due
        row.due = [drawn]
        row.ids.append(drawn)
        row.logprobs.append(round(float(logprobs[drawn]), 6))
        self.tokens += 1

    def _ended(self, number: int) -> Said | None:
        row = self._rows[number]
        ended = row.ids[-1] == self._end
        if not ended and len(row.ids) < self._most and len(row.held) + 1 < self.room:
            return None
        row.due = []
        return Said(tuple(row.ids), tuple(row.logprobs), ended)


class _Cache:
    """Keys and values of all layers, as attention of transformers asks for them (`update`)."""

    def __init__(self, torch: Any, config: Any, rows: int, room: int, dtype: Any, device: str) -> None:
        self.room, self._all = room, rows
        heads = config.num_key_value_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        shape = (rows, room, heads, size)
        layers = range(config.num_hidden_layers)
        self._kept = [[torch.zeros(shape, dtype=dtype, device=device) for _ in layers] for _ in range(2)]

    def at(self, rows: Any, positions: Any, size: int) -> _Cache:
        """Where the next `update` of each layer writes, and how far it reads."""
        self._rows, self._positions, self._size = rows, positions, size
        return self

    def update(self, keys: Any, values: Any, layer: int, *_: Any, **__: Any) -> tuple[Any, Any]:
        keys, values = (self._put(kept[layer], new) for kept, new in zip(self._kept, (keys, values), strict=True))
        return keys, values

    def _put(self, kept: Any, new: Any) -> Any:
        kept[self._rows.unsqueeze(-1), self._positions] = new.transpose(1, 2).to(kept.dtype)
        # all rows, or one: neither is copied
        part = kept if len(self._rows) == self._all else kept[self._rows[0] : self._rows[0] + 1]
        return part[:, : self._size].transpose(1, 2)


class _Graphs:
    """A function of fixed shapes as CUDA graphs, one for each length of the cache that is read."""

    def __init__(self, torch: Any, function: Any) -> None:
        self._torch, self._function = torch, function
        self._made: dict[int, tuple[Any, Any, Any, Any, Any]] = {}

    def __call__(self, ids: Any, positions: Any, rows: Any, size: int) -> Any:
        if size not in self._made:
            self._made[size] = self._captured(ids.clone(), positions.clone(), rows.clone(), size)
        graph, its_ids, its_positions, _, logits = self._made[size]
        its_ids.copy_(ids)
        its_positions.copy_(positions)
        graph.replay()
        return logits

    def _captured(self, ids: Any, positions: Any, rows: Any, size: int) -> tuple[Any, Any, Any, Any, Any]:
        cuda = self._torch.cuda
        beside = cuda.Stream()
        beside.wait_stream(cuda.current_stream())
        with cuda.stream(beside):  # libraries choose their ways at the first call, which a graph must not hold
            self._function(ids, positions, rows, size)
        cuda.current_stream().wait_stream(beside)
        graph = cuda.CUDAGraph()
        with cuda.graph(graph):
            logits = self._function(ids, positions, rows, size)
        return graph, ids, positions, rows, logits
