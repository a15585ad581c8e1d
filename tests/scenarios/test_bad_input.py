"""Whatever an answer is made of, it gets a verdict or an abstention: never an error, never for nothing, never slowly."""

from __future__ import annotations

import unicodedata

import pytest
from corecraft.rollouts.proof.bench import Bench
from corecraft.rollouts.runner import Stage
from corecraft.scenarios.grading import MAX_ANSWER
from corecraft.scenarios.registry import TaskBook
from corecraft.scenarios.splits import task_ids
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TASKS = ("RS-03-006", "MW-02-core", "IR-05-all-of-november-2025", "CM-09-000", "S-2")
LANGUAGES = {
    "German": "Die Bestellung wurde geliefert; die Rückgabefrist endet später.",
    "French": "La commande a été livrée ; le délai de retour court encore.",
    "Spanish": "El pedido se entregó y el plazo de devolución sigue abierto.",
    "Russian": "Заказ доставлен, срок возврата ещё не истёк.",
    "Greek": "Η παραγγελία παραδόθηκε.",
    "Arabic": "تم تسليم الطلب وما زالت مهلة الإرجاع سارية.",
    "Hebrew": "ההזמנה נמסרה.",
    "Hindi": "ऑर्डर पहुँचा दिया गया है।",
    "Chinese": "订单已送达，退货期限尚未结束。",
    "Japanese": "ご注文の品はお届け済みです。",
    "Thai": "จัดส่งสินค้าแล้ว",
    "Korean": "주문하신 상품이 배송되었습니다.",
}
PLANES = {
    plane: "".join(
        c for c in map(chr, range(plane << 16, (plane << 16) + 0x4000, 7)) if unicodedata.category(c) != "Cs"
    )
    for plane in range(17)
}


def bench(stage: Stage, id: str) -> Bench:
    assert isinstance(stage.tasks, TaskBook)
    return Bench.of(stage, stage.tasks[id], stage.tasks.find(id)[0].family)


@pytest.fixture(scope="module")
def benches(stage: Stage) -> list[Bench]:
    return [bench(stage, id) for id in TASKS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_in_another_language_earns_nothing_by_itself(benches: list[Bench], language: str):
    assert all(not at.answered(LANGUAGES[language]).code_passed for at in benches)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_answer_may_greet_in_any_language(benches: list[Bench], language: str):
    at = benches[1]
    assert at.answered(f"{at.answer}\n\n{LANGUAGES[language]}").failed == []


@pytest.mark.parametrize("plane", PLANES)
def test_every_plane_of_unicode_can_be_graded(benches: list[Bench], plane: int):
    for at in benches:
        assert not at.answered(PLANES[plane]).code_passed
        assert at.answered(f"{at.answer}\n\n{PLANES[plane][:200]}").criteria


@pytest.mark.parametrize(
    "raw", ["", " \n\t", "\x00" * 50, "\x00\x01\x02\x7f" * 200, "\ufeff", "\u200b" * 9000, "?!|--", "x" * 1_000_000]
)
def test_what_says_nothing_earns_nothing_whatever_was_done(benches: list[Bench], raw: str):
    for at in benches:
        found = at.answered(raw)
        assert not found.code_passed
        assert found.code_reward == 0


def test_too_long_an_answer_says_so_and_is_not_read(benches: list[Bench]):
    at = benches[0]
    found = at.answered(at.answer + " " + "y" * MAX_ANSWER)
    assert {criterion.passed for criterion in found.criteria} == {False}
    assert "was not read" in found.criteria[0].reason


@pytest.mark.parametrize("id", task_ids("heldout")[::10])
def test_quoting_the_whole_log_does_not_pass(stage: Stage, id: str):
    at = bench(stage, id)
    log = "\n\n".join(str(call.reply) for call in at.calls)
    assert not at.answered(log[: MAX_ANSWER - 1]).code_passed


@given(st.text(max_size=400))
@settings(
    max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_any_text_gets_a_grade(benches: list[Bench], text: str):
    for at in benches[:2]:
        assert not at.answered(text).code_passed
        assert at.answered(f"{at.answer}\n{text}").criteria
