"""The web book, built from this checkout: every page opens, nothing comes from elsewhere, all works by keyboard."""

import functools
import http.server
import json
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe

from tools import book, lessons

pytestmark = pytest.mark.browser
ROOT = lessons.repository()
LESSONS = [path.stem for path in lessons.lesson_sources()]
SEARCHES = {
    "equalized odds": "07_gender_bias",
    "softmax": "05_training",
    "hop": "02_spectrograms",
    "kernel": "04_gap_cnn",
    "bootstrap": "06_evaluation",
    "abstain": "08_live_inference",
    "decibel": "01_waveforms",
    "dropout": "05_training",
    "masks": "03_augmentation",
    "paired": "07_gender_bias",
}


@pytest.fixture(scope="module")
def pages():
    """The folder of the built book; a broken link or a missing page fails the build."""
    return book.build()


@pytest.fixture(scope="module")
def address(pages):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def browser(launch):
    return launch()


@pytest.fixture
def watched(browser, address):
    """Function (width, scheme) -> page that keeps foreign requests, failures and console errors in `page.faults`."""
    opened = []

    def open_(width=1280, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(page)
        page.faults = []
        page.on("request", lambda r: r.url.startswith((address, "data:", "blob:")) or page.faults.append(r.url))
        page.on("response", lambda r: r.status < 400 or page.faults.append(f"{r.status} {r.url}"))
        page.on("console", lambda m: m.type == "error" and page.faults.append(m.text))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        return page

    yield open_
    for page in opened:
        page.close()


def test_every_term_is_used_by_the_lesson_that_the_glossary_names():
    texts = {path.stem[:2]: path.read_text("utf-8").lower() for path in lessons.lesson_sources()}
    terms = book.terms()
    assert len(terms) > 60
    missing = [names[0] for names, _, number in terms if not any(n.lower() in texts[number] for n in names)]
    assert not missing, f"not in their lesson: {missing}"


def test_the_glossary_keeps_its_parts_and_the_map_leads_to_every_lesson(pages):
    glossary = (pages / "notebooks" / "glossary.html").read_text("utf-8")
    ids = [f'id="{name}"' for name in ("sound-and-pictures", "term-clip", "nets-and-learning", "judging", "term-UAR")]
    assert sorted(ids, key=glossary.index) == ids
    for number, names in book.OTHER_SENSES.items():
        [text] = [path.read_text("utf-8") for path in (pages / "notebooks").glob(f"{number}_*.html")]
        assert "#term-" in text and not [name for name in names if re.search(f'#term-{name}s?"', text)], number
    boxes = (ROOT / "notebooks" / "concept_map.svg").read_text("utf-8").count('rx="7"')
    links = re.findall(r'<a href="notebooks/(\w+).html"><rect', (pages / "map.html").read_text("utf-8"))
    assert len(links) == boxes and set(links) == set(LESSONS)


def test_the_reference_shows_docstrings_as_they_are_meant(pages):
    """A sentence with a colon is no type, prose after a section no parameter."""
    texts = {path.stem: path.read_text("utf-8") for path in (pages / "reference").glob("*.html")}
    assert not any(":raises" in text or "Alias for field" in text for text in texts.values())
    assert "Peak of a float signal up to which it is one: full" in texts["sound"]
    assert "confidence below the bundle’s threshold, silence" in texts["net"]
    assert texts["bias"].index("Returns a BiasReport with accuracy") < texts["bias"].index("<strong>women_right")


def test_solutions_are_folded_and_stubs_stand_before_them(pages):
    source = pages.parent / "source" / "notebooks"
    for stem in LESSONS:
        cells = json.loads((source / f"{stem}.ipynb").read_text("utf-8"))["cells"]
        folded = [cell for cell in cells if "hide-input" in cell["metadata"].get("tags", [])]
        stubs = [cell for cell in cells if lessons.STUB in cell["source"] or lessons.ANSWER in cell["source"]]
        assert stubs and len(folded) >= len(stubs), stem
        secrets = "\n".join(cell["source"] for cell in cells if cell not in folded)
        for cell in lessons.read_source(ROOT / "solutions" / f"{stem}.py").cells:
            if cell.cell_type == "code" and lessons.BEGIN in cell.source:
                lessons.refuse_leaks(stem, lessons.stub_cell(cell.source)[1], secrets)


def test_every_page_opens_without_a_foreign_request_an_error_or_a_dead_link(pages, address, watched):
    page = watched()
    found = sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.html") if "_static" not in path.parts)
    assert len(found) > 20
    links = {}
    for name in found:
        page.goto(f"{address}/{name}")
        hrefs = page.eval_on_selector_all(
            "a[href]", "all => all.map(a => new URL(a.getAttribute('href'), a.baseURI).href)"
        )
        links[name] = [href for href in hrefs if href.startswith(address)]
        links[name] += page.eval_on_selector_all("img[src]", "all => all.map(one => one.src)")
        bare = page.eval_on_selector_all(
            "main img", "all => all.filter(one => !one.alt.trim()).map(one => one.outerHTML)"
        )
        assert [tag[:200] for tag in bare] == [], name
        page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
        cut = page.eval_on_selector_all(
            "main pre, main table:not(.dataframe)",
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText.slice(0, 80))",
        )
        assert cut == [], name
    assert not page.faults, "\n".join(page.faults)
    ids = {name: set(re.findall(r'\bid="([^"]+)"', (pages / name).read_text("utf-8"))) for name in found}
    for name, targets in links.items():
        for target in targets:
            path, _, anchor = target.removeprefix(address).strip("/").partition("#")
            path = path.partition("?")[0] or "index.html"
            assert target.startswith("data:") or (pages / path).exists(), f"{name} links {target}"
            assert not anchor or path not in ids or anchor in ids[path], f"{name} links {target}"


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")])
def test_pages_are_accessible_and_fit_the_window(address, watched, width, scheme):
    page = watched(width, scheme)
    found = ("index", "notebooks/00_start_here", "notebooks/04_gap_cnn", "notebooks/glossary", "reports/README")
    for name in (*found, "notebooks/README", "reference/evaluate", "map", "cluster", "genindex"):
        page.goto(f"{address}/{name}.html")
        page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
        response = Axe().run(page).response
        assert len(response["passes"]) > 10
        faults = [
            (fault["id"], fault["nodes"][0]["html"][:200])
            for fault in response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]
        assert faults == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), name


@pytest.mark.parametrize("stem", LESSONS)
def test_everything_folded_opens_by_keyboard(address, watched, stem):
    page = watched()
    page.goto(f"{address}/notebooks/{stem}.html")
    folded = page.locator("main details")
    assert folded.count() >= 12  # hints, quiz, solutions
    for index in range(folded.count()):
        part = folded.nth(index)
        if not part.evaluate(
            "part => [...document.querySelectorAll('details')].some(d => d !== part && d.contains(part))"
        ):
            assert not part.evaluate("part => part.open")
            part.locator("summary").first.focus()
            page.keyboard.press("Enter")
            assert part.evaluate("part => part.open"), part.inner_text()[:80]


@pytest.mark.parametrize("words, lesson", SEARCHES.items())
def test_the_search_finds_a_term_in_its_lesson(address, watched, words, lesson):
    page = watched()
    page.goto(f"{address}/search.html?q={words.replace(' ', '+')}")
    page.locator(f"#search-results a[href*='{lesson}']").first.wait_for()
