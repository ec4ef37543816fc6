"""The playground as a page of its own (`make playground`): accessible, by keyboard alone, at 800 px."""

import shutil

import pytest
from stage import (
    PATIENCE_MS,
    ROOT,
    TOKEN,
    after,
    axe_faults,
    control,
    press,
    seen,
    slide,
    start_voila,
    sticking_out,
    wait_ready,
)

pytestmark = pytest.mark.browser

APP = ROOT / "ser_lessons" / "playground" / "app.ipynb"


@pytest.fixture(scope="module")
def voila(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("voila")
    shutil.copy(APP, folder)
    server = start_voila(folder, folder / "app.ipynb", env={"SER_CORPUS": "ravdess", "SER_RAVDESS": str(clips)})
    yield server
    server.close()


@pytest.fixture(scope="module")
def page(voila, launch):
    """The page in a browser without any microphone, 800 px wide."""
    page = launch(fake=False).new_page(viewport={"width": 800, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{voila.url}/?token={TOKEN}", timeout=PATIENCE_MS, wait_until="commit")
    wait_ready(page)
    return page


def test_it_opens_with_a_clip_an_answer_no_sound_playing_and_nothing_sticking_out_at_800_px(page):
    now = seen(page)
    assert "acted as angry" in now["subject"] and len(now["bars"]) == 8 and now["error"] == ""
    assert page.get_by_text("practice corpus (synthetic)").is_visible()
    wave, mel = now["alts"]
    assert wave.startswith("Line plot: two waveforms of") and mel.startswith("Heat map: 130 frames")
    assert page.evaluate("[...document.querySelectorAll('audio')].every((audio) => audio.paused && !audio.autoplay)")
    assert sticking_out(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_axe_finds_no_serious_or_critical_fault_in_any_state(page):
    after(page, lambda: slide(page, "Mel bands", 0))  # with a warning
    assert axe_faults(page) == []
    page.locator(".ser-playground summary").first.click()  # with a description open
    control(page, "I answer before the net does").check()
    page.get_by_text("Your turn").wait_for(timeout=PATIENCE_MS)
    assert axe_faults(page) == []
    page.locator(".ser-playground img").first.evaluate("image => image.removeAttribute('alt')")
    assert [name for name, _ in axe_faults(page)] == ["image-alt"]  # the gate closes
    after(page, lambda: control(page, "I answer before the net does").uncheck())
    assert control(page, "Mel bands").get_attribute("aria-valuetext") == "128"  # one guesses about unchanged clips
    assert seen(page)["warnings"] == [] and axe_faults(page) == []


def test_without_a_microphone_the_recorder_says_so(page):
    page.context.grant_permissions(["microphone"])
    press(page, "Record")
    page.get_by_text("No microphone was found: plug one in").wait_for(timeout=PATIENCE_MS)


def test_guess_first_by_keyboard(page):
    box = control(page, "I answer before the net does")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_text("Your turn: listen, then choose an emotion.").wait_for(timeout=PATIENCE_MS)
    assert page.locator(".ser-bars tbody tr").count() == 0 and control(page, "Emotion").is_disabled()
    control(page, "I hear").focus()
    page.keyboard.type("sad")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "This is my guess"
    after(page, lambda: page.keyboard.press("Enter"))
    score = page.locator(".ser-score").inner_text()
    assert "acted as " in score and "After 1 clip: you " in score and "listeners of RAVDESS" in score
    assert page.locator(".ser-bars tbody tr").count() == 8
    box.focus()
    after(page, lambda: page.keyboard.press("Space"))


FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || !element.closest(".ser-playground")) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    place: element.dataset.tabTest ?? null,
    ring: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < window.innerHeight,
    what: element.outerHTML.slice(0, 100),
  };
}"""


def test_tab_alone_reaches_every_control_with_a_visible_ring(page):
    wanted = page.evaluate("""() => {
      const all = [...document.querySelectorAll(".ser-playground :is(input, select, button, summary, audio)")];
      const able = all.filter((element) => !element.disabled && element.checkVisibility());
      able.forEach((element, i) => { element.dataset.tabTest = i; });
      return able.length;
    }""")
    control(page, "Actor").focus()
    page.keyboard.press("Shift+Tab")
    reached = set()
    for _ in range(4 * wanted):  # players have several stops each
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        assert focused["ring"] and focused["inside"], focused["what"]
        reached |= {int(focused["place"])} if focused["place"] else set()
        page.keyboard.press("Tab")
    assert reached == set(range(wanted)) and wanted > 20


def test_arrows_move_a_slider_and_enter_resets_it(page):
    slider = control(page, "Pitch")
    slider.focus()
    before = seen(page)
    after(page, lambda: page.keyboard.press("ArrowRight"))
    assert slider.get_attribute("aria-valuetext") == "+0.5 semitones"
    assert seen(page)["pictures"] != before["pictures"] and seen(page)["bars"] != before["bars"]
    button = page.get_by_role("button", name="Reset all changes")
    button.focus()
    after(page, lambda: page.keyboard.press("Enter"))
    assert seen(page)["pictures"] == before["pictures"] and seen(page)["bars"] == before["bars"]
