"""The playground as a page of its own (`make playground`): accessible, by keyboard alone, at 800 px."""

import shutil

import pytest
from stage import PATIENCE_MS, ROOT, TOKEN, after, control, press, seen, serial, slide, start_voila, wait_ready

pytestmark = [pytest.mark.browser, pytest.mark.draft]

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
    page.goto(f"{voila.url}/?token={TOKEN}", timeout=PATIENCE_MS, wait_until="commit")
    wait_ready(page)
    return page


def test_the_page_wants_its_token(voila):
    assert voila.status("/") == 403


def test_it_opens_with_a_clip_an_answer_and_no_sound_playing(page):
    now = seen(page)
    assert "acted as angry" in now["subject"] and len(now["bars"]) == 8 and now["error"] == ""
    assert page.get_by_text("practice corpus (synthetic)").is_visible()
    assert page.evaluate("[...document.querySelectorAll('audio')].every((audio) => audio.paused && !audio.autoplay)")


def test_nothing_sticks_out_at_800_px(page):
    wide = page.evaluate("""() => [...document.querySelectorAll(".ser-playground *")].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > window.innerWidth + 1 && !element.closest(".ser-scroll");
    }).map((element) => element.className || element.tagName)""")
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_axe_finds_no_serious_or_critical_fault_in_any_state(page):
    from axe_playwright_python.sync_playwright import Axe

    def faults():
        response = Axe().run(page, context=".ser-playground").response
        assert len(response["passes"]) > 10  # it did look
        return [
            (fault["id"], fault["nodes"][0]["html"][:200])
            for fault in response["violations"]
            if fault["impact"] in ("serious", "critical")
        ]

    after(page, lambda: slide(page, "Mel bands", 0))  # with a warning
    assert faults() == []
    page.locator(".ser-screen summary").first.click()  # with a description open
    control(page, "I answer before the net does").check()
    page.get_by_text("Your turn").wait_for(timeout=PATIENCE_MS)
    assert faults() == []
    page.locator(".ser-screen img").first.evaluate("image => image.removeAttribute('alt')")
    assert [name for name, _ in faults()] == ["image-alt"]  # the gate closes
    after(page, lambda: control(page, "I answer before the net does").uncheck())
    after(page, lambda: press(page, "Reset all changes"))
    assert faults() == []


def test_every_picture_is_described(page):
    alts = seen(page)["alts"]
    assert len(alts) == 2 and alts[0].startswith("Two waveforms of") and alts[1].startswith("Heat map: 130 frames")


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
    assert score.startswith("After 1 clip: you ") and "listeners of RAVDESS" in score
    assert page.locator(".ser-bars tbody tr").count() == 8
    box.focus()
    after(page, lambda: page.keyboard.press("Space"))


def test_tab_alone_reaches_every_control_and_arrows_move_the_sliders(page):
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    wanted = page.evaluate("""() => {
      const all = [...document.querySelectorAll(".ser-playground :is(input, select, button, summary, audio)")];
      const able = all.filter((element) => !element.disabled && element.checkVisibility());
      able.forEach((element, i) => { element.dataset.tabTest = i; });
      return able.length;
    }""")
    control(page, "Emotion").focus()
    reached = set()
    for _ in range(4 * wanted):  # players have several stops each
        place = page.evaluate("document.activeElement?.dataset?.tabTest ?? null")
        reached |= {int(place)} if place is not None else set()
        if page.evaluate(
            "document.activeElement === document.body || !document.activeElement.closest('.ser-playground')"
        ):
            break
        page.keyboard.press("Tab")
    assert reached == set(range(wanted)) and wanted > 20
    slider = control(page, "Pitch")
    slider.focus()
    before = seen(page)
    after(page, lambda: page.keyboard.press("ArrowRight"))
    assert slider.get_attribute("aria-valuetext") == "+0.5 semitones"
    assert seen(page)["pictures"] != before["pictures"]
    button = page.get_by_role("button", name="Reset all changes")
    button.focus()
    after(page, lambda: page.keyboard.press("Enter"))
    assert seen(page)["pictures"] == before["pictures"]


def test_focus_is_visible(page):
    for label in ("Emotion", "Pitch", "Show where the net looked"):
        control(page, label).focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        style = control(page, label).evaluate("element => getComputedStyle(element).outlineStyle")
        assert style == "solid", label
    assert serial(page) > 0
