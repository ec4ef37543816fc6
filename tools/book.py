"""The web book: the executed solutions, folded where a learner should think first, and the pages around them.

`python tools/book.py` (or `make book`) writes book/_build/html, without network. The sources are staged under
book/_build/source in the folders of this repository, so that the links between pages work here as they do there.
"""

import json
import pathlib
import re
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tools import lessons

PAGES = ("notebooks/README.md", "notebooks/glossary.md", "reports/README.md", "data/README.md")
"""Pages of the repository that the book shows as they are."""

SOLUTION = {"code_prompt_show": "Show a solution", "code_prompt_hide": "Hide the solution"}
WHY = "Why, and a common mistake"
OTHER_SENSES = {"04": {"window"}, "05": {"mask"}, "06": {"bin", "harmonic", "loss", "score"}, "08": {"window"}}
"""Words of the glossary by which a lesson means something else, so that they are no links there."""

TERM = re.compile(r"^\* \*\*(?P<names>.+?)\*\*:? (?P<sentence>.+?)(?=\n\* \*\*|\n\n|\Z)", re.M | re.S)


def terms(root=None):
    """Return [(names, sentence, lesson number)] of notebooks/glossary.md, one tuple for each term."""
    text = (pathlib.Path(root or lessons.repository()) / "notebooks" / "glossary.md").read_text("utf-8")
    found = [(match["names"].split(", "), " ".join(match["sentence"].split())) for match in TERM.finditer(text)]
    return [(names, sentence, re.search(r"\[(\d\d)\]", sentence)[1]) for names, sentence in found]


def stage(root=None):
    """Write the sources of the book into book/_build/source and return that folder."""
    root = pathlib.Path(root or lessons.repository())
    source = root / "book" / "_build" / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(root / "book", source, ignore=shutil.ignore_patterns("_build", "requirements.txt"))
    for name in PAGES:
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(_page(name, (root / name).read_text("utf-8"), root), "utf-8")
    glossary = source / "notebooks" / "glossary.md"
    glossary.write_text(_glossary(glossary.read_text("utf-8")), "utf-8")
    page, picture = source / "map.md", (root / "notebooks" / "concept_map.svg").read_text("utf-8")
    page.write_text(_map(page.read_text("utf-8"), picture, root), "utf-8")
    for path in lessons.lesson_sources(root):
        notebook = _lesson(path, terms(root), root)
        (source / "notebooks" / f"{path.stem}.ipynb").write_bytes(lessons.as_ipynb(notebook))
        shutil.copy(root / "notebooks" / f"{path.stem}.ipynb", source / "notebooks" / f"learner_{path.stem}.ipynb")
    return source


def _page(name, text, root):
    """A page of the repository, with links to files that the book does not show turned into links to the repository."""
    shown = {*PAGES, *(f"notebooks/{path.stem}.ipynb" for path in lessons.lesson_sources(root))}

    def rewritten(match):
        words, target = match.groups()
        path = (root / name).parent.joinpath(target.partition("#")[0]).resolve()
        inside = path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root.resolve()) else ""
        if target.startswith(("http", "#")) or inside in shown or inside.startswith("notebooks/"):
            return match[0]
        url = lessons.address(root)
        if url:
            return f"[{words}]({url}/blob/main/{inside})"
        return f"`{inside}`" if inside.endswith(words) else f"{words} (`{inside}`)"

    text = re.sub(r"(?<!!)\[([^\]]+)\]\(([^)]+)\)", rewritten, text)
    return _pointed(text, root) if name.startswith("notebooks/") else text


def _pointed(text, root):
    """Text of a page in `notebooks/`, with each lesson's name in code turned into a link to it."""
    stems = "|".join(path.stem for path in lessons.lesson_sources(root))
    text = text.replace("**Sources:** `README.md`", "**Sources:** [for teachers](README.md#sources)")
    return re.sub(rf"`({stems})(?:\.ipynb)?`", r"[\1](\1.ipynb)", text)


def _glossary(text):
    """Each list of terms as the entries that Sphinx links and searches."""

    def entries(block):
        found = [(match["names"].replace(", ", "\n"), match["sentence"]) for match in TERM.finditer(block[0])]
        return "```{glossary}\n" + "\n".join(f"{names}\n  {' '.join(s.split())}\n" for names, s in found) + "```"

    text = re.sub(r"^\* \*\*.+?(?=\n\n|\Z)", entries, text, flags=re.M | re.S)
    return text.replace("](concept_map.svg)", "](../map.md)")


def _map(text, picture, root):
    """The page of the concept map: each box of the picture a link to its lesson, the picture in words folded below."""
    for path in lessons.lesson_sources(root):
        link = f'<a href="notebooks/{path.stem}.html">'
        box = rf'<rect x="(?:(?!<rect).)*?>{path.stem[:2]}</text>'
        picture = re.sub(box, lambda match, link=link: f"{link}{match[0]}</a>", picture, flags=re.S)
    before, words = re.fullmatch(r"(.*)!\[(.+)\]\(notebooks/concept_map\.svg\)\s*", text, re.S).groups()
    picture = picture.replace(' role="img"', "")
    words = f"<details><summary>The map in words</summary>\n\n{words}\n\n</details>"
    return f"{before}```{{raw}} html\n{picture}\n```\n\n{words}\n"


def _lesson(path, glossary, root):
    """An executed solution as a page: stubs in sight, solutions folded, each term linked where it is first met."""
    notebook = json.loads(path.with_suffix(".ipynb").read_text("utf-8"))
    cells, unlinked = [], sorted(glossary, key=lambda term: -max(map(len, term[0])))
    for index, cell in enumerate(notebook["cells"]):
        text = "".join(cell["source"])
        hidden = lessons.SOLUTION_TAG in cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            text = _linked(text, unlinked, path.stem[:2]) if index else text + _doors(path.stem, root)
            text = _pointed(text, root)
            text = f"<details><summary>{WHY}</summary>\n\n{text}\n\n</details>" if hidden else text
        elif hidden or lessons.BEGIN in text:
            if not hidden:
                cells.append(_stub(cell, text))
            cell["metadata"] = {"tags": ["hide-input"], "mystnb": SOLUTION}
            text = lessons.without_markers(text)
        cells.append({**cell, "source": text})
    return {**notebook, "cells": cells}


def _stub(cell, text):
    """The cell as learners get it, above the folded one."""
    return {
        **cell,
        "id": cell["id"] + "s",
        "source": lessons.stub_cell(text)[0],
        "outputs": [],
        "execution_count": None,
    }


def _linked(text, unlinked, number):
    """Link the first mention of each term in running prose; a term of a later lesson waits for that lesson."""
    lines = text.split("\n")
    for term in list(unlinked):
        names, _, lesson = term
        if names[0] in OTHER_SENSES.get(number, ()):
            continue
        for place, line in enumerate(lines):
            if lesson > number or not line or line[0] in "#<|" or "](" in line or "`" in line:
                continue
            found = re.search(rf"(?<![\w-])({'|'.join(map(re.escape, names))})(?![\w-])", line)
            if found:
                lines[place] = f"{line[: found.start()]}{{term}}`{found[0]}`{line[found.end() :]}"
                unlinked.remove(term)
                break
    return "\n".join(lines)


def _doors(stem, root):
    """Where a reader can run the lesson: the notebook to download; Colab and Binder once the course has an address."""
    doors = [f"{{download}}`download the notebook <learner_{stem}.ipynb>`", *lessons.doors(stem, root)]
    return f"\n\nTo work in it: {', '.join(doors)}."


def build(root=None, quiet=True):
    """Stage and build the book; return the folder of its pages.

    Raises
    ------
    RuntimeError : Sphinx found a broken link, a missing page or another fault; it printed which
    """
    from sphinx.application import Sphinx

    source = stage(root)
    pages = source.parent / "html"
    shutil.rmtree(pages, ignore_errors=True)
    app = Sphinx(
        source,
        source,
        pages,
        source.parent / "doctrees",
        "html",
        status=None if quiet else sys.stdout,
        warningiserror=True,
    )
    app.build()
    if app.statuscode:
        raise RuntimeError("the book has faults; they are named above.")
    return pages


if __name__ == "__main__":
    print(build() / "index.html")
