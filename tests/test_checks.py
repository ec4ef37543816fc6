"""Every exercise check: accepts the reference, tells the stub, refuses plausible wrong answers, never raises."""

import importlib
import pathlib

import numpy as np
import pandas as pd
import pytest
from check_cases import Case

from ser_lessons import checks
from ser_lessons.config import EMOTIONS
from tools import lessons

FOLDER = pathlib.Path(checks.__file__).parent
LESSONS = sorted(path.stem for path in FOLDER.glob("lesson_[0-9][0-9].py"))


def checks_of(lesson):
    module = importlib.import_module(f"ser_lessons.checks.{lesson}")
    return {name: check for name, check in vars(module).items() if hasattr(check, "result")}


def cases_of(lesson):
    try:
        return importlib.import_module(f"check_cases.{lesson}").CASES
    except ModuleNotFoundError:
        return {}


EVERY = [(lesson, name) for lesson in LESSONS for name in checks_of(lesson)]
WRONG = [(lesson, name, what) for lesson in LESSONS for name, case in cases_of(lesson).items() for what in case.wrong]


def judge(lesson, name, answer):
    answers = answer if isinstance(answer, tuple) else (answer,)
    return checks_of(lesson)[name].result(*answers)


UNUSUAL = [
    (lesson, name, what) for lesson in LESSONS for name, case in cases_of(lesson).items() for what in case.unusual
]


@pytest.mark.parametrize(("lesson", "name"), EVERY)
def test_every_check_has_a_reference_unusual_right_answers_and_four_wrong_ones(lesson, name):
    case = cases_of(lesson).get(name)
    assert isinstance(case, Case), f"add '{name}' to CASES in tests/check_cases/{lesson}.py"
    assert len(case.wrong) >= 4 and len(case.unusual) >= 3, (len(case.wrong), len(case.unusual))
    assert set(case.blind) <= set(case.wrong)


def test_a_third_of_the_checks_met_answers_of_somebody_who_had_not_seen_them():
    cases = [case for lesson in LESSONS for case in cases_of(lesson).values()]
    assert sum(bool(case.blind) for case in cases) >= len(cases) / 3


@pytest.mark.parametrize(("lesson", "name", "what"), UNUSUAL)
def test_a_right_answer_in_an_unusual_form_is_accepted(lesson, name, what):
    line = judge(lesson, name, cases_of(lesson)[name].unusual[what])
    assert line.state == "ok", f"refused: {what}: {line}"


@pytest.mark.parametrize(("lesson", "name"), EVERY)
def test_the_reference_passes_in_one_line(lesson, name, capsys):
    reference = cases_of(lesson)[name].reference
    answers = reference if isinstance(reference, tuple) else (reference,)
    assert checks_of(lesson)[name](*answers).ok
    line = capsys.readouterr().out
    assert line.count("\n") == 1 and line.startswith(f"Exercise {checks_of(lesson)[name].number}: ok ("), line


@pytest.mark.parametrize(("lesson", "name"), EVERY)
def test_the_stub_is_not_attempted_yet(lesson, name):
    def stub(*_, **__):
        raise NotImplementedError

    case = cases_of(lesson)[name]
    reference = case.reference[0] if isinstance(case.reference, tuple) else case.reference
    rest = case.reference[1:] if isinstance(case.reference, tuple) else ()
    attempts = [stub] if callable(reference) and case.stub is None else [case.stub, ..., None]
    for attempt in attempts:
        first = attempt if isinstance(attempt, tuple) else (attempt, *rest)
        assert str(judge(lesson, name, first)).endswith("not attempted yet")


@pytest.mark.parametrize(("lesson", "name", "what"), WRONG)
def test_a_plausible_wrong_answer_is_refused_with_a_reason(lesson, name, what):
    line = judge(lesson, name, cases_of(lesson)[name].wrong[what])
    assert line.state == "not yet", f"accepted: {what}: {line}"
    assert "\n" not in line and len(line) < 320 and len(line.split(" - ", 1)[1]) > 10, line


def test_the_mistakes_that_lesson_01_names_are_answered_with_their_cause():
    """Not with an IndexError of the last emotion, nor with two shapes that say nothing about decibels."""
    rest = {"channel": "speech", "actor": 1, "gender": ""}
    off_by_one = judge("lesson_01", "read_name", lambda stem: rest | {"emotion": EMOTIONS[int(stem[6:8])]})
    assert "expected angry, got 'fearful'" in off_by_one
    power = judge("lesson_01", "trim_edges", cases_of("lesson_01")["trim_edges"].wrong["power instead of amplitude"])
    assert "amplitude takes 20 log10" in power


@pytest.mark.parametrize(
    ("lesson", "name", "what", "words"),
    [
        ("lesson_00", "find_clips", "the given table cut down", "your function changed the table"),
        ("lesson_00", "find_clips", "comparisons without parentheses", "each comparison needs parentheses"),
        ("lesson_00", "find_clips", "and", "& and | join row by row"),
        ("lesson_00", "find_clips", "the emotion only", "of the rows a calm 2, b sad 1, c calm 1"),
        ("lesson_00", "find_clips", "the names in quotation marks", "no row passed your comparisons"),
        ("lesson_00", "find_clips", "rows gathered as dicts", "where no row fits, too"),
        ("lesson_00", "six_labels", "the noun", "do you mean 'surprised'?"),
        ("lesson_00", "share_right", "nothing returned", "does the function return its result?"),
        ("lesson_00", "chance", "at least one", "at least one is right"),
        ("lesson_00", "tell", "parts in square brackets", "its parts come with a dot"),
        ("lesson_01", "level_db", "the peak", "the level of the largest sample"),
        ("lesson_01", "level_db", "np.std", "np.std and np.var take the mean away"),
        ("lesson_01", "level_db", "np.var", "np.std and np.var take the mean away"),
        ("lesson_01", "level_db", "the mean size", "the mean of the sizes"),
        ("lesson_01", "level_db", "no root", "the root of the mean is missing"),
        ("lesson_01", "level_db", "the natural logarithm", "decibels take np.log10"),
        ("lesson_01", "half_amplitude", "a third of 20", "not yet of 10"),
        ("lesson_01", "trim_edges", "librosa's trim", "return the samples alone"),
        ("lesson_01", "trim_edges", "floor division", "a fraction where // does not"),
        ("lesson_01", "trim_edges", "places", "those are places"),
        ("lesson_01", "trim_edges", "first and last place", "those are places"),
        ("lesson_01", "trim_edges", "the largest positive sample", "whether it is positive or negative"),
        ("lesson_01", "trim_edges", "only what is positive", "-0.4 is loud, too"),
        ("lesson_01", "trim_edges", "last sample lost", "the last loud sample, 0.5, is lost"),
        ("lesson_01", "trim_edges", "only the start", "the quiet end is still there"),
        ("lesson_01", "trim_edges", "too loud a threshold", "nothing passed your comparison"),
        ("lesson_01", "fit_length", "half a zero", "// instead of /"),
        ("lesson_01", "fit_length", "padded without cutting", "np.pad cannot cut"),
        ("lesson_01", "fit_length", "odd remainder on the left", "the extra zero goes to the right"),
        ("lesson_01", "own_semitones", "one actor after the other", "the right numbers in another order"),
        ("lesson_01", "own_semitones", "sorted by its index", "the right numbers in another order"),
        ("lesson_01", "own_semitones", "medians beside rows", "one number for each of the 7 rows"),
        ("lesson_01", "own_semitones", "over all voices", "of actors [2, 1, 1, 2, 1, 2, 3]"),
        ("lesson_02", "magnitude", "both sums", "two sums came back"),
        ("lesson_02", "magnitude", "root forgotten", "the root is missing"),
        ("lesson_02", "magnitude", "twice the mean", "do not divide the sums"),
        ("lesson_02", "magnitude", "a clock that ends with the wave", "np.linspace with its end does not"),
        ("lesson_02", "magnitude", "products, not added", "add up the products"),
        ("lesson_02", "magnitude", "Pythagoras before the sum", "first add up the products"),
        ("lesson_02", "band_of_tone", "above the last", "band 127 is centered"),
        ("lesson_02", "mel_by_hand", "sizes", "square each of them before"),
        ("lesson_02", "mel_by_hand", "squared after the sum", "the square of a sum is another number"),
        ("lesson_02", "mel_by_hand", "as many of librosa's own", "use the basis that was given"),
        ("lesson_01", "own_semitones", "in cents", "those are cents"),
        ("lesson_01", "trim_edges", "the edges silenced in place", "changed the signal"),
        ("lesson_02", "to_db", "max of Python", "np.maximum and & go place by place"),
        ("lesson_02", "to_db", "np.max for np.maximum", "np.max(x, y) is not np.maximum(x, y)"),
        ("lesson_02", "draw_mel", "another rate", "is sr 22050"),
        ("lesson_02", "draw_mel", "no names", "librosa wants names here"),
        ("lesson_02", "draw_mel", "no return", "does the function return its result?"),
        ("lesson_02", "draw_mel", "64 bands", "128 mel bands"),
        ("lesson_02", "draw_mel", "the axes", "return what librosa.display.specshow returns"),
        ("lesson_03", "snr_db", "overflow of int16", "use float"),
        ("lesson_03", "snr_db", "the mean before the square", "square first"),
        ("lesson_03", "snr_db", "the variance", "takes the mean away"),
        ("lesson_03", "add_noise", "one number for all samples", "a new one for each sample"),
        ("lesson_03", "change_voice", "the factor as steps", "n_steps is a number of semitones"),
        ("lesson_03", "change_voice", "pitch forgotten", "the tone as it was"),
        ("lesson_03", "mask_frames", "ends half as likely", "widths 0 to 3"),
        ("lesson_03", "mask_frames", "a rounded start", "all places alike"),
        ("lesson_04", "convolve", "the width taken for the height", "height and width may differ"),
        ("lesson_04", "convolve", "upside down", "lies on the lower band"),
        ("lesson_04", "convolve", "turned, as scipy's convolve2d", "belongs to the earlier frame"),
        ("lesson_04", "convolve", "one place too few", "one more place fits"),
        ("lesson_04", "convolve", "padded", "the whole kernel lies inside"),
        ("lesson_04", "max_pool", "the mean", "that is the mean of 1, 2, 3 and 4"),
        ("lesson_04", "max_pool", "the first of four", "1 is the first of the four"),
        ("lesson_04", "max_pool", "the first of four, uncut", "the odd column at the end is left out"),
        ("lesson_04", "total_parameters", "only the total is right", "1,234 is not it"),
        ("lesson_04", "max_pool", "squares overlap", "that do not overlap"),
        ("lesson_03", "add_noise", "the noise alone", "add it to the signal"),
        ("lesson_03", "draw_semitones", "an array of one", "leave the size out"),
        ("lesson_03", "draw_semitones", "the example", "only 1 different shift "),
        ("lesson_03", "mask_frames", "room for the widest", "never hidden alone"),
        ("lesson_03", "mask_frames", "cut off by the end", "the mask must fit"),
        ("lesson_03", "mask_frames", "always the same generator", "draw from `rng`"),
        ("lesson_04", "conv_parameters", "biases forgotten", "one bias"),
        ("lesson_04", "flatten_factor", "upside down", "so not 0.028 times"),
        ("lesson_05", "cross_entropy", "every probability", "of the truth's probability alone"),
        ("lesson_05", "cross_entropy", "zero times infinity", "of the truth's probability alone"),
        ("lesson_05", "make_callbacks", "no lower end", "min_lr=1e-5 is missing"),
        ("lesson_06", "actor_folds", "groups forgotten", "pass them as groups"),
        ("lesson_06", "actor_folds", "masks", "np.flatnonzero"),
        ("lesson_06", "draw_accuracy", "a seed of its own", "draw from `rng`"),
        ("lesson_06", "draw_accuracy", "in per cent", "give a fraction"),
        ("lesson_06", "draw_accuracy", "no mean", "is a mean or a sum missing"),
        ("lesson_01", "read_name", "split at underscores", "split at the right character"),
        ("lesson_01", "read_name", "a Series", "got an array or a Series"),
        ("lesson_06", "calibration_error", "with their signs", "does not make up for"),
        ("lesson_06", "calibration_error", "empty bins", "a bin without clips has no mean"),
        ("lesson_06", "draw_accuracy", "names from 1 on", "draw from these names"),
        ("lesson_07", "rates_by_group", "sad, whatever is asked", "use the argument `emotion`"),
        ("lesson_07", "deal_gap", "two means", "return their difference"),
        ("lesson_07", "draw_gap", "in per cent", "no fraction from -1 to 1"),
        ("lesson_07", "draw_gap", "both means", "return their difference"),
        ("lesson_07", "detectable_gap", "a fraction", "not a fraction"),
        ("lesson_07", "verdict", "actresses, whatever the gap", "higher on recordings by actors"),
        ("lesson_07", "verdict", "a signed size", "leave its sign out"),
        ("lesson_08", "best_order", "no return", "does the function return its result?"),
        ("lesson_08", "clip_for_net", "trim's tuple", "take the one that you need"),
        ("lesson_08", "clip_for_net", "fitted before resampling", "66150 are 1.4 s"),
        ("lesson_08", "clip_for_net", "never cut", "cut what is longer"),
        ("lesson_08", "without_voice", "the mean of all clips", "the mean of its own voice"),
        ("lesson_08", "windows", "the last one lost", "the last window may end with the recording"),
        ("lesson_08", "windows", "no overlap", "starts one hop later"),
        ("lesson_08", "windows", "last sample included", "the first sample after it"),
        ("lesson_08", "windows", "starts alone", "expected pairs (start, end)"),
        ("lesson_08", "windows", "start and length", "not its length"),
        ("lesson_08", "windows", "one too many", "does not fit in whole"),
        ("lesson_08", "lowest_threshold", "strictly above", "at least as sure"),
        ("lesson_08", "lowest_threshold", "the highest threshold", "0.8 reaches the target, too"),
        ("lesson_08", "lowest_threshold", "walked unsorted", "0.8 reaches the target, too"),
        ("lesson_08", "lowest_threshold", "on a grid", "not one of the confidences"),
        ("lesson_08", "lowest_threshold", "a quantile", "0.8 reaches the target, too"),
        ("lesson_08", "lowest_threshold", "rounded to per cent", "that is rounded"),
        ("lesson_08", "lowest_threshold", "of all clips", "that reaches the target"),
        ("lesson_09", "copies", "variance for sigma", "no square and no root"),
        ("lesson_09", "copies", "one number for all samples", "draw one for each sample"),
        ("lesson_09", "copies", "uniform and positive", "not Gaussian"),
        ("lesson_09", "copies", "noise and pitch swapped", "the second form has noise, the third is raised"),
        ("lesson_09", "one_change", "the value it had", "changes nothing"),
        ("lesson_09", "paired_effect", "a seed of its own", "draw from `rng`"),
        ("lesson_09", "write_page", "another path", "nothing was written"),
        ("lesson_09", "write_page", "encoding not said", "does not say that it is in UTF-8"),
    ],
)
def test_the_reply_fits_the_mistake(lesson, name, what, words):
    assert words in judge(lesson, name, cases_of(lesson)[name].wrong[what])


@pytest.mark.parametrize(("lesson", "name"), EVERY)
@pytest.mark.parametrize(
    "odd",
    [3, "text", [], {}, np.nan, np.zeros(3), object(), lambda *_: "x", lambda: 1],
    ids=["number", "text", "list", "dict", "nan", "array", "object", "answers x", "takes nothing"],
)
def test_no_answer_makes_a_check_raise(lesson, name, odd):
    case = cases_of(lesson)[name]
    rest = case.reference[1:] if isinstance(case.reference, tuple) else ()
    assert judge(lesson, name, (odd, *rest)).state != "ok"


def test_every_check_is_used_by_its_lesson_and_numbered_after_it():
    for path in lessons.lesson_sources():
        lesson = f"lesson_{path.stem[:2]}"
        text = path.read_text("utf-8")
        for name, check in checks_of(lesson).items() if lesson in LESSONS else ():
            assert f"checks.{lesson}.{name}(" in text, f"{path.name} never calls checks.{lesson}.{name}"
            assert check.number.startswith(f"{int(path.stem[:2])}."), check.number
            assert f"### Exercise {check.number} " in text


def test_the_hint_of_exercise_6_3_fits_the_shipped_predictions():
    """It promises a gap between a tenth and a half of the UAR, whatever net is shipped."""
    from ser_lessons import evaluate
    from ser_lessons.net import bundle

    new, known = (evaluate.read_predictions(bundle.REFERENCE.parent / f"{n}_course.csv") for n in ("actors", "random"))
    known = known[known["stem"].isin(new["stem"])]
    gap = evaluate.uar(known) - evaluate.uar(new[new["stem"].isin(known["stem"])])
    assert 0.1 * evaluate.uar(new) < gap < 0.5 * evaluate.uar(new), "change hint 2 in solutions/06_evaluation.py"


@checks.exercise("9.1")
def sample(function):
    """A check made for the tests of the harness."""
    yield "shape", checks.expect_shape(function(2), (2,))
    yield "value", checks.expect_close(function(3), [1.0, 1.0, 1.0], "three ones")


def test_the_harness_prints_one_line_whatever_the_function_does(capsys):
    def talks(n):
        print("debugging" * 100)
        return np.ones(n)

    def explodes(n):
        raise RuntimeError("first line\nsecond line " + "x" * 500)

    def leaves(n):
        raise SystemExit

    for function in (talks, explodes, leaves, None, ...):
        sample(function)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0] == "Exercise 9.1: ok (2 of 2: shape, value)"
    assert lines[1].startswith("Exercise 9.1: not yet - RuntimeError: first line second line")
    assert lines[2].startswith("Exercise 9.1: not yet - SystemExit")
    assert lines[3] == lines[4] == "Exercise 9.1: not attempted yet"


def test_answers_in_part_are_told_how_many_are_missing():
    assert judge("lesson_04", "total_parameters", (387_840, ..., None)).endswith("still missing: 2 of 3 answers")
    assert judge("lesson_04", "total_parameters", (..., 1_920, 33_928)).state == "not attempted"


def test_a_reply_shows_what_the_function_was_called_with():
    line = sample.result(lambda n: np.zeros(n))
    assert line.endswith("expected 1 at index 0, got 0 (in your function(3))")

    def divides(n):
        return 1 / (n - n)

    assert sample.result(divides).endswith("ZeroDivisionError: division by zero (in divides(2))")
    assert checks._short(np.float64(2 / 3)) == "0.6667" and checks._short(np.int64(3)) == "3"


def test_pandas_and_tensors_are_as_good_as_arrays():
    assert sample.result(lambda n: pd.Series(np.ones(n), index=range(7, 7 + n))).ok
    assert not sample.result(lambda n: pd.DataFrame(np.ones((n, 2)))).ok


def test_a_right_value_in_another_form_is_told_so():
    assert "per cent" in checks.expect_close(80.45, 0.8045, "it")
    assert "multiply by 100" in checks.expect_close(0.25, 25, "it")
    assert "rounded" in checks.expect_close(0.80, 0.8045, "it")
    assert "quotation marks" in checks.expect_close("0.8", 0.8, "it")
    assert checks.expect_number(np.float32(2)) == checks.expect_number(np.array([2])) == ""
    assert all(checks.expect_number(odd) for odd in (True, "2", [1, 2], np.nan, None))


def test_complaints_name_what_was_expected_and_what_came():
    assert checks.expect_shape(np.zeros(3), (2,)) == "expected shape (2,), got (3,)"
    assert "None" in checks.expect_shape(None, (2,))
    assert checks.expect_close(2.0, 1.0, "the sum", hint="add") == "the sum: expected 1, got 2: add"
    assert checks.expect_close([1, 5], [1, 2], "both") == "both: expected 2 at index 1, got 5"
    assert checks.expect_close(640, 18496, "weights") == "weights: expected 18496, got 640"
    assert checks.expect_close(np.inf, 1 / 3, "it") == "it: expected 0.3333, got inf"
    assert "expected a number" in checks.expect_close("a", 1.0, "it")
    assert checks.expect_close([1], 1.0, "it").startswith("it: expected shape ()")


def test_a_result_shows_nothing_of_its_own_in_a_cell():
    assert sample.result(None)._repr_mimebundle_() == {}
    with pytest.raises(AttributeError):
        _ = checks.lesson_99
