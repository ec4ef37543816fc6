"""Exercise checks: each answers a learner's attempt with exactly one line, and never raises.

`checks.lesson_01.fit_length(learner_function)` prints one of ::

    Exercise 1.3: not attempted yet
    Exercise 1.3: not yet - expected shape (66150,), got (66149,)
    Exercise 1.3: ok (4 of 4: length, centering, dtype, silence)

A check is a generator that takes the learner's answer and yields (what is checked, complaint);
the complaint is `""` where all is well. The functions `expect...` write complaints, `close` and `one_number` whole
steps. A check looks at behavior on two or three tiny inputs, never at our code.
"""

import contextlib
import functools
import importlib
import inspect
import io
import numbers
import re
import warnings

import numpy as np

REASONS = {
    "NoneType": "a function without `return` gives None",
    "'tuple'": "something returns several things, as librosa.effects.trim does: take the one that you need",
    "must be a string or a real number": "one number is wanted; is a mean or a sum missing?",
    "can be converted to Python scalars": "one number is wanted; is a mean or a sum missing?",
    "truth value of a Series": "`and`, `or` and `if` want one True or False; & and | join row by row",
    "truth value of an array": "`max`, `and` and `if` want single numbers; np.maximum and & go place by place",
    "'rand_'": "& binds more tightly than ==, so each comparison needs parentheses",
    "cannot be interpreted as an integer": "a whole number is wanted there; np.max(x, y) is not np.maximum(x, y)",
    "must be of integral type": "a number of zeros must be whole: // instead of /",
    "index can't contain negative values": "np.pad cannot cut; cut what is too long before",
    "must be at least input size": "pad_center cannot cut; cut what is longer before",
    "out of bounds for axis 0 with size 0": "nothing passed your comparison",
    "list index out of range": "a list has fewer items than you count on; was the text split at the right character?",
    "takes 0 positional arguments": "librosa wants names here, as in y=signal",
    "'Prediction' object": "its parts come with a dot, as in answer.abstained",
}
"""What the sign of a common mistake in an error's message means."""

LESSONS = tuple(f"lesson_{number:02d}" for number in range(10))


class Result(str):
    """The printed line, as a string, with `.state` in "ok", "not yet", "not attempted"; shows nothing in a cell.

    `.ok` is True when the exercise is solved, so that a lesson can go on with the learner's own function; `.passed`
    counts the parts of the check that passed.
    """

    state, passed = "not attempted", 0

    @property
    def ok(self):
        """True when the exercise is solved."""
        return self.state == "ok"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {}


def exercise(number):
    """Return a decorator that turns a generator of (name, complaint) pairs into a check, which never raises.

    `number` is a str such as "1.3", the lesson and the exercise. The check takes the learner's answer or answers,
    prints one line, and returns it as a `Result` (its `.result(...)` does so without printing). What a learner's
    function returns is taken in any form that means the same: pandas objects and tensors become arrays. When it fails,
    the reply shows what it was called with.
    """

    def decorate(generator):
        def result(*answers):
            passed = []
            line = _judge(number, generator, answers, passed)
            line.passed = len(passed)
            return line

        @functools.wraps(generator)
        def check(*answers):
            line = result(*answers)
            print(line)
            return line

        check.result, check.number = result, number
        return check

    return decorate


def _judge(number, generator, answers, passed):
    calls = []
    try:
        missing = [answer is None or answer is ... for answer in answers]
        if not answers or missing[0]:
            raise NotImplementedError
        if any(missing):
            return _result(number, "not yet", f"not yet - still missing: {sum(missing)} of {len(answers)} answers")
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with np.errstate(all="ignore"):
                for step, complaint in generator(*(_plain(answer, calls) for answer in answers)):
                    if complaint:
                        return _result(number, "not yet", f"not yet - {_one_line(complaint)}{_called(calls)}")
                    passed.append(step)
    except NotImplementedError:
        passed.clear()
        return _result(number, "not attempted", "not attempted yet")
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        after = f" (after: {passed[-1]})" if passed and not calls else ""
        why = next((f": {reason}" for sign, reason in REASONS.items() if sign in str(error)), "")
        said = f"{type(error).__name__}: {_one_line(error)}{why}{after}{_called(calls)}"
        return _result(number, "not yet", f"not yet - {said}")
    return _result(number, "ok", f"ok ({len(passed)} of {len(passed)}: {', '.join(passed)})")


def _plain(answer, calls):
    """An answer in plain form: arrays for pandas objects and tensors; a function notes its last call in `calls`."""
    if not (inspect.isroutine(answer) or isinstance(answer, functools.partial)):
        return _array(answer)

    @functools.wraps(answer, updated=())
    def noted(*args, **options):
        calls[:] = [(getattr(answer, "__name__", "your function"), args, options)]
        return _array(answer(*args, **options))

    return noted


def _array(value):
    """A NumPy array for a pandas Series or Index or a tensor, also inside a tuple, list or dict; all else unchanged."""
    if type(value) in (tuple, list) and len(value) < 20:
        return type(value)(map(_array, value))
    if type(value) is dict:
        return {key: _array(item) for key, item in value.items()}
    kind = type(value)
    is_array = kind.__name__ in ("Series", "Index", "EagerTensor") or kind.__name__.endswith("Index")
    return np.asarray(value) if is_array and hasattr(value, "__array__") else value


def _called(calls, limit=80):
    """What the learner's function was called with last, in a few words; `""` for an answer that is no function."""
    if not calls:
        return ""
    name, args, options = calls[-1]
    shown = ", ".join([*map(_short, args), *(f"{key}={_short(value)}" for key, value in options.items())])
    shown = shown if len(shown) <= limit else f"{shown[: limit - 3]}..."
    return f" (in {name.replace('<lambda>', 'your function')}({shown}))"


def _short(value):
    """A few characters for one argument: numbers and small arrays whole, large ones and tables by their shape."""
    if isinstance(value, np.generic):
        value = float(f"{value:.4g}") if isinstance(value, np.floating) else value.item()
    if isinstance(value, np.ndarray) and value.size <= 9:
        short = [float(f"{x:.4g}") for x in value.ravel()] if value.dtype.kind == "f" else value
        value = np.reshape(short, value.shape).tolist()
    text = f"{type(value).__name__} of shape {value.shape}" if hasattr(value, "shape") else repr(value)
    return text if len(text) <= 60 and " at 0x" not in text else type(value).__name__


def _result(number, state, text):
    line = Result(f"Exercise {number}: {text}")
    line.state = state
    return line


def _one_line(message, limit=160):
    text = " ".join(re.sub(r"\x1b\[\d*m", "", str(message)).split()) or "no message"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def expect(condition, complaint):
    """Return `""` if the condition holds, else the complaint."""
    return "" if bool(condition) else complaint


def asked(value):
    """What a complaint about a missing answer ends with, `""` for any other one."""
    return ": does the function return its result?" if value is None else ""


def expect_number(value, what="the answer", *, low=-np.inf, high=np.inf):
    """Return `""` if the value is one finite number in [low, high], of Python, of NumPy or in an array."""
    if isinstance(value, str):
        return f"{what}: expected a number, got the text {value!r}: leave the quotation marks out"
    if value is None:
        return f"{what}: expected one number, got None{asked(value)}"
    real = np.asarray(value).dtype.kind in "iuf" or isinstance(value, numbers.Real)
    if isinstance(value, bool | np.bool_) or np.size(value) != 1 or not real:
        return f"{what}: expected one number, got {type(value).__name__}"
    number = float(np.asarray(value).reshape(()))
    if not np.isfinite(number):
        return f"{what}: expected a finite number, got {number}"
    return expect(low <= number <= high, f"{what}: {number:g} cannot be, it lies outside {low:g} to {high:g}")


def expect_shape(value, shape):
    """Return `""` if the value is an array of this shape, else "expected shape ..., got ..."."""
    if value is None:
        return f"expected shape {shape}, got None{asked(value)}"
    if isinstance(value, (list, tuple)) and len({np.shape(one) for one in value}) > 1:
        return f"expected one array of shape {tuple(shape)}, got {len(value)} things of unlike shapes"
    return expect(np.shape(value) == tuple(shape), f"expected shape {tuple(shape)}, got {np.shape(value)}")


def expect_list(value, what):
    """Return `""` if the value can be walked through, a text apart, else that a list of `what` was expected."""
    listed = hasattr(value, "__iter__") and not isinstance(value, str)
    return expect(listed, f"expected a list of {what}, got {type(value).__name__}{asked(value)}")


def expect_white(noise):
    """Return `""` if no sample of the noise, shape (n,), tells anything about another one."""
    alike = np.fft.irfft(np.abs(np.fft.rfft(noise - np.mean(noise), 2 * len(noise))) ** 2)[: len(noise) // 2]
    new = np.abs(alike[1:]).max() < 0.1 * alike[0]
    return expect(new, "the noise repeats itself: draw a new number for each sample")


def expect_even(tone, rms):
    """Return `""` if a tone, shape (n,), has this RMS in each of its quarters, within a fifth."""
    quarters = [np.sqrt(np.mean(part**2)) for part in np.array_split(np.asarray(tone, dtype=float), 4)]
    said = ", ".join(f"{quarter:.2f}" for quarter in quarters)
    even = np.allclose(quarters, rms, rtol=0.2)
    return expect(even, f"a tone of RMS {rms:.2f} has {said} in its quarters afterwards")


def expect_repeatable(draw, times=100):
    """Return `""` if `draw()`, which takes a generator of one seed anew, always gives the same.

    `times` must be so many that other draws are never all alike by chance.
    """
    first = np.asarray(draw(), dtype=float)
    same = all(np.array_equal(first, np.asarray(draw(), dtype=float)) for _ in range(times - 1))
    return expect(same, "one seed gave two results: draw from `rng` alone")


def expect_close(value, wanted, what, *, rtol=1e-3, atol=1e-6, hint=""):
    """Return `""` if the value equals the wanted number or array within tolerance, else what was expected.

    Numbers are shown with four digits, whole ones with all; of arrays, the first place that differs is shown. `hint` is
    appended.
    """
    hint = f": {hint}" if hint else ""
    if value is None:
        return f"{what} is None{asked(value)}"
    if isinstance(value, str):
        return f"{what}: expected a number, got the text {value!r}: leave the quotation marks out"
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
    form = _other_form(value[bad], wanted[bad]) or hint
    return f"{what}: expected {_digits(wanted[place])}{at}, got {_digits(value[place])}{form}"


def close(name, value, wanted, hint="", *, what="", **tolerances):
    """A step of a check: its name, and what `expect_close` says about `what` (by itself, the name)."""
    return name, expect_close(value, wanted, what or name, hint=hint, **tolerances)


def named(value, known, otherwise=""):
    """What is said about a number: the words of the one in `known` that it equals within 0.5 %, or `otherwise`."""
    return next((said for number, said in known.items() if np.allclose(value, number, rtol=5e-3)), otherwise)


def one_number(answer, what, *, low=-np.inf, high=np.inf, name="a number"):
    """A step of a check, for `yield from`: as `expect_number`; gives the answer as a float."""
    yield name, expect_number(answer, what, low=low, high=high)
    return float(np.asarray(answer).reshape(()))


def draws_of(function, *given, times=40):
    """What a function of `given` and a generator draws with each of so many seeds: float array, shape (times,)."""
    return np.array([float(function(*given, np.random.default_rng(seed))) for seed in range(times)])


@contextlib.contextmanager
def own_figure():
    """Give a learner's function a figure to draw in; all that it opened is closed again."""
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plt.figure()
    try:
        yield
    finally:
        for number in set(plt.get_fignums()) - set(before):
            plt.close(number)


def _other_form(value, wanted):
    """What a right value in another form is told: per cent for a fraction, the other way round, or rounded."""
    if np.allclose(value, 100 * wanted) and np.any(wanted):
        return ": that is in per cent; leave it as a fraction"
    if np.allclose(100 * value, wanted) and np.any(wanted):
        return ": that is a fraction; multiply by 100"
    for digits in (1, 2, 3):
        if np.allclose(value, wanted.round(digits), rtol=0, atol=1e-12):
            return ": that is rounded; keep all digits"
    return ""


def _digits(number):
    """Four digits, but all of a whole number: 18496 parameters are not 1.85e+04."""
    return f"{number:.0f}" if number == np.round(number) and abs(number) < 1e9 else f"{number:.4g}"


def __getattr__(name):
    """Import `checks.lesson_NN` on first use, so that one lesson's checks load without the others."""
    if name in LESSONS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
