"""The learners' notebooks in a real JupyterLab: every moving picture follows mouse and keyboard, lesson 00 a voice."""

import io
import shutil

import numpy as np
import pytest
import soundfile
from stage import PATIENCE_MS, ROOT, run_lesson, start_lab

from ser_lessons.corpus.voice import SAMPLE_RATE, synthesize
from tools import lessons

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOVING = {
    "00_start_here": 1,
    "01_waveforms": 2,
    "02_spectrograms": 6,
    "03_augmentation": 2,
    "04_gap_cnn": 4,
    "05_training": 2,
    "06_evaluation": 2,
    "07_gender_bias": 4,
    "08_live_inference": 3,
}
"""How many moving pictures each lesson has; each lesson that has any is driven here."""


@pytest.fixture(scope="module", params=MOVING)
def page(request, launch, practice, tmp_path_factory):
    """One lesson as learners get it, all cells run, at 1280 px; its name is `page.lesson`."""
    folder = tmp_path_factory.mktemp("lesson")
    shutil.copy(ROOT / "notebooks" / f"{request.param}.ipynb", folder / "lesson.ipynb")
    server = start_lab(folder, env=lessons.kernel_env())
    voice = folder / "voice.wav"
    signal = synthesize("angry", 1, 1, 1, intensity="strong")
    soundfile.write(voice, np.tile(signal, 3), SAMPLE_RATE, subtype="PCM_16")
    context = launch(wav=voice).new_context(viewport={"width": 1280, "height": 1200}, permissions=["microphone"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.lesson, page.faults = request.param, []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    run_lesson(page, server)
    yield page
    assert page.faults == []
    server.close()


def changed(page, box, gesture):
    """Do something to a moving picture, and wait until it shows another picture with other words."""
    alt = box.locator("img").get_attribute("alt")
    gesture()
    page.wait_for_function(
        "([box, alt]) => { const now = box.querySelector('img'); return now && now.alt !== alt; }",
        arg=[box.element_handle(), alt],
        timeout=PATIENCE_MS,
    )


def test_every_moving_picture_follows_keys_and_mouse(page):
    boxes = page.locator(".ser-moving")
    boxes.nth(MOVING[page.lesson] - 1).wait_for(state="attached")  # the last ones come late on a busy machine
    assert boxes.count() == MOVING[page.lesson]
    for box in boxes.all():
        box.scroll_into_view_if_needed()
        for menu in box.locator("select").all():
            last = menu.locator("option").count() - 1
            changed(page, box, lambda menu=menu, last=last: menu.select_option(index=last))
            menu.focus()
            changed(page, box, lambda: page.keyboard.press("ArrowUp"))
        for field in box.locator(".widget-text input").all():
            field.focus()
            page.keyboard.press("ControlOrMeta+A")
            page.keyboard.type("0 0 0 0 1 0 0 0 0")
            changed(page, box, lambda: page.keyboard.press("Enter"))
        for row in box.locator(".widget-slider").all():
            slider = row.get_by_role("slider")
            assert slider.get_attribute("aria-label")
            slider.focus()
            at_its_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
            key = "ArrowLeft" if at_its_end else "ArrowRight"
            changed(page, box, lambda key=key: page.keyboard.press(key))
            at = row.locator(".noUi-base").bounding_box()
            middle = at["y"] + at["height"] / 2
            changed(page, box, lambda at=at, middle=middle: page.mouse.click(at["x"] + 1, middle))
        assert box.locator("img").count() == 1 and box.get_by_role("alert").count() == 0


def test_no_line_of_code_is_cut_or_folded_and_every_figure_has_its_words(page):
    wide = "one => [...one.querySelectorAll('.cm-scroller')].some((box) => box.scrollWidth > box.clientWidth + 1)"
    tall = "one => [...one.querySelectorAll('.cm-line')].some((line) => line.getClientRects()[0].height > 25)"
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 1200})
        for cell in page.locator(".jp-CodeCell").all():
            cell.scroll_into_view_if_needed()  # what is off the screen has no width
            assert not cell.evaluate(wide) and not cell.evaluate(tall), (width, cell.inner_text())
    assert page.locator(".jp-OutputArea img").evaluate_all("all => all.filter((one) => !one.alt).length") == 0


@pytest.mark.parametrize("page", ["00_start_here"], indirect=True)
def test_the_own_voice_is_recorded_or_uploaded_heard_and_answered(page):
    voice = page.locator(".ser-voice")
    voice.get_by_role("button", name="Record").focus()
    page.keyboard.press("Enter")
    voice.get_by_text("Recording. Speak now").wait_for(timeout=PATIENCE_MS)
    voice.get_by_text("Recorded 3.0 s").wait_for(timeout=PATIENCE_MS)  # it ends by itself
    voice.get_by_role("status").filter(has=page.locator("strong")).wait_for(timeout=PATIENCE_MS)
    assert "your recording" in voice.locator("audio").get_attribute("aria-label")
    assert voice.get_by_role("button", name="Play back").is_enabled()
    sound = io.BytesIO()
    soundfile.write(sound, synthesize("sad", 2, 1, 1), SAMPLE_RATE, format="WAV")
    for name, content in (("mine.wav", sound.getvalue()), ("rubbish.wav", b"no sound at all")):
        with page.expect_file_chooser() as chooser:
            voice.get_by_role("button", name="Upload a sound file").click()
        chooser.value.set_files({"name": name, "mimeType": "audio/wav", "buffer": content})
        heard = f"audio[aria-label*='{name}'], [role=alert]:has-text('{name}')"
        voice.locator(heard).wait_for(timeout=PATIENCE_MS)
    assert "'rubbish.wav' is not a readable sound file" in voice.get_by_role("alert").inner_text()
    assert voice.locator("audio").count() == 0
