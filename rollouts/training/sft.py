"""Supervised fine-tuning on chosen episodes, through TRL's SFTTrainer: the loss is on the model's own turns only.

TRL is handed token ids and labels that are made here: it would mask by markers in the chat template, which published templates
do not have, and it would not know how a reply is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from msgspec import Struct

from ...engine.errors import CoreCraftError
from ..local import local_agent
from .curves import Curves
from .dialogue import Tokenizer, Tokens, chat_of, tokens, told
from .libraries import load
from .policy import Base, Policy
from .selection import Chosen

NOT_LEARNT = -100
"""What transformers takes for a label that counts for nothing."""
CHECKPOINTS = "checkpoints"


class SftSettings(Struct, frozen=True):
    """batch: episodes an update is made from. batch_tokens: how many tokens are computed at a time. context: longer episodes
    are left out, since a turn without its past teaches nothing. rank: of the LoRA; 0 trains all weights."""

    epochs: float = 4.0
    learning_rate: float = 1e-3
    batch: int = 8
    batch_tokens: int = 8192
    context: int = 4096
    rank: int = 32
    seed: int = 0


def examples(chosen: Iterable[Chosen], tokenizer: Tokenizer) -> list[Tokens]:
    """Each episode as the local agent would be told it."""
    agent = local_agent("learner")
    return [tokens(chat_of(agent, told(one.trajectory)), tokenizer) for one in chosen]


def fitting(found: Iterable[Tokens], context: int) -> list[Tokens]:
    return [one for one in found if len(one.ids) <= context]


def labels(one: Tokens) -> list[int]:
    """The model's own tokens, and nothing of what it was told."""
    found = [NOT_LEARNT] * len(one.ids)
    for start, end in one.turns:
        found[start:end] = one.ids[start:end]
    return found


def at_a_time(settings: SftSettings, longest: int) -> int:
    """Episodes that are computed together."""
    return max(1, min(settings.batch, settings.batch_tokens // longest))


def train(
    base: Base,
    adapter: Path | None,
    device: str,
    train_on: Sequence[Tokens],
    measure_on: Sequence[Tokens],
    settings: SftSettings,
    out: Path,
    measured: Callable[[Mapping[str, Any]], None],
) -> Curves:
    """Writes OUT/adapter (or OUT/model), with checkpoints on the way; the same call goes on from the last of them."""
    if not train_on:
        raise CoreCraftError(f"no episode fits into {settings.context} tokens; --context N reads more")
    curves = Curves(out)
    policy = Policy.load(base, adapter, device, rank=settings.rank, seed=settings.seed) if settings.rank else None
    model = policy.model if policy else base.model(device, "float32")
    tokenizer = policy.tokenizer if policy else base.tokenizer()
    trainer = _trainer(model, tokenizer.inner, device, train_on, measure_on, settings, out / CHECKPOINTS)
    trainer.remove_callback(load("transformers").PrinterCallback)  # what it would print is told by `measured`
    trainer.add_callback(_callback(curves, measured))
    checkpoints = sorted((out / CHECKPOINTS).glob("checkpoint-*"))
    trainer.train(resume_from_checkpoint=str(checkpoints[-1]) if checkpoints else None)
    if policy:
        policy.save(out / "adapter", f"CoreCraft SFT of {base.path.name}")
    else:
        model.save_pretrained(str(out / "model"))
        tokenizer.inner.save_pretrained(str(out / "model"))
    return curves


def _trainer(
    model: Any,
    tokenizer: Any,
    device: str,
    train_on: Sequence[Tokens],
    measure_on: Sequence[Tokens],
    settings: SftSettings,
    checkpoints: Path,
) -> Any:
    trl = load("trl")
    together = at_a_time(settings, max(len(one.ids) for one in (*train_on, *measure_on)))
    config = trl.SFTConfig(
        output_dir=str(checkpoints), num_train_epochs=settings.epochs, learning_rate=settings.learning_rate,
        per_device_train_batch_size=together, per_device_eval_batch_size=together,
        gradient_accumulation_steps=ceil(settings.batch / together), lr_scheduler_type="cosine", warmup_steps=0.03,
        max_length=settings.context, dataset_kwargs={"skip_prepare_dataset": True}, packing=False, seed=settings.seed,
        logging_steps=1, eval_strategy="epoch" if measure_on else "no", save_strategy="epoch", save_total_limit=1,
        use_cpu=device == "cpu", bf16=_knows_bfloat16(device), report_to="none", disable_tqdm=True,
        gradient_checkpointing=False, dataloader_pin_memory=device != "cpu",
    )  # fmt: skip
    return trl.SFTTrainer(
        model=model, args=config, train_dataset=_dataset(train_on),
        eval_dataset=_dataset(measure_on) if measure_on else None, processing_class=tokenizer,
    )  # fmt: skip


def _knows_bfloat16(device: str) -> bool:
    """Whether it multiplies in it by itself: accelerators do, and some processors, two to three times as fast as in float32."""
    if device != "cpu":
        return True
    able = load("torch").cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _dataset(many: Sequence[Tokens]) -> Any:
    return load("datasets").Dataset.from_list([{"input_ids": list(one.ids), "labels": labels(one)} for one in many])


def _callback(curves: Curves, measured: Callable[[Mapping[str, Any]], None]) -> Any:
    """Keeps what the trainer logs, and tells it on."""
    transformers = load("transformers")
    known = {
        "loss": "loss", "mean_token_accuracy": "token_accuracy", "grad_norm": "grad_norm", "learning_rate": "learning_rate",
        "eval_loss": "held_loss", "eval_mean_token_accuracy": "held_token_accuracy",
    }  # fmt: skip

    class Keep(transformers.TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            row = {mine: logs[theirs] for theirs, mine in known.items() if logs and theirs in logs}
            if row:
                before = curves.rows[-1] if curves.rows and curves.rows[-1]["step"] == state.global_step else {}
                curves.add({**before, "step": state.global_step, "epoch": state.epoch, **row})
                measured(curves.rows[-1])

    return Keep()
