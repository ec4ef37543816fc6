"""Figures and moving pictures in a real JupyterLab and a real Voila: alt text in the page, mouse, keyboard, axe."""

import pytest
from stage import PATIENCE_MS, TOKEN, open_lab, run_cell, start_lab, start_voila, write_notebook

pytestmark = pytest.mark.browser

OURS = """import matplotlib.pyplot as plt, numpy as np
from ser_lessons import plots
plots.course_style()
plots.show_mel(np.full((128, 130), -9.0), title="ours")"""
OWN = """fig, ax = plt.subplots()
ax.plot([0, 1, 2], [0, 1, 4])
ax.set(xlabel="time (s)", ylabel="height (m)", title="the learner's own")"""
MOVING = """def draw(frequency_hz, shape):
    time = np.linspace(0, 1, 200)
    wave = np.sin(2 * np.pi * frequency_hz * time)
    fig, ax = plt.subplots()
    ax.plot(time, wave if shape == "sine" else np.sign(wave))
    ax.set(xlabel="time (s)", ylabel="amplitude (full scale)", title=f"{shape} of {frequency_hz} Hz")
    return fig, plots.listen(wave, title=f"{frequency_hz} Hz")
plots.moving(draw, frequency_hz=(1, 9), shape=["sine", "square"])"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    write_notebook(folder / "play.ipynb", OURS, OWN, MOVING)
    return folder


@pytest.fixture(scope="module", params=["lab", "voila"])
def page(request, folder, launch):
    """The notebook, executed, in JupyterLab and as a page of Voila."""
    server = start_lab(folder) if request.param == "lab" else start_voila(folder, folder / "play.ipynb")
    page = launch(fake=False).new_page(viewport={"width": 1280, "height": 1600})
    page.set_default_timeout(PATIENCE_MS)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    if request.param == "lab":
        open_lab(page, server)
        for cell in (1, 2):
            run_cell(page, cell)
    else:
        page.goto(f"{server.url}/?token={TOKEN}", timeout=PATIENCE_MS, wait_until="commit")
    page.locator(".ser-moving .noUi-handle[aria-label]").wait_for(timeout=PATIENCE_MS)
    yield page
    assert page.faults == []
    server.close()


def picture(page, title):
    """The picture whose alt text names this title, once it is there."""
    found = page.locator(f'img[alt*="{title}"]')
    found.wait_for(timeout=PATIENCE_MS)
    return found


def test_each_figure_is_in_the_page_once_with_its_alt_text_and_nothing_below_it(page):
    alt = picture(page, "ours").get_attribute("alt")
    assert alt.startswith("Heat map: ours; time (s) -0.0116 to 3.01; mel band center (Hz)")
    assert "height (m)" in picture(page, "the learner's own").get_attribute("alt")
    assert picture(page, "sine of 5 Hz").is_visible()
    assert page.locator("img[alt]").evaluate_all("all => all.filter((one) => one.naturalWidth > 300).length") == 3
    assert page.get_by_text("Line plot:").count() == 0


def test_a_moving_picture_follows_keys_and_mouse_and_says_so(page):
    slider = page.locator(".ser-moving").get_by_role("slider", name="frequency hz")
    slider.focus()
    page.keyboard.press("ArrowRight")
    picture(page, "sine of 6 Hz")
    assert "Player: 6 Hz" in page.locator(".ser-moving audio").get_attribute("aria-label")
    box = page.locator(".ser-moving .noUi-base").bounding_box()
    page.mouse.click(box["x"] + 1, box["y"] + box["height"] / 2)
    picture(page, "sine of 1 Hz")
    page.locator(".ser-moving").get_by_label("shape").press("ArrowDown")
    assert picture(page, "square of 1 Hz").is_visible()
    assert page.locator(".ser-moving img").count() == 1


def test_axe_finds_no_serious_fault_in_a_moving_picture(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=".ser-moving").response
    faults = [fault["id"] for fault in found["violations"] if fault["impact"] in ("serious", "critical")]
    assert faults == [] and len(found["passes"]) > 5
