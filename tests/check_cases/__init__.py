"""Right and wrong answers of every exercise, one module a lesson; `tests/test_checks.py` runs them.

`CASES = {"check name": Case(reference, {"what is wrong": answer, ...})}`. A reference or answer is the tuple of what
the lesson passes to the check, or the single thing it passes.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """What a check must accept, and at least four plausible answers it must refuse.

    `unusual` holds right answers in forms that a learner may choose: at least three. `blind` names the wrong answers
    that were written from the exercise's text alone, by somebody who had not seen the check.
    """

    reference: object
    wrong: dict
    stub: object = None
    unusual: dict = dataclasses.field(default_factory=dict)
    blind: tuple = ()


def forms(function, *kinds):
    """Right answers that return what `function` does in other forms: {"as Series": ..., "as list": ...}.

    `kinds`: functions applied to the result, such as `list`, `tuple`, `pd.Series`, `np.float64`.
    """

    def made(kind):
        return lambda *args, **options: kind(function(*args, **options))

    return {f"as {kind.__name__}": made(kind) for kind in kinds}
