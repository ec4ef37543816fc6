"""The README promises nothing that is not there: links, commands, targets."""

import re

import pytest

from ser_lessons import cli
from tools import tasks

PAGES = ("README.md", "CONTRIBUTING.md", "LICENSE-WEIGHTS.md", "data/README.md", "notebooks/README.md")


def links_of(text):
    """Relative targets of the Markdown links and pictures in a text, without their anchors."""
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL))
    return [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page, root):
    if not (root / page).is_file():
        pytest.skip(f"{page} is not written yet")
    text = (root / page).read_text(encoding="utf-8")
    missing = [target for target in links_of(text) if not ((root / page).parent / target).exists()]
    if len(list((root / "solutions").glob("[0-9][0-9]_*.py"))) < 9:
        missing = [target for target in missing if not re.search(r"notebooks/\d\d_\w+\.ipynb$", target)]
    assert missing == []


def test_links_are_found():
    text = "[a](b.md#top) ![c](d.png) [web](https://x.y) `[no](code)` [here](#x)"
    assert links_of(text) == ["b.md", "d.png"]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_targets_exist(page, root):
    text = (root / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", text, flags=re.MULTILINE))
    named = {first or second for first, second in named} | set(re.findall(r"ser_lessons\.tasks ([a-z]+)", text))
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
