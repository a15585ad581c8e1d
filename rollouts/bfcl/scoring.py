"""Scores of recorded answers, by BFCL's own checker: what its runner says of the same file."""

# The package is in an environment of its own: make frameworks.
# pyright: reportMissingImports=false
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from .cases import CATEGORIES, Case

AS_MODEL = "gpt-4o-2024-11-20-FC"
"""A model that BFCL knows and whose calls it reads in the form they have here, that of chat completions."""


@frozen
class Score:
    """Of one category. wrong: why, by id of the case."""

    category: str
    cases: int
    wrong: Mapping[str, str]

    @property
    def right(self) -> int:
        return self.cases - len(self.wrong)

    @property
    def accuracy(self) -> float:
        return self.right / self.cases


def score(category: str, cases: Iterable[Case], answers: Mapping[str, Any]) -> Score:
    """answers: by id of the case, as `playing.answer_of` has them; a case without one is left out."""
    faults = {case.id: fault(case, answers[case.id]) for case in cases if case.id in answers}
    return Score(category, len(faults), {id: said for id, said in faults.items() if said is not None})


def fault(case: Case, answer: Any) -> str | None:
    """What is wrong with an answer, in BFCL's words; None: it is right."""
    from bfcl_eval.constants.enums import Language
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

    try:
        calls = [{name: json.loads(arguments)} for call in answer for name, arguments in call.items()]
    except (ValueError, AttributeError, TypeError):
        return "ast_decoder:decoder_failed"
    if not all(isinstance(arguments, dict) for call in calls for arguments in call.values()):
        return "ast_decoder:decoder_wrong_output_format"
    checked = ast_checker(
        case.functions, calls, case.right, Language.PYTHON, CATEGORIES[case.category], AS_MODEL.replace("/", "_")
    )
    return None if checked["valid"] else str(checked["error_type"])
