"""Exercise checks: each answers a learner's attempt with exactly one line, and never raises.

`checks.lesson_01.fit_length(learner_function)` prints one of

    Exercise 1.3: not attempted yet
    Exercise 1.3: not yet - expected shape (66150,), got (66149,)
    Exercise 1.3: ok (4 of 4: length, centering, dtype, silence)

A check is a generator that takes the learner's answer and yields (what is checked, complaint);
the complaint is "" where all is well. `expect`, `expect_shape`, `expect_close` and `expect_dtype`
write complaints. A check looks at behavior on two or three tiny inputs, never at our code.
"""

import contextlib
import functools
import importlib
import io
import warnings

import numpy as np

LESSONS = tuple(f"lesson_{number:02d}" for number in range(10))


class Result(str):
    """The printed line, as a string, with `.state` in "ok", "not yet", "not attempted"; shows nothing in a cell."""

    state = "not attempted"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {}


def exercise(number):
    """Turn a generator of (name, complaint) pairs into a check that prints one line and never raises.

    Parameters
    ----------
    number : str, such as "1.3"; the lesson and the exercise

    Returns
    -------
    decorator; the check it makes takes the learner's answer or answers, prints the line, and returns None
    (its `.result(...)` returns the line as a `Result` instead, for tests)
    """

    def decorate(generator):
        def result(*answers):
            return _judge(number, generator, answers)

        @functools.wraps(generator)
        def check(*answers):
            print(result(*answers))

        check.result, check.number = result, number
        return check

    return decorate


def _judge(number, generator, answers):
    passed, step = [], "the first step"
    try:
        if not answers or any(answer is None or answer is ... for answer in answers):
            raise NotImplementedError
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with np.errstate(all="ignore"):
                for step, complaint in generator(*answers):
                    if complaint:
                        return _result(number, "not yet", f"not yet - {_one_line(complaint)}")
                    passed.append(step)
    except NotImplementedError:
        return _result(number, "not attempted", "not attempted yet")
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        after = f" (after: {passed[-1]})" if passed else ""
        return _result(number, "not yet", f"not yet - {type(error).__name__}: {_one_line(error)}{after}")
    return _result(number, "ok", f"ok ({len(passed)} of {len(passed)}: {', '.join(passed)})")


def _result(number, state, text):
    line = Result(f"Exercise {number}: {text}")
    line.state = state
    return line


def _one_line(message, limit=160):
    text = " ".join(str(message).split()) or "no message"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def expect(condition, complaint):
    """Return "" if the condition holds, else the complaint."""
    return "" if bool(condition) else complaint


def expect_shape(value, shape):
    """Return "" if the value is an array of this shape, else "expected shape ..., got ..."."""
    if value is None:
        return f"expected shape {shape}, got None: does the function return its result?"
    return expect(np.shape(value) == tuple(shape), f"expected shape {tuple(shape)}, got {np.shape(value)}")


def expect_dtype(value, dtype):
    """Return "" if the array has this dtype, else a complaint that names both."""
    found = getattr(value, "dtype", type(value).__name__)
    return expect(found == np.dtype(dtype), f"expected dtype {np.dtype(dtype)}, got {found}")


def expect_close(value, wanted, what, *, rtol=1e-3, atol=1e-6, hint=""):
    """Return "" if the value equals the wanted number or array within tolerance, else what was expected.

    Numbers are shown with four digits, whole ones with all; of arrays, the first place that differs is shown. `hint` is
    appended.
    """
    hint = f": {hint}" if hint else ""
    if value is None:
        return f"{what} is None: does the function return its result?"
    try:
        value, wanted = np.asarray(value, dtype=float), np.asarray(wanted, dtype=float)
    except (TypeError, ValueError):
        return f"{what}: expected a number or an array of numbers, got {type(value).__name__}"
    if value.shape != wanted.shape:
        return f"{what}: expected shape {wanted.shape}, got {value.shape}{hint}"
    bad = ~np.isclose(value, wanted, rtol=rtol, atol=atol)
    if not bad.any():
        return ""
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    at = f" at index {place[0] if len(place) == 1 else place}" if place else ""
    return f"{what}: expected {_digits(wanted[place])}{at}, got {_digits(value[place])}{hint}"


def _digits(number):
    """Four digits, but all of a whole number: 18496 parameters are not 1.85e+04."""
    return f"{number:.0f}" if number == np.round(number) and abs(number) < 1e9 else f"{number:.4g}"


def __getattr__(name):
    """Import `checks.lesson_NN` on first use, so that one lesson's checks load without the others."""
    if name in LESSONS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
