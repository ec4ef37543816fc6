"""The form of every lesson, measured: cells, words, code lines, exercises, hints, quiz, figures."""

import ast
import functools
import re

import numpy as np
import pytest

from tools import lessons

SOURCES = lessons.lesson_sources()
LESSONS = [path.stem for path in SOURCES]
WIDEST = 78
"""Characters of code that JupyterLab shows in a window of 800 px, its file browser closed (measured in Chromium)."""

EXERCISE = re.compile(r"^### Exercise (\d)\.(\d) - (Code|Predict|Explain): .+ \((\d+) min\)$", re.M)


@functools.cache
def notebook_of(lesson):
    return lessons.read_source(lessons.repository() / "solutions" / f"{lesson}.py")


def code_cells(lesson):
    return [cell for cell in notebook_of(lesson).cells if cell.cell_type == "code"]


def text_of(lesson):
    return "\n\n".join(cell.source for cell in notebook_of(lesson).cells if cell.cell_type == "markdown")


def code_lines(source):
    """Lines of a cell that are neither blank nor a comment."""
    return [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_the_length_of_a_sitting(lesson):
    words = re.sub(r"<[^>]+>", " ", text_of(lesson)).split()
    lengths = [len(code_lines(cell.source)) for cell in code_cells(lesson)]
    assert 20 <= len(notebook_of(lesson).cells) <= 90
    assert 600 <= sum(bool(re.search(r"\w", word)) for word in words) <= 2500
    assert np.median(lengths) <= 6 and max(lengths) <= 20


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_line_of_code_needs_a_scroll_bar(lesson):
    given = lessons.learner_notebook(lessons.repository() / "solutions" / f"{lesson}.py")  # with set-up and stubs
    cells = code_cells(lesson) + [cell for cell in given.cells if cell.cell_type == "code"]
    assert [line for cell in cells for line in cell.source.splitlines() if len(line) > WIDEST] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_and_closes_as_all_do(lesson):
    first, text = notebook_of(lesson).cells[0].source, text_of(lesson)
    assert re.match(rf"# {lesson[:2]} - .+\n\n\*\*Question: .+\?\*\*", first)
    objectives = re.findall(r"^\* \*\*\w+", first, re.M)
    assert len(objectives) == 3, "three objectives, each starts with a bold verb"
    assert re.search(r"Minutes: \d+ to read, \d+ to do, .+ to compute", first) and "You need:" in first
    learned = text.split("## What we learned")[1]
    assert len(re.findall(r"^\* ", learned, re.M)) == 3 and "**Next:**" in learned
    assert len(re.findall(r"predict", text, re.I)) >= 2 and "**Predict first" in text


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_lesson_map_tells_the_minutes_of_the_lesson(lesson):
    first = notebook_of(lesson).cells[0].source
    read, do = re.search(r"Minutes: (\d+) to read, (\d+) to do", first).groups()
    table = (lessons.repository() / "notebooks" / "README.md").read_text("utf-8")
    question = re.search(r"\*\*Question: (.+?\?)\*\*", first)[1]
    assert f"| `{lesson}` | {question[0].upper()}{question[1:]} | {read} + {do} |" in table


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_minutes_of_the_exercises_fit_the_lesson(lesson):
    """Exercises fill at least two thirds of the minutes to do; the rest is for predictions and the quiz."""
    do = int(re.search(r"(\d+) to do", notebook_of(lesson).cells[0].source)[1])
    minutes = sum(int(match[3]) for match in EXERCISE.findall(text_of(lesson)))
    assert 2 / 3 * do <= minutes <= do + 5, f"{minutes} minutes of exercises, {do} minutes to do"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_is_complete(lesson):
    cells = notebook_of(lesson).cells
    found = [(i, match) for i, cell in enumerate(cells) for match in [EXERCISE.search(cell.source)] if match]
    headings = len(re.findall(r"^### Exercise", text_of(lesson), re.M))
    assert len(found) == headings >= 2, "headings read '### Exercise N.M - Code|Predict|Explain: title (8 min)'"
    assert [int(match[2]) for _, match in found] == list(range(1, len(found) + 1))
    for index, match in found:
        text = cells[index].source
        assert int(match[1]) == int(lesson[:2])
        hints = re.findall(r"<summary>Hint (\d)", text)
        assert hints == ["1", "2"], f"exercise {match[1]}.{match[2]} needs two graded hints"
        if match[3] == "Explain":
            assert "<summary>Model answer" in text
            continue
        assert re.search(r"Given:", text) and re.search(r"Expected:", text)
        near = "\n".join(cell.source for cell in cells[index + 1 : index + 4])
        assert lessons.BEGIN in near and "checks.lesson_" in near
        assert any("solution" in cell.metadata.get("tags", []) for cell in cells[index + 1 : index + 5]), (
            f"exercise {match[1]}.{match[2]}: add a cell tagged solution: why, and one common wrong answer"
        )


CALLS = {
    "00": ("pd.", "predict."),
    "01": ("librosa.load(", "librosa.effects.trim(", "librosa.display.waveshow(", ".groupby(", "sns.countplot(")
    + ("sns.boxplot(", "sns.pointplot("),
    "02": ("np.fft.rfft(", "librosa.stft(", "librosa.feature.melspectrogram(", "librosa.power_to_db(")
    + ("librosa.display.specshow(",),
    "03": ("librosa.effects.pitch_shift(", "librosa.effects.time_stretch("),
    "04": ("keras.Sequential(", "layers.Conv2D(", "layers.BatchNormalization(", "layers.MaxPooling2D(")
    + ("layers.Dropout(", "layers.GlobalAveragePooling2D(", ".summary("),
    "05": (".compile(", ".fit(", "EarlyStopping(", "ReduceLROnPlateau(", "ModelCheckpoint(", ".history"),
    "06": ("train_test_split(", "StratifiedGroupKFold(", "classification_report(", "confusion_matrix(", "sns.heatmap("),
    "07": ("MetricFrame(", "sns.stripplot("),
    "08": ("predict.", "load_model("),
    "09": ("librosa.load(", "keras.Sequential(", ".fit(", "classification_report(", "sns."),
}
"""What each lesson's own cells call, by the names that learners will meet in every other project."""


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_calls_the_libraries_of_the_field(lesson):
    code = "\n".join(cell.source for cell in code_cells(lesson))
    assert [call for call in CALLS[lesson[:2]] if call not in code] == []


def test_the_course_has_exercises_of_three_kinds():
    kinds = [match[2] for lesson in LESSONS for match in EXERCISE.findall(text_of(lesson))]
    assert set(kinds) == {"Code", "Predict", "Explain"}
    assert len(kinds) >= 45, f"{len(kinds)} exercises"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_region_asks_for_at_most_six_lines(lesson):
    for cell in code_cells(lesson):
        regions = re.findall(rf"{lessons.BEGIN}\n(.*?){lessons.END}", cell.source, re.S)
        assert all(len(code_lines(region)) <= 6 for region in regions), cell.source


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_quiz_explains_every_option(lesson):
    quiz = text_of(lesson).split("## Quiz")[1].split("## What we learned")[0]
    questions = re.split(r"^\*\*\d\. ", quiz, flags=re.M)[1:]
    assert len(questions) == 3
    for question in questions:
        options = re.findall(r"<details><summary>([a-d])\) .+?</summary>(.+?)</details>", question, re.S)
        assert len(options) >= 3
        assert all(len(explanation.split()) >= 5 for _, explanation in options), question
        assert sum(explanation.startswith("Yes") for _, explanation in options) == 1, question


@pytest.mark.parametrize("lesson", LESSONS)
def test_details_hold_no_markdown_that_would_not_render(lesson):
    for block in re.findall(r"<details>(.+?)</details>", text_of(lesson), re.S):
        if "\n\n" not in block:
            assert not re.search(r"`|\*\w|\w\*", block), block
    assert text_of(lesson).count("<details>") == text_of(lesson).count("</details>")


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_figure_shows_itself_and_nothing_is_printed_below_it(lesson):
    assert "plots.course_style()" in code_cells(lesson)[0].source
    for cell in code_cells(lesson):
        assert "plt.show()" not in cell.source and "plots.describe(" not in cell.source, cell.source
        assert not cell.source.rstrip().endswith(";")


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_definition_in_a_lesson_has_a_docstring(lesson):
    for cell in code_cells(lesson):
        for node in ast.walk(ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))):
            if isinstance(node, ast.FunctionDef):
                assert ast.get_docstring(node), node.name
