"""One source a lesson: `solutions/NN_name.py` becomes the learner's notebook, and nothing drifts.

`python tools/lessons.py build` writes `notebooks/`, `check` compares every file with what
`build` would write, `execute` runs the solutions and stores their outputs, `links` writes the course's address.
How to write a lesson: `notebooks/README.md`, last section.
"""

import ast
import hashlib
import json
import os
import pathlib
import re
import sys
import time
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from ser_lessons import system
from ser_lessons.errors import SerError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "# YOUR CODE HERE"
ANSWER = "...  # YOUR ANSWER HERE"
SOLUTION_TAG, SETUP_TAG = "solution", "setup"
SHORTEST_LEAK = 12
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
NO_ADDRESS = "ADDRESS-OF-THIS-REPOSITORY"
"""What stands in place of the course's address until `[project.urls]` in pyproject.toml has one."""


class BadLesson(SerError):
    """A lesson source breaks the rules of the lesson builder."""


SETUP = """\
# Set-up: does nothing where the course is installed.
# On Colab it installs the course, once.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("ser_lessons") is None:
    colab = "google.colab" in sys.modules
    fix = "choose the kernel of the folder .venv, or run `make lab`."
    assert colab, f"The course is not in {sys.executable}: {fix}"
    ours = (3, 11) <= sys.version_info[:2] <= (3, 13)
    fix = "On Colab: Runtime > Change runtime type > Runtime version."
    assert ours, f"The course needs Python 3.11 to 3.13. {fix}"
    question = "Address of this lesson's repository (https://...): "
    address = "ADDRESS" or input(question)
    pip = [sys.executable, "-m", "pip", "install", "-q"]
    subprocess.run([*pip, "git+" + address], check=True)"""


def repository():
    """Return the folder that holds `solutions/` and `notebooks/`: the one this package is in."""
    return pathlib.Path(__file__).resolve().parents[1]


def address(root=None):
    """The address of the published course, from `[project.urls] Repository` in pyproject.toml; "" without one."""
    path = pathlib.Path(root or repository()) / "pyproject.toml"
    project = tomllib.loads(path.read_text("utf-8"))["project"] if path.exists() else {}
    return project.get("urls", {}).get("Repository", "").removesuffix(".git").rstrip("/")


def doors(lesson, root=None):
    """Links that open a lesson in Colab and in Binder, in Markdown; none until the course has an address on GitHub."""
    slug = address(root).partition("github.com/")[2]
    colab = f"https://colab.research.google.com/github/{slug}/blob/main/notebooks/{lesson}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{slug}/main?urlpath=lab/tree/notebooks/{lesson}.ipynb"
    return [f"[open in Colab]({colab})", f"[open in Binder]({binder})"] if slug else []


def setup_cell(root=None):
    """The first code cell of every learner's notebook: it installs the course where it is not installed."""
    return SETUP.replace('"ADDRESS" or ', f'"{address(root)}" or ' if address(root) else "")


def lesson_sources(root=None):
    """Return the paths of `solutions/NN_*.py`, sorted by lesson number."""
    return sorted((pathlib.Path(root or repository()) / "solutions").glob("[0-9][0-9]_*.py"))


def read_source(path):
    """Read one lesson source (py:percent) as a notebook with deterministic ids and only our metadata.

    Raises
    ------
    BadLesson : the file holds no cell, or a cell's markers are wrong (see `stub_cell`)
    """
    import jupytext

    path = pathlib.Path(path)
    notebook = jupytext.read(path, fmt="py:percent")
    if not notebook.cells:
        raise BadLesson(f"{path.name} holds no cell; start each one with '# %%' or '# %% [markdown]'.")
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            stub_cell(cell.source, f"{path.name}, cell {index}")
    return _with_ids(notebook, path.stem)


def _with_ids(notebook, lesson):
    """Give cell `index` of `lesson` an id that depends on nothing else; drop foreign metadata."""
    for index, cell in enumerate(notebook.cells):
        cell["id"] = hashlib.sha256(f"{lesson}/{index}".encode()).hexdigest()[:12]
        tags = cell.metadata.get("tags")
        cell["metadata"] = {"tags": list(tags)} if tags else {}
    notebook["metadata"] = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def stub_cell(source, where="a cell"):
    """Replace the solution regions of one code cell; return (learner source, solution lines).

    A region in a function becomes an indented `# YOUR CODE HERE` and `raise NotImplementedError`.
    A region at the left margin may only hold `name = value` lines (a prediction); each becomes
    `name = ...  # YOUR ANSWER HERE`.

    Raises
    ------
    BadLesson : markers nested, unclosed, unopened or empty; code at the left margin that is not an
        assignment; a region outside a function
    """
    kept, region, solution, indent = [], None, [], ""
    for number, line in enumerate(source.splitlines(), start=1):
        bare = line.strip()
        if bare == BEGIN:
            if region is not None:
                raise BadLesson(f"{where}, line {number}: a solution region starts inside another; close it first.")
            region, indent = [], line[: len(line) - len(line.lstrip())]
        elif bare == END:
            if region is None:
                raise BadLesson(f"{where}, line {number}: '{END}' without '{BEGIN}'; delete or open it.")
            kept += _stub(region, indent, where)
            solution, region = solution + region, None
        elif BEGIN.strip("# ").lower() in bare.lower() or END.strip("# ").lower() in bare.lower():
            raise BadLesson(f"{where}, line {number}: write exactly '{BEGIN}' or '{END}', not '{bare}'.")
        else:
            (kept if region is None else region).append(line)
    if region is not None:
        raise BadLesson(f"{where}: '{BEGIN}' is never closed; add '{END}'.")
    learner = "\n".join(kept)
    if solution:
        _refuse_raise_outside_function(learner, where)
    return learner, [line.strip() for line in solution]


def without_markers(source):
    """A code cell with its solutions, but not the lines that mark them."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def _stub(region, indent, where):
    code = [line for line in region if line.strip() and not line.strip().startswith("#")]
    if not code:
        raise BadLesson(f"{where}: a solution region without code; put the solution between the markers.")
    if indent:
        return [f"{indent}{STUB}", f"{indent}raise NotImplementedError"]
    names = [re.match(r"(\w+) = \S", line) for line in code]
    if not all(names):
        raise BadLesson(f"{where}: at the left margin a region may only hold 'name = value' lines.")
    return [f"{name.group(1)} = {ANSWER}" for name in names]


def _refuse_raise_outside_function(source, where):
    """An unsolved exercise must never break the cells after it: its `raise` belongs in a function."""
    inside = set()
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BadLesson(
            f"{where}: with its stub, the cell is no Python ({error.msg}); indent the markers like the solution."
        ) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            inside |= {id(child) for child in ast.walk(node)}
    if any(isinstance(node, ast.Raise) and id(node) not in inside for node in ast.walk(tree)):
        raise BadLesson(f"{where}: the region is not inside a function; unsolved, it would stop the notebook.")


def learner_notebook(path):
    """Return what learners get of the source at `path`: stubs for regions, no tagged cells, no outputs.

    Raises
    ------
    BadLesson : a marker is wrong, or a solution line of 12 characters or more still occurs
    """
    import nbformat.v4 as v4

    path = pathlib.Path(path)
    notebook, secrets, cells = read_source(path), [], []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.source, lines = stub_cell(cell.source, f"{path.name}, cell {index}")
            secrets += lines
            cell.outputs, cell.execution_count = [], None
        if SOLUTION_TAG not in cell.metadata.get("tags", []):
            cells.append(cell)
    cells.insert(1, v4.new_code_cell(setup_cell(path.parents[1]), metadata={"tags": [SETUP_TAG]}))
    notebook.cells = cells
    refuse_leaks(path.name, secrets, "\n".join(cell.source for cell in cells))
    return _with_ids(notebook, path.stem)


def refuse_leaks(name, secrets, text):
    """Raise BadLesson if a solution line (12 characters or more, comments aside) occurs in `text`."""
    for line in secrets:
        line = re.sub(r"\s+#.*$", "", line).strip()
        if len(line) >= SHORTEST_LEAK and not line.startswith("#") and line in text:
            raise BadLesson(f"{name}: the solution line '{line}' is also in the learner's version; reword one of them.")


def as_ipynb(notebook):
    """Return the notebook as the bytes of an .ipynb file."""
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def as_py(notebook, root=None):
    """Return the notebook as the bytes of a py:percent file, written under the rules of `jupytext.toml`."""
    import jupytext
    from jupytext.config import load_jupytext_configuration_file

    config = load_jupytext_configuration_file(str(pathlib.Path(root or repository()) / "jupytext.toml"))
    text = jupytext.writes(notebook, fmt="py:percent", config=config)
    text = re.sub(r"(?m)^#\s+jupytext_version:.*\n", "", text)
    return (text.rstrip("\n") + "\n").encode()


def learner_files(root=None):
    """Return {path relative to the repository: bytes} of every learner file, made in memory."""
    wanted, sources = {}, lesson_sources(root)
    if not sources:
        raise BadLesson("There are no lessons in solutions/ here, so nothing can be said about them.")
    for path in sources:
        notebook = learner_notebook(path)
        wanted[f"notebooks/{path.stem}.ipynb"] = as_ipynb(notebook)
        wanted[f"notebooks/{path.stem}.py"] = as_py(notebook, root)
    return wanted


def build(root=None):
    """Write every learner file that is not up to date, delete orphans; return the names written or deleted."""
    root, changed = pathlib.Path(root or repository()), []
    (root / "notebooks").mkdir(exist_ok=True)
    wanted = learner_files(root)
    for name, content in wanted.items():
        if not (root / name).exists() or (root / name).read_bytes() != content:
            system.write_whole(root / name, content)
            changed.append(name)
    for name in _orphans(root, wanted):
        (root / name).unlink(missing_ok=True)  # another build may have been faster
        changed.append(name)
    return changed


def _orphans(root, wanted):
    found = [path for suffix in ("py", "ipynb") for path in (root / "notebooks").glob(f"[0-9][0-9]_*.{suffix}")]
    return sorted(name for path in found if (name := f"notebooks/{path.name}") not in wanted)


def check(root=None):
    """Compare every lesson file with its source, by bytes and in memory; return findings, one sentence each.

    Also says which executed solution is missing or was made from another source. Time stamps play no part.
    """
    root, findings = pathlib.Path(root or repository()), []
    wanted = learner_files(root)
    for name, content in wanted.items():
        if not (root / name).exists():
            findings.append(f"{name} is missing; run `python tools/lessons.py build`.")
        elif (root / name).read_bytes() != content:
            findings.append(f"{name} is stale; run `python tools/lessons.py build`.")
    findings += [f"{name} has no source in solutions/; delete it." for name in _orphans(root, wanted)]
    for path in lesson_sources(root):
        if not path.with_suffix(".ipynb").exists():
            findings.append(f"solutions/{path.stem}.ipynb is missing; run `python tools/lessons.py execute`.")
        elif _skeleton(read_source(path)) != _skeleton(json.loads(path.with_suffix(".ipynb").read_text("utf-8"))):
            findings.append(f"solutions/{path.stem}.ipynb is stale; run `python tools/lessons.py execute`.")
    return findings


def _skeleton(notebook):
    """What an executed notebook shares with its source: ids, kinds, tags and text of the cells."""
    join = "".join
    return [(c["id"], c["cell_type"], c["metadata"].get("tags"), join(c["source"])) for c in notebook["cells"]]


def kernel_env(corpus=None):
    """Return the environment lessons are executed and compared in: quiet TensorFlow, one corpus, repeatable."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "PYTHONHASHSEED": "0"}
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return {**inherited, **quiet, "SER_CORPUS": corpus or "practice"}


def run(notebook, folder, *, corpus=None, timeout=600):
    """Execute a notebook in place, in `folder`, with a fresh kernel; return the seconds it took.

    Raises
    ------
    nbclient.exceptions.CellExecutionError : a cell raised; the message holds the cell and the traceback
    """
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook,
        timeout=timeout,
        startup_timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    started = time.monotonic()
    client.execute(env=kernel_env(corpus))
    return time.monotonic() - started


def execute(names=None, root=None):
    """Run solutions/NN_*.py, store the outputs in solutions/NN_*.ipynb and the times in reports/lesson_times.json.

    Returns {lesson: seconds}. On a busy machine seconds say little; the seconds of CPU beside them are steadier.

    Parameters
    ----------
    names : list of str or None; beginnings of lesson names ("01"), None for all
    """
    seconds = {}
    for path in lesson_sources(root):
        if names and not any(path.stem.startswith(name) for name in names):
            continue
        notebook, before = read_source(path), os.times()
        seconds[path.stem] = round(run(notebook, path.parent), 1)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        tidy(notebook)
        system.write_whole(path.with_suffix(".ipynb"), as_ipynb(notebook))
        _store_time(path, {"seconds": seconds[path.stem], "cpu_seconds": round(cpu, 1)})
    return seconds


def _store_time(path, row):
    """Write one lesson's row of reports/lesson_times.json, with date, processors and how busy the machine was."""
    import datetime

    busy = {"processors": os.cpu_count(), "load": round(os.getloadavg()[0], 1)} if hasattr(os, "getloadavg") else {}
    report = path.parents[1] / "reports" / "lesson_times.json"
    lessons = {}
    if report.exists():
        lessons = json.loads(report.read_text("utf-8"))["lessons"]
    lessons[path.stem] = {**row, "date": datetime.date.today().isoformat(), **busy}
    kept = {name: lessons[name] for name in sorted(lessons) if (path.parent / f"{name}.py").exists()}
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps({"corpus": "practice corpus (synthetic)", "lessons": kept}, indent=1) + "\n", "utf-8")


def tidy(notebook):
    """Drop what changes from run to run."""
    notebook["metadata"] = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell["metadata"] = {"tags": list(tags)} if tags else {}
        if cell.cell_type != "code":
            continue
        for out in cell.outputs:  # a widget lives as long as its kernel; its picture and words stay
            out.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def write_links(root=None):
    """Write the course's address into README.md, and a table of badges into notebooks/README.md; return what changed.

    Raises
    ------
    BadLesson : pyproject.toml holds no address on GitHub, where Colab and Binder look
    """
    root, url = pathlib.Path(root or repository()), address(root)
    if not doors("", root):
        raise BadLesson("Fill in the address first: Repository = 'https://github.com/...' under [project.urls].")
    rows = ["| lesson | Colab | Binder |", "|---|---|---|"]
    for path in lesson_sources(root):
        rows.append(f"| {path.stem} | {' | '.join(doors(path.stem, root))} |")
    badges = "<!-- badges:begin -->\n" + "\n".join(rows) + "\n<!-- badges:end -->"
    changed = []
    for name in ("README.md", "notebooks/README.md"):
        before = (root / name).read_text("utf-8")
        after = re.sub(r"git clone \S+", f"git clone {url}", before.replace(NO_ADDRESS, url))
        after = re.sub(r"(?s)<!-- badges:begin -->.*<!-- badges:end -->", lambda _: badges, after)
        if after != before:
            system.write_whole(root / name, after.encode())
            changed.append(name)
    return changed


def main(arguments=None):
    """Run `build`, `check`, `execute [NN ...]` or `links`; return the exit code (0, 1 stale or impossible, 2 usage)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    action, rest = (words[0], words[1:]) if words else ("", [])
    try:
        if action == "build":
            print("\n".join(f"wrote {name}" for name in build()) or "every learner file is up to date")
        elif action == "check":
            findings = check()
            print("\n".join(findings) or "every lesson file is up to date")
            return 1 if findings else 0
        elif action == "execute":
            print("\n".join(f"{name}: {seconds} s" for name, seconds in execute(rest or None).items()))
        elif action == "links":
            print("\n".join(f"wrote {name}" for name in [*write_links(), *build()]) or "every address is up to date")
        else:
            print("usage: python tools/lessons.py build | check | execute [NN ...] | links")
            return 2
    except BadLesson as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
