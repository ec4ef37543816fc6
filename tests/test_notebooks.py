"""Every lesson as people meet it: solutions compared strictly by nbval, learner notebooks run as shipped.

nbval has holes: it skips a cell without execution count, and it never compares pictures. The tests on
`stored` outputs close them. `test_the_gates_close` breaks a lesson in each way on purpose.
"""

import base64
import copy
import html
import json
import os
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest

from ser_lessons.plots import is_description
from tools import lessons

ROOT = lessons.repository()
LESSONS = [path.stem for path in lessons.lesson_sources()]
SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"
LARGEST = 1_000_000
WIDGET = "application/vnd.jupyter.widget-view+json"
WATCH = """\
import atexit, json, matplotlib.backend_bases as _bases
_figures, _print = [], _bases.FigureCanvasBase.print_figure
def _watched(self, *args, **options):
    from ser_lessons.plots import unlabelled
    result = _print(self, *args, **options)
    _figures.append({"axes": len(self.figure.axes), "findings": unlabelled(self.figure)})
    return result
_bases.FigureCanvasBase.print_figure = _watched"""
REPORT = 'print("FIGURES " + json.dumps(_figures))'


def stored(lesson, folder="solutions"):
    return nbformat.read(ROOT / folder / f"{lesson}.ipynb", 4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(out.get("text", "") for out in cell.outputs if out.output_type == "stream")


def pictures(cell):
    return [out for out in cell.outputs if "image/png" in out.get("data", {})]


def wordless(picture):
    """What is wrong with the words of a picture: its description, which nbval compares, is its alt text everywhere."""
    words, page = picture.data.get("text/plain", ""), picture.data.get("text/html")
    alts = [picture.metadata.get("image/png", {}).get("alt")]
    alts += [html.unescape(alt) for alt in re.findall(r'<img alt="([^"]*)"', page)] if page is not None else [words]
    if not is_description(words):
        return f"a picture is described by {words[:40]!r}"
    return "" if alts == [words, words] else "the alt text of a picture is not its description"


def holes(notebook):
    """What nbval would let pass: one sentence for each cell it would not compare and each picture without words."""
    findings = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        if cell.execution_count is None:
            findings.append(f"code cell {number} was never executed")
        if any(out.output_type == "error" for out in cell.outputs):
            findings.append(f"code cell {number} stored an error")
        if any(out.get("name") == "stderr" for out in cell.outputs):
            findings.append(f"code cell {number} stored a warning: {printed(cell)[:80]}")
        if any(WIDGET in out.get("data", {}) for out in cell.outputs):
            findings.append(f"code cell {number} stored a widget's id, which no other kernel knows")
        if {"nbval-skip", "nbval-ignore-output", "raises-exception"} & set(cell.metadata.get("tags", [])):
            findings.append(f"code cell {number} asks not to be compared")
        if re.search(r"#\s*(NBVAL_|PYTEST_VALIDATE)", cell.source):
            findings.append(f"code cell {number} asks nbval for something")
        findings += [f"code cell {number}: {fault}" for out in pictures(cell) if (fault := wordless(out))]
        kinds = ["picture" if out in pictures(cell) else out.output_type for out in cell.outputs]
        if "stream" in kinds[kinds.index("picture") if "picture" in kinds else len(kinds) :]:
            findings.append(f"code cell {number} prints below its figure")
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        findings.append(f"execution counts are {counts}: run the whole solution from a fresh kernel")
    if not any(cell.outputs for cell in code_cells(notebook)):
        findings.append("no cell has an output")
    return findings


def nbval(paths):
    """Run nbval strictly on notebooks of one folder; return the names of the red ones, and its report.

    All of them in one process: to start it takes as long as a short lesson.
    """
    folder = paths[0].parent
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=600"]
    command += ["--nbval-kernel-startup-timeout=300"]
    command += ["--nbval-sanitize-with", str(SANITIZE), "-p", "no:cacheprovider", "-q", "--rootdir", str(folder)]
    command += ["-c", os.devnull, "-o", "addopts=", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, env=lessons.kernel_env(), cwd=folder)
    red = set(re.findall(r"^(?:FAILED|ERROR) (\w+)\.ipynb", done.stdout, re.M))
    assert done.returncode == bool(red), done.stdout[-3000:] + done.stderr[-500:]
    return red, done.stdout


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_stored_solution_has_no_holes(lesson):
    assert holes(stored(lesson)) == []


@pytest.fixture(scope="module")
def judged(request, practice):
    """What nbval says of the solutions whose tests were asked for."""
    mine = [item for item in request.session.items if item.path == request.path and "judged" in item.fixturenames]
    asked = {item.callspec.params["lesson"] for item in mine}
    return nbval([ROOT / "solutions" / f"{lesson}.ipynb" for lesson in sorted(asked)])


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solution_gives_its_stored_outputs_again(lesson, judged):
    red, report = judged
    assert lesson not in red, report[report.index("= FAILURES =") :][:9000]


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_the_learner_notebook_runs_top_to_bottom_as_shipped(lesson, practice):
    notebook = stored(lesson, "notebooks")
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WATCH))
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT))
    lessons.run(notebook, ROOT / "notebooks")
    figures = json.loads(printed(notebook.cells[-1]).split("FIGURES ")[1])
    seen, shown = (sum(len(pictures(cell)) for cell in code_cells(book)) for book in (notebook, stored(lesson)))
    assert seen == shown, "the learner sees another number of figures than the solution holds"
    assert [figure for figure in figures if figure["findings"]] == []
    answers = re.findall(r"^Exercise \d\.\d: .+$", "\n".join(printed(c) for c in code_cells(notebook)), re.M)
    expected = re.findall(r"checks\.lesson_\d\d\.\w+\(", "\n".join(c.source for c in code_cells(notebook)))
    assert len(answers) == len(expected) >= 1
    assert all(answer.endswith("not attempted yet") for answer in answers), answers


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_of_the_stored_solution_is_solved(lesson):
    lines = "\n".join(printed(cell) for cell in code_cells(stored(lesson)))
    answers = re.findall(r"^Exercise \d\.\d: .+$", lines, re.M)
    assert answers and all(": ok (" in answer for answer in answers), answers


@pytest.mark.parametrize("lesson", LESSONS)
def test_notebooks_are_small_and_valid(lesson):
    for folder in ("solutions", "notebooks"):
        path = ROOT / folder / f"{lesson}.ipynb"
        assert path.stat().st_size < LARGEST
        nbformat.validate(nbformat.read(path, 4))


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_committed_notebook_was_run_on_ravdess(lesson):
    """RAVDESS audio never enters this repository, not even as a player in an output."""
    text = (ROOT / "solutions" / f"{lesson}.ipynb").read_text("utf-8")
    assert "data:audio" not in text or "practice corpus (synthetic)" in text
    assert "RAVDESS - " not in "\n".join(printed(cell) for cell in code_cells(stored(lesson)))


def test_the_six_clips_of_lesson_00_are_six_emotions_and_the_net_dares_to_answer_some():
    """Once they were of three emotions, and the net abstained on all of them."""
    said = "\n".join(printed(cell) for cell in code_cells(stored("00_start_here")))
    assert 1 <= int(re.search(r"the net dared to answer (\d) of 6", said)[1]) <= 6
    tables = [out.data["text/plain"] for c in code_cells(stored("00_start_here")) for out in c.outputs if "data" in out]
    [six] = [text for text in tables if text.split()[:3] == ["truth", "you", "net"]]
    assert len({row.split()[1] for row in six.splitlines()[1:]}) == 6


def test_times_are_stored_and_short():
    """`make lessons` writes reports/lesson_times.json: under 60 s of CPU a lesson, and under 8 minutes for all."""
    rows = json.loads((ROOT / "reports" / "lesson_times.json").read_text("utf-8"))["lessons"]
    assert set(rows) == set(LESSONS), "run `make lessons`"
    assert all(0 < row["cpu_seconds"] < 60 for row in rows.values())
    assert sum(row["cpu_seconds"] for row in rows.values()) < 240, "twice this, solutions and learners, is 8 minutes"


@pytest.fixture
def setup_cell(monkeypatch):
    """Run the set-up cell; return the commands it would have started, and the questions it asked."""

    def run(*, installed, version=(3, 12), colab=True):
        commands, questions = [], []
        monkeypatch.setitem(sys.modules, "google.colab", None) if colab else sys.modules.pop("google.colab", None)
        monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if installed else None)
        monkeypatch.setattr("subprocess.run", lambda words, check: commands.append((words, check)))
        monkeypatch.setattr("builtins.input", lambda text: questions.append(text) or "https://host/owner/course")
        monkeypatch.setattr(sys, "version_info", (*version, 7, "final", 0))
        exec(compile(lessons.setup_cell(), "set-up cell", "exec"), {})
        return commands, questions

    return run


def test_the_setup_cell_does_nothing_where_the_course_is_installed(setup_cell):
    assert setup_cell(installed=True) == ([], [])
    assert setup_cell(installed=True, version=(3, 14)) == ([], [])


def test_the_setup_cell_installs_this_repository_in_one_command(setup_cell):
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    [(words, check)], questions = setup_cell(installed=False)
    assert words[:5] == [sys.executable, "-m", "pip", "install", "-q"] and check and len(questions) == 1
    assert Requirement(f"ser-lessons @ {words[5]}").url == "git+https://host/owner/course"
    declaration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert declaration["project"]["name"] == "ser-lessons" and "build-system" in declaration
    for oldest_and_newest in ((3, 11), (3, 13)):
        assert SpecifierSet(declaration["project"]["requires-python"]).contains("{}.{}".format(*oldest_and_newest))
        setup_cell(installed=False, version=oldest_and_newest)


def test_the_setup_cell_installs_nothing_into_another_kernel_of_this_computer(setup_cell):
    with pytest.raises(AssertionError, match=re.escape(sys.executable) + ".*choose the kernel of the folder .venv"):
        setup_cell(installed=False, colab=False)


def test_the_setup_cell_names_the_python_it_needs(setup_cell):
    for version in ((3, 10), (3, 14)):
        with pytest.raises(AssertionError, match="Python 3.11 to 3.13"):
            setup_cell(installed=False, version=version)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_learner_notebook_starts_with_the_setup_cell(lesson):
    cells = code_cells(stored(lesson, "notebooks"))
    assert cells[0].source == lessons.setup_cell() and cells[0].metadata["tags"] == [lessons.SETUP_TAG]


SMALL = """\
import matplotlib.pyplot as plt
from ser_lessons import plots
plots.course_style()
---
fig, ax = plt.subplots()
ax.plot([0, 1, 2, 3], [0, 1, 4, 9], label="height")
ax.set(xlabel="time (s)", ylabel="height (m)")
---
print(f"{2 / 3:.3f}")"""


@pytest.fixture(scope="module")
def small():
    """A healthy executed notebook, to be broken."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s.strip()) for s in SMALL.split("---")])
    lessons.run(notebook, ROOT / "solutions")
    return lessons.tidy(notebook)


def strip_outputs(notebook):
    for cell in notebook.cells:
        cell.outputs, cell.execution_count = [], None


def strip_outputs_keep_counts(notebook):
    for cell in notebook.cells:
        cell.outputs = []


def change_number(notebook):
    notebook.cells[2].outputs[0].text = "0.667\n".replace("7", "8")


def change_plot_data(notebook):
    notebook.cells[1].source = notebook.cells[1].source.replace("4, 9]", "4, 8]")


def raise_error(notebook):
    notebook.cells[2].source = "raise ValueError(1)"


def forget_count(notebook):
    notebook.cells[2].execution_count = None


def drop_alt_text(notebook):
    pictures(notebook.cells[1])[0].metadata = {}


def drop_alt_text_in_the_page(notebook):
    data = pictures(notebook.cells[1])[0].data
    data["text/html"] = data["text/html"].replace("alt=", "title=")


def print_below_the_figure(notebook):
    notebook.cells[1].outputs.append(nbformat.v4.new_output("stream", text="Line plot: time (s)"))


def change_alt_text_in_the_page(notebook):
    data = pictures(notebook.cells[1])[0].data
    data["text/html"] = data["text/html"].replace("height", "width")


def ask_for_mercy(notebook):
    notebook.cells[2].metadata["tags"] = ["nbval-ignore-output"]


def store_warning(notebook):
    notebook.cells[2].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful\n"))


def store_widget(notebook):
    pictures(notebook.cells[1])[0].data[WIDGET] = {"model_id": "0", "version_major": 2, "version_minor": 0}


def test_a_picture_without_html_needs_its_alt_text_beside_it(small):
    """As that of the playground, which in a page is a widget."""
    broken = copy.deepcopy(small)
    picture = pictures(broken.cells[1])[0]
    del picture.data["text/html"]
    assert holes(broken) == []
    picture.data["text/plain"] = picture.data["text/plain"].replace("height", "width")
    assert len(holes(broken)) == 1


def test_nbval_turns_red_where_something_else_comes_out_and_nowhere_else(small, tmp_path):
    assert holes(small) == []
    paths = [tmp_path / "healthy.ipynb"]
    nbformat.write(small, paths[0])
    breakages = (strip_outputs_keep_counts, change_number, change_plot_data, change_alt_text_in_the_page, raise_error)
    for breakage in breakages:
        broken = copy.deepcopy(small)
        breakage(broken)
        paths.append(tmp_path / f"{breakage.__name__}.ipynb")
        nbformat.write(broken, paths[-1])
    red, report = nbval(paths)
    assert red == {breakage.__name__ for breakage in breakages}, report


@pytest.mark.parametrize(
    "breakage",
    [
        strip_outputs,
        forget_count,
        drop_alt_text,
        drop_alt_text_in_the_page,
        print_below_the_figure,
        ask_for_mercy,
        store_warning,
        store_widget,
    ],
)
def test_the_holes_of_nbval_are_closed(small, breakage):
    broken = copy.deepcopy(small)
    breakage(broken)
    assert holes(broken)


def test_an_unlabelled_axis_is_seen_in_a_running_notebook():
    cells = [WATCH, SMALL.split("---")[0], SMALL.split("---")[1].replace("height (m)", "height"), REPORT]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in cells])
    lessons.run(notebook, ROOT / "solutions")
    assert "names no unit" in printed(notebook.cells[-1])


def test_the_sanitizer_forgives_bytes_of_sounds_and_pictures_and_nothing_else():
    rules = dict(re.findall(r"^(regex|replace): (.+)$", SANITIZE.read_text("utf-8"), re.M))
    player = f'<audio src="data:audio/mpeg;base64,{base64.b64encode(b"123").decode()}"></audio> -23 dB'
    assert re.sub(rules["regex"], rules["replace"], player) == '<audio src="data:audio"></audio> -23 dB'
    picture = '<img alt="Line plot: 1 to 2" src="data:image/png;base64,iVBORw0KGgo=" style="max-width: 100%">'
    assert 'alt="Line plot: 1 to 2" src="data:image"' in re.sub(rules["regex"], rules["replace"], picture)
    assert SANITIZE.read_text("utf-8").count("regex:") == 1
