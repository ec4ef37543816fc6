"""Right and wrong answers of every exercise, one module a lesson; `tests/test_checks.py` runs them.

`CASES = {"check name": Case(reference, {"what is wrong": answer, ...})}`. A reference or answer is the tuple of what
the lesson passes to the check, or the single thing it passes.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """What a check must accept, and at least two plausible answers it must refuse."""

    reference: object
    wrong: dict
    stub: object = None
