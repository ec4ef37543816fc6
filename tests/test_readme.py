"""The README promises nothing that is not there: links, commands, targets."""

import re

import pytest

from ser_lessons import cli
from tools import tasks

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "LICENSE-WEIGHTS.md",
    "data/README.md",
    "notebooks/README.md",
    "reports/README.md",
)


def links_of(text):
    """Relative targets of the Markdown links and pictures in a text, without their anchors."""
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL))
    return [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page, root):
    text = (root / page).read_text(encoding="utf-8")
    missing = [target for target in links_of(text) if not ((root / page).parent / target).exists()]
    assert missing == []


def test_links_are_found():
    text = "[a](b.md#top) ![c](d.png) [web](https://x.y) `[no](code)` [here](#x)"
    assert links_of(text) == ["b.md", "d.png"]


def test_the_readme_is_short_and_its_map_lists_every_lesson_with_its_question(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    rows = re.findall(r"^\| \[([^]]+)\]\(notebooks/(\w+)\.ipynb\) \| (.+\?) \|$", text, flags=re.MULTILINE)
    lessons = sorted((root / "notebooks").glob("[0-9][0-9]_*.py"))
    assert [name for _, name, _ in rows] == [lesson.stem for lesson in lessons]
    for (words, name, question), lesson in zip(rows, lessons):
        assert words == name.replace("_", " ")
        asked = re.search(r"^# \*\*Question: (.+\?)\*\*$", lesson.read_text("utf-8"), flags=re.MULTILINE).group(1)
        assert question.lower() == asked.lower()


def test_whoever_publishes_fills_in_one_address(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert len(re.findall(r"ADDRESS-OF-THIS-REPOSITORY|(?:github|gitlab)\.com/", text)) == 1


def test_contributing_describes_the_house_that_the_rules_enforce(root):
    from tests.test_rules import FLOORS

    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d)(?:, \w+)? \| (.+) \|$", text, flags=re.MULTILINE)
    told = {int(floor): set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", rooms))) for floor, rooms in rows}
    assert told == {n: {room for room in rooms if room[0] != "_"} for n, rooms in enumerate(FLOORS, start=1)}


def test_every_report_says_where_it_comes_from(root):
    text = (root / "reports" / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.json)`", text))
    assert named == {path.name for path in (root / "reports").glob("*.json")}
    scripts = re.findall(r"`(benchmarks/[\w/]+\.py)`", text)
    assert len(scripts) > 5 and all((root / script).is_file() for script in scripts)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_targets_exist(page, root):
    text = (root / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", text, flags=re.MULTILINE))
    named = {first or second for first, second in named} | set(re.findall(r"tools/tasks\.py ([a-z]+)", text))
    assert named and named <= {task.__name__ for task in tasks.TASKS}


def test_commands_exist(root):
    import typer

    group = typer.main.get_command(cli.app)
    text = (root / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"ser-lessons ([a-z]+)((?: [a-z|]+)*)((?: --[a-z0-9-]+| [A-Z][^ `\n]*| [a-z0-9/]+)*)", text)
    assert len(lines) > 10
    for name, below, options in lines:
        assert name in group.commands, f"ser-lessons {name}"
        command = group.commands[name]
        known = {flag for param in command.params for flag in param.opts}
        assert set(re.findall(r"--[a-z0-9-]+", options)) <= known, f"ser-lessons {name}{options}"
        for word in re.findall(r"[a-z]+", below) if hasattr(command, "commands") else ():
            assert word in command.commands, f"ser-lessons {name} {word}"


def test_every_command_is_in_the_readme(root):
    import typer

    text = (root / "README.md").read_text(encoding="utf-8")
    names = set(typer.main.get_command(cli.app).commands) - {"notebooks"}
    assert {name for name in names if f"ser-lessons {name}" not in text} == set()
