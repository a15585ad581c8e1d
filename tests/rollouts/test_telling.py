"""Faults are told once for all tasks that have them, with what there is to learn from the first."""

from __future__ import annotations

from corecraft.rollouts.proof.gates import Lost, TaskProof
from corecraft.rollouts.proof.telling import MOST_LINES, told
from corecraft.rollouts.proof.useless import USELESS


def proof(id: str, **found: object) -> TaskProof:
    about = dict.fromkeys(("family", "kind", "category", "voice", "digest"), "")
    counts = {"traps": (), "difficulty": 1, "absent": False, "lure": False, "criteria": 5, "unjudged": 0}
    return TaskProof(id=id, **about, **counts, **found)


def failing(id: str, reason: str, answer: str = "YES.") -> TaskProof:
    lost = {"the reference": Lost({"verdict": reason}, answer)}
    return proof(id, reference=("verdict",), lost=lost, never_alone=("verdict", "looked"))


def faults(*proofs: TaskProof) -> list[str]:
    return [f"{each.id}: {fault}" for each in proofs for fault in each.faults()]


def test_equal_faults_are_one_with_the_reason_and_the_answer_of_the_first():
    proofs = [failing("XX-01-001", "opens with yes"), failing("XX-01-002", "opens with nothing")]
    assert list(told([*faults(*proofs), "7 of 9 mutants killed, 98% wanted"], proofs)) == [
        ("2 tasks: the reference fails verdict, e.g. XX-01-001", ["verdict: opens with yes", "| YES."]),
        ("7 of 9 mutants killed, 98% wanted", []),
    ]


def test_a_fault_of_one_task_names_it_and_of_a_long_answer_the_beginning_is_shown():
    proofs = [failing("XX-01-001", "opens with yes", "\n".join(map(str, range(50))))]
    ((fault, why),) = told(faults(*proofs), proofs)
    assert fault == "XX-01-001: the reference fails verdict"
    assert why[-2:] == [f"| {MOST_LINES - 1}", f"... {50 - MOST_LINES} more lines; --json has all"]


def test_only_where_the_reference_passes_a_criterion_can_be_said_never_to_fail_alone():
    assert list(proof("XX-01-001", never_alone=("looked",)).faults()) == ["criterion looked never fails alone"]
    assert list(failing("XX-01-001", "opens with yes").faults()) == ["the reference fails verdict"]


def test_of_a_useless_agent_that_earns_the_criteria_that_paid_are_named():
    assert USELESS["stalls"].most == 0
    earned = proof("XX-01-001", useless={"stalls": (False, 0.111)}, paid={"stalls": ("no-other", "readable")})
    assert list(earned.faults()) == ["an agent that stalls earns 0.11 by no-other, readable"]
