"""Servers, pages and gestures shared by the browser tests and `benchmarks/playground.py`."""

import os
import pathlib
import shutil

import nbformat
from servers import Server

from tools import tasks

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "playground-test"
PATIENCE_MS = int(os.environ.get("SER_BROWSER_PATIENCE_MS", 120_000))
"""How long a page may take before a test gives up; no test measures time."""


def find_chromium():
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def browser_flags(*, wav=None, fake=True):
    """Options of Chromium: a microphone that plays `wav` (or beeps), or none at all when `fake` is False."""
    flags = ["--no-sandbox", "--disable-gpu"]
    if fake:
        flags.append("--use-fake-device-for-media-stream")
    if wav:
        flags.append(f"--use-file-for-fake-audio-capture={wav}")
    return flags


def make_clips(folder):
    """Sixteen practice clips as wav files: two voices, eight emotions, one sentence. Returns the folder."""
    import soundfile

    from ser_lessons import corpus
    from ser_lessons.config import EMOTIONS
    from ser_lessons.corpus import practice

    for emotion in EMOTIONS:
        for actor in (1, 2):
            stem = corpus.format_name(emotion=emotion, statement=1, repetition=1, actor=actor)
            signal = practice.synthesize(emotion, actor, 1, 1)
            soundfile.write(folder / f"{stem}.wav", signal, practice.SAMPLE_RATE, subtype="PCM_16")
    (folder / corpus.PRACTICE_MANIFEST).write_text("{}")  # so that every title says that they are synthetic
    return folder


def write_notebook(path, *cells):
    """A notebook with these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def start_lab(folder, *, env=None):
    """JupyterLab with the words of `make lab`, serving only `folder`, opened by TOKEN."""
    return Server(tasks.lab_words(folder), folder, env={"JUPYTER_TOKEN": TOKEN} | (env or {}))


def start_voila(folder, notebook, *, env=None):
    """Voila with the words of `make playground`, opened by TOKEN."""
    return Server(tasks.playground_words(str(notebook)), folder, env={"JUPYTER_TOKEN": TOKEN} | (env or {}))


def open_lab(page, server, notebook="play.ipynb"):
    """Open a notebook in JupyterLab's single-document view and run its first cell."""
    page.goto(f"{server.url}/doc/tree/{notebook}?token={TOKEN}", timeout=PATIENCE_MS, wait_until="commit")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE_MS)  # before that, keys run nothing
    run_cell(page)


def run_lesson(page, server, notebook="lesson.ipynb"):
    """Open a notebook in JupyterLab, run all its cells anew, and wait until the last one is through."""
    page.goto(f"{server.url}/doc/tree/{notebook}?token={TOKEN}", timeout=PATIENCE_MS, wait_until="commit")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE_MS)
    prompts = "[...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')]"
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.wait_for_function(f"() => {prompts}.some((one) => one.textContent.includes('*'))", timeout=PATIENCE_MS)
    page.wait_for_function(f"() => {prompts}.every((one) => /[0-9]/.test(one.textContent))", timeout=4 * PATIENCE_MS)


def run_cell(page, index=0):
    """Run a cell with the keyboard and wait until the kernel is through with it."""
    prompt = page.locator(".jp-CodeCell").nth(index).locator(".jp-InputArea-prompt")
    before = prompt.inner_text(timeout=PATIENCE_MS)
    page.locator(".jp-CodeCell .cm-content").nth(index).click(timeout=PATIENCE_MS)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "([index, before]) => { const now = document.querySelectorAll('.jp-CodeCell')[index]"
        ".querySelector('.jp-InputArea-prompt').innerText; return now !== before && /[0-9]/.test(now); }",
        arg=[index, before],
        timeout=PATIENCE_MS,
    )


def wait_ready(page):
    """Until the net has answered about the first clip and everything is loaded."""
    page.locator(".ser-bars tbody tr").first.wait_for(timeout=PATIENCE_MS)
    page.locator(".ser-progress").get_by_text("Clips:").wait_for(timeout=PATIENCE_MS)


def serial(page):
    """How many updates are on the screen, pictures decoded."""
    return int(page.locator(".ser-playground").get_attribute("data-serial") or 0)


def wait_serial(page, at_least):
    page.wait_for_function(
        "least => Number(document.querySelector('.ser-playground').dataset.serial || 0) >= least",
        arg=at_least,
        timeout=PATIENCE_MS,
    )


def after(page, gesture):
    """Do something and wait for the update that it causes."""
    before = serial(page)
    gesture()
    wait_serial(page, before + 1)


def seen(page):
    """What a learner sees: both pictures (as pixel digests), the bars, the headline."""
    return page.evaluate("""async () => {
      const digest = async (image) => {
        const bytes = await (await fetch(image.src)).arrayBuffer();
        return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].join("-");
      };
      const images = [...document.querySelectorAll(".ser-playground img")];
      const rows = [...document.querySelectorAll(".ser-bars tbody tr")];
      return {
        pictures: await Promise.all(images.map(digest)),
        alts: images.map((image) => image.alt),
        bars: Object.fromEntries(rows.map((row) => [row.dataset.label, Number(row.dataset.percent)])),
        headline: document.querySelector(".ser-headline").textContent,
        subject: document.querySelector(".ser-subject").textContent,
        error: document.querySelector(".ser-error").textContent,
        warnings: [...document.querySelectorAll(".ser-warnings li")].map((line) => line.textContent),
      };
    }""")


def axe_faults(page):
    """(rule, element) of each serious or critical fault that axe finds in the playground's part of the page."""
    from axe_playwright_python.sync_playwright import Axe

    response = Axe().run(page, context=".ser-playground").response
    assert len(response["passes"]) > 10  # it did look
    return [
        (fault["id"], fault["nodes"][0]["html"][:200])
        for fault in response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


def sticking_out(page):
    """Class names of what ends right of the window, apart from what scrolls by itself."""
    return page.evaluate("""() => [...document.querySelectorAll(".ser-playground *")].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > window.innerWidth + 1 && !element.closest(".ser-scroll");
    }).map((element) => element.className || element.tagName)""")


def control(page, label):
    """A control of the playground by the label that a learner reads."""
    return page.locator(".ser-playground").get_by_label(label, exact=True)


def press(page, name):
    page.locator(".ser-playground").get_by_role("button", name=name, exact=True).click()


def slide(page, label, place):
    """Release a slider at a place, as a mouse does."""
    control(page, label).fill(str(place))
