"""The lesson builder: regions, tags, ids, leaks, staleness. Each rule is broken once below and must say so."""

import json
import subprocess
import sys

import jupytext
import nbformat
import pytest

from tools import lessons
from tools.lessons import BadLesson

HEADER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

"""
LESSON = (
    HEADER
    + '''# %% [markdown]
# # A lesson


# %%
def double(value):
    """Return twice the value."""
    ### BEGIN SOLUTION
    # because two halves make a whole
    twice = value + value
    return twice
    ### END SOLUTION


print(double.__name__)

# %% [markdown] tags=["solution"]
# The secret reason.

# %%
### BEGIN SOLUTION
guess_hz = 440.0 + 1
### END SOLUTION
print("still running")
'''
)


@pytest.fixture
def course(tmp_path):
    """A repository of one small lesson."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "01_small.py").write_text(LESSON, encoding="utf-8")
    (tmp_path / "jupytext.toml").write_bytes((lessons.repository() / "jupytext.toml").read_bytes())
    return tmp_path


def source_of(course):
    return course / "solutions" / "01_small.py"


def test_a_region_in_a_function_becomes_an_indented_stub():
    learner, secrets = lessons.stub_cell("def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION")
    assert learner == "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError"
    assert secrets == ["return x + 1"]


def test_a_prediction_becomes_an_ellipsis():
    learner, _ = lessons.stub_cell("### BEGIN SOLUTION\nguess = 3\nwords = ['a']\n### END SOLUTION\nprint(guess)")
    assert learner == "guess = ...  # YOUR ANSWER HERE\nwords = ...  # YOUR ANSWER HERE\nprint(guess)"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("### BEGIN SOLUTION\na = 1\n### BEGIN SOLUTION\n### END SOLUTION", "inside another"),
        ("def f():\n    ### BEGIN SOLUTION\n    return 1", "never closed"),
        ("a = 1\n### END SOLUTION", "without"),
        ("def f():\n    ### BEGIN SOLUTION\n    # only words\n    ### END SOLUTION", "without code"),
        ("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "left margin"),
        ("for i in range(3):\n    ### BEGIN SOLUTION\n    print(i)\n    ### END SOLUTION", "not inside a function"),
        ("## BEGIN SOLUTION\na = 1\n### END SOLUTION", "write exactly"),
        ("### begin solution\na = 1", "write exactly"),
    ],
)
def test_wrong_markers_are_errors(source, complaint):
    with pytest.raises(BadLesson, match=complaint):
        lessons.stub_cell(source, "01_small.py, cell 3")


def test_learner_files_hold_neither_solution_nor_tagged_cell_nor_output(course):
    files = {name: content.decode() for name, content in lessons.learner_files(course).items()}
    assert sorted(files) == ["notebooks/01_small.ipynb", "notebooks/01_small.py"]
    for text in files.values():
        assert "value + value" not in text and "secret reason" not in text and "two halves" not in text
        assert "raise NotImplementedError" in text and "twice the value" in text
    notebook = json.loads(files["notebooks/01_small.ipynb"])
    assert all(not c["outputs"] and c["execution_count"] is None for c in notebook["cells"] if "outputs" in c)
    nbformat.validate(nbformat.from_dict(notebook))


def test_ids_depend_on_lesson_and_index_alone(course):
    first = [cell.id for cell in lessons.read_source(source_of(course)).cells]
    source_of(course).write_text(LESSON.replace("A lesson", "Another title"), encoding="utf-8")
    again = [cell.id for cell in lessons.read_source(source_of(course)).cells]
    assert first == again and len(set(first)) == len(first)


def test_build_is_deterministic_and_writes_only_what_changed(course):
    assert len(lessons.build(course)) == 2
    assert lessons.build(course) == []


def test_check_names_each_stale_missing_and_orphaned_file(course):
    lessons.build(course)
    ours = [f for f in lessons.check(course) if "notebooks/" in f]
    assert ours == []
    learner = course / "notebooks" / "01_small.py"
    learner.write_bytes(learner.read_bytes() + b"\n")
    (course / "notebooks" / "01_small.ipynb").unlink()
    (course / "notebooks" / "09_gone.py").write_text("x = 1\n")
    findings = "\n".join(lessons.check(course))
    assert "notebooks/01_small.py is stale" in findings
    assert "notebooks/01_small.ipynb is missing" in findings
    assert "notebooks/09_gone.py has no source" in findings
    assert "notebooks/09_gone.py" in lessons.build(course)


def test_a_changed_source_makes_the_executed_solution_stale(course):
    notebook = lessons.read_source(source_of(course))
    source_of(course).with_suffix(".ipynb").write_bytes(lessons.as_ipynb(notebook))
    assert not [f for f in lessons.check(course) if "solutions/" in f]
    source_of(course).write_text(LESSON.replace("still running", "still going"), encoding="utf-8")
    assert any("solutions/01_small.ipynb is stale" in f for f in lessons.check(course))


def test_a_solution_line_anywhere_else_in_the_lesson_is_refused(course):
    source_of(course).write_text(LESSON + "\n# %% [markdown]\n# Try `twice = value + value`.\n", encoding="utf-8")
    with pytest.raises(BadLesson, match="twice = value \\+ value"):
        lessons.learner_files(course)


def test_short_lines_and_comments_are_no_leak():
    lessons.refuse_leaks("x", ["return x", "# a comment of many words"], "return x  # a comment of many words")
    with pytest.raises(BadLesson):
        lessons.refuse_leaks("x", ["total = sum(parts)  # why"], "total = sum(parts)")


def test_a_line_like_a_command_of_a_shell_stays_code():
    import nbformat

    echo = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("echo /= 2")])
    assert "\necho /= 2\n" in lessons.as_py(echo).decode()


def test_jupytext_sync_rewrites_nothing(course):
    """What `jupytext --sync` writes on opening a pair equals ours: no version, order or newline differs."""
    lessons.build(course)
    pair = [course / "notebooks" / f"01_small.{end}" for end in ("py", "ipynb")]
    before = pair[0].read_bytes()
    command = [sys.executable, "-m", "jupytext", "--to", "py:percent", str(pair[1])]
    subprocess.run(command, check=True, cwd=course, capture_output=True)
    assert pair[0].read_bytes() == before
    assert b"jupytext_version" not in before and before.endswith(b"\n") and not before.endswith(b"\n\n")
    cells = jupytext.read(pair[0]).cells
    assert [c.source for c in cells] == [c.source for c in nbformat.read(pair[1], 4).cells]


def test_executing_stores_alt_text_and_no_volatile_metadata(course):
    source_of(course).write_text(
        HEADER
        + "# %%\nimport matplotlib.pyplot as plt\n\nfrom ser_lessons import plots\n\n"
        + "# %%\nfig, ax = plt.subplots()\nax.plot([0, 1, 2], [0, 1, 4], label='rise')\n"
        + "ax.set(xlabel='time (s)', ylabel='height (m)')\nplots.course_style()\nfig\n",
        encoding="utf-8",
    )
    lessons.execute(root=course)
    text = source_of(course).with_suffix(".ipynb").read_text("utf-8")
    figure = next(o for o in json.loads(text)["cells"][1]["outputs"] if "image/png" in o.get("data", {}))
    assert figure["metadata"]["image/png"]["alt"].startswith("Line plot: time (s)")
    assert "iopub" not in text and "3.11" not in text


def test_the_command_line_answers_with_exit_codes(capsys):
    assert lessons.main(["nonsense"]) == 2
    assert "usage" in capsys.readouterr().out


def test_nothing_is_up_to_date_where_there_is_nothing(tmp_path):
    with pytest.raises(BadLesson, match="no lessons"):
        lessons.check(tmp_path)


def test_one_address_is_written_wherever_it_belongs(course):
    """The clone line, the badges and the set-up cell follow pyproject.toml, the first time and the next."""
    (course / "README.md").write_text(f"git clone {lessons.NO_ADDRESS} folder\n")
    (course / "notebooks").mkdir()
    (course / "notebooks" / "README.md").write_text("Colab: <!-- badges:begin --><!-- badges:end -->\n")
    with pytest.raises(BadLesson, match="address"):
        lessons.write_links(course)
    assert "input(" in lessons.setup_cell(course) and '"" or' not in lessons.setup_cell(course)
    for owner in ("first", "second"):
        url = f"https://github.com/{owner}/course"
        (course / "pyproject.toml").write_text(f'[project]\n[project.urls]\nRepository = "{url}.git"\n')
        assert lessons.write_links(course) == ["README.md", "notebooks/README.md"]
        assert lessons.write_links(course) == []
        assert (course / "README.md").read_text() == f"git clone {url} folder\n"
        badges = (course / "notebooks" / "README.md").read_text()
        assert f"colab.research.google.com/github/{owner}/course/blob/main/notebooks/01_small.ipynb" in badges
        assert f'address = "{url}" or input' in lessons.setup_cell(course)
