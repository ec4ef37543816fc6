"""The playground in a real JupyterLab, in a real browser, with the net of the course."""

import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
from stage import (
    PATIENCE_MS,
    ROOT,
    after,
    axe_faults,
    control,
    open_lab,
    press,
    run_cell,
    seen,
    slide,
    start_lab,
    sticking_out,
    wait_ready,
    wait_serial,
    write_notebook,
)

from ser_lessons.net import predict
from ser_lessons.playground.settings import CONTROLS, Settings

pytestmark = pytest.mark.browser

OPEN = "from ser_lessons import corpus, playground\nplayground.open(table=corpus.scan('clips'))"
COUNT = """import gc, threading
from ipywidgets.widgets import widget
from matplotlib.figure import Figure
gc.collect()
figures = sum(type(one) is Figure for one in gc.get_objects())
threads = sum(one.name.startswith('playground') for one in threading.enumerate())
print('live', len(widget._instances), figures, threads)"""


@pytest.fixture(scope="module")
def spoken(clips, tmp_path_factory):
    """A wav for the fake microphone and its length (s): silence, the clip whose answer is clearest, silence."""
    answers = list(predict.predict_files(sorted(clips.glob("*.wav"))))
    best = max(answers, key=lambda answer: np.diff(np.sort(list(answer.probabilities.values()))[-2:])[0])
    signal, rate = soundfile.read(best.file, dtype="float32")
    path = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    edge = np.zeros(rate // 2, np.float32)
    soundfile.write(path, np.concatenate([edge, signal, *[edge] * 8]), rate, subtype="PCM_16")
    return path, len(edge) / rate + len(signal) / rate


@pytest.fixture(scope="module")
def lab(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "clips").symlink_to(clips)
    write_notebook(folder / "play.ipynb", OPEN, COUNT)
    server = start_lab(folder)
    yield server
    server.close()


@pytest.fixture(scope="module")
def page(lab, launch, spoken):
    context = launch(wav=spoken[0]).new_context(viewport={"width": 1280, "height": 900}, permissions=["microphone"])
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    open_lab(page, lab)
    wait_ready(page)
    return page


@pytest.fixture(autouse=True)
def rested(page):
    """Each test starts with all controls at rest."""
    rest = {control.label: str(control.place(getattr(Settings(), control.name))) for control in CONTROLS}
    if any(control(page, label).input_value() != place for label, place in rest.items()):
        after(page, lambda: press(page, "Reset all changes"))
    yield
    assert page.faults == []


def test_choosing_a_clip_shows_it(page):
    before = seen(page)
    after(page, lambda: control(page, "Emotion").select_option("sad"))
    now = seen(page)
    assert "acted as sad" in now["subject"] and now["pictures"] != before["pictures"]
    assert len(now["bars"]) == 8 and sum(now["bars"].values()) == pytest.approx(100, abs=0.5)
    top_two = sorted(now["bars"], key=now["bars"].get, reverse=True)[:2]
    assert all(label in now["headline"] for label in top_two)
    after(page, lambda: control(page, "Actor").select_option("2 (woman)"))
    assert seen(page)["pictures"] != now["pictures"]


def test_each_slider_moves_picture_and_bars_and_reset_brings_them_back(page):
    rest = seen(page)
    for moving in CONTROLS:
        place = moving.place(getattr(Settings(), moving.name))
        target = 1 if place > len(moving.positions) // 2 else len(moving.positions) - 2
        after(page, lambda moving=moving, target=target: slide(page, moving.label, target))
        moved = seen(page)
        assert moved["pictures"][1] != rest["pictures"][1], moving.label
        assert moved["alts"] != rest["alts"] or moving.name not in ("n_semitones", "speed", "n_mels"), moving.label
        assert moved["bars"] != rest["bars"], moving.label
        assert control(page, moving.label).get_attribute("aria-valuetext") == moving.positions[target][1]
        after(page, lambda: press(page, "Reset all changes"))
        assert seen(page)["pictures"] == rest["pictures"] and seen(page)["bars"] == rest["bars"]


def test_an_uploaded_wav_is_heard_and_rubbish_is_refused_in_words(page, clips):
    clip = sorted(clips.glob("*.wav"))[3]
    picker = control(page, "Sound file (WAV, FLAC, OGG, MP3)")
    mine = {"name": "mine.wav", "mimeType": "audio/wav", "buffer": clip.read_bytes()}
    after(page, lambda: slide(page, "Pitch", 24))
    after(page, lambda: picker.set_input_files(mine))
    assert control(page, "Pitch").get_attribute("aria-valuetext") == "0 semitones"  # all changes are off
    expected = predict.predict_file(clip)
    assert seen(page)["subject"].startswith("mine.wav")
    assert seen(page)["bars"] == {
        label: pytest.approx(100 * p, abs=0.06) for label, p in expected.probabilities.items()
    }
    rubbish = {"name": "rubbish.wav", "mimeType": "audio/wav", "buffer": b"no sound at all"}
    after(page, lambda: picker.set_input_files(rubbish))
    assert "'rubbish.wav' is not a readable sound file" in seen(page)["error"]
    assert page.get_by_role("alert").filter(has_text="rubbish.wav").is_visible()
    assert seen(page)["subject"].startswith("mine.wav")
    empty = io.BytesIO()
    soundfile.write(empty, np.zeros(22_050), 22_050, format="WAV")
    silence = {"name": "silence.wav", "mimeType": "audio/wav", "buffer": empty.getvalue()}
    after(page, lambda: picker.set_input_files(silence))
    assert seen(page)["headline"].startswith("Not sure") and "nothing to hear" in seen(page)["warnings"][0]
    assert picker.evaluate("picker => picker.files[0].name") == "silence.wav"
    after(page, lambda: control(page, "Emotion").select_option("sad"))
    assert "acted as sad" in seen(page)["subject"]
    assert picker.evaluate("picker => picker.files.length") == 0  # no name of a sound that is gone


def test_a_window_of_a_long_recording_plays_when_pressed_by_mouse_and_by_key(page, clips):
    talk, both = io.BytesIO(), [soundfile.read(path) for path in sorted(clips.glob("*.wav"))[:6]]
    soundfile.write(talk, np.concatenate([signal for signal, _ in both]), both[0][1], format="WAV")
    spoken = [one for one in predict.predict_windows(io.BytesIO(talk.getvalue())) if one.label]
    mine = {"name": "talk.wav", "mimeType": "audio/wav", "buffer": talk.getvalue()}
    after(page, lambda: control(page, "Sound file (WAV, FLAC, OGG, MP3)").set_input_files(mine))
    blocks = page.get_by_role("group", name="Emotion over time").get_by_role("button")
    blocks.first.wait_for(timeout=PATIENCE_MS)
    assert blocks.count() == len(spoken) > 3 and axe_faults(page) == [] and sticking_out(page) == []
    page.evaluate(
        "document.querySelector('audio').addEventListener('play', () => { window.plays = (window.plays || 0) + 1; })"
    )
    for number, gesture in enumerate((lambda: blocks.nth(2).click(), lambda: page.keyboard.press("Enter"))):
        blocks.nth(2 - number).focus()
        after(page, gesture)
        one = spoken[2 - number]
        assert seen(page)["subject"].startswith(f"talk.wav, {one.start:.1f} to {one.end:.1f} s")
        assert seen(page)["bars"] == {name: pytest.approx(100 * p, abs=0.06) for name, p in one.probabilities.items()}
        page.wait_for_function(f"window.plays === {number + 1}", timeout=PATIENCE_MS)
        assert blocks.nth(2 - number).evaluate("block => block === document.activeElement")  # it did not lose the focus
    after(page, lambda: control(page, "Emotion").select_option("sad"))
    assert blocks.count() == 0


def test_a_recording_gets_the_label_that_the_command_line_gives(page, spoken):
    wav, seconds = spoken
    command = [sys.executable, "-m", "ser_lessons", "predict", "--json", str(wav)]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    expected = json.loads(answer.stdout)
    expected = expected[0] if isinstance(expected, list) else expected
    before = page.evaluate("Number(document.querySelector('.ser-playground').dataset.serial)")
    press(page, "Record")
    page.get_by_text("Recording. Speak now").wait_for(timeout=PATIENCE_MS)
    left = f"parseFloat(document.querySelector('.ser-left').textContent) < {5.0 - seconds - 0.3}"
    page.wait_for_function("document.querySelector('.ser-recorder meter').value > 0.02", timeout=PATIENCE_MS)
    page.wait_for_function(left, timeout=PATIENCE_MS)
    press(page, "Stop")
    wait_serial(page, before + 1)
    now = seen(page)
    assert now["subject"].startswith("your recording")
    assert max(now["bars"], key=now["bars"].get) == expected["label"]
    for label, p in expected["probabilities"].items():
        assert now["bars"][label] / 100 == pytest.approx(p, abs=0.1)


def test_a_recording_plays_back_only_when_asked(page):
    assert page.evaluate("[...document.querySelectorAll('audio')].every((audio) => audio.paused && !audio.autoplay)")
    press(page, "Play back")
    page.get_by_role("button", name="Stop playing").wait_for(timeout=PATIENCE_MS)
    press(page, "Stop playing")
    page.get_by_role("button", name="Play back").wait_for(timeout=PATIENCE_MS)


def test_a_refused_microphone_is_answered_in_words(page):
    page.context.clear_permissions()  # nobody there to allow it: Chromium without a window refuses
    press(page, "Record")
    message = page.get_by_text("The browser refused the microphone: allow it in the address bar")
    message.wait_for(timeout=PATIENCE_MS)
    assert page.get_by_role("button", name="Record").is_enabled()


def test_where_the_net_looked_is_told_and_shown(page):
    plain = seen(page)
    control(page, "Show where the net looked").check()
    page.locator(".ser-playground img[alt*='The net looked mostly around']").wait_for(timeout=2 * PATIENCE_MS)
    assert seen(page)["pictures"][1] != plain["pictures"][1]
    control(page, "Show where the net looked").uncheck()
    page.locator(".ser-playground img[alt*='The net looked mostly around']").wait_for(
        state="detached", timeout=PATIENCE_MS
    )


def test_axe_finds_no_serious_or_critical_fault_in_the_notebook_either(page):
    after(page, lambda: slide(page, "Window", 0))  # with a warning
    page.locator(".ser-playground summary").first.click()  # and a description
    assert page.locator(".ser-warnings li").is_visible() and axe_faults(page) == []
    page.locator(".ser-playground summary").first.click()
    control(page, "I answer before the net does").check()
    page.get_by_text("Your turn").wait_for(timeout=PATIENCE_MS)
    assert control(page, "Emotion").input_value() == ""  # what was chosen before would look like a hint
    assert axe_faults(page) == []
    button = page.get_by_role("button", name="Reset all changes").element_handle()
    button.evaluate("button => { button.textContent = ''; }")
    assert [name for name, _ in axe_faults(page)] == ["button-name"]  # the gate closes
    button.evaluate("button => { button.textContent = 'Reset all changes'; }")
    after(page, lambda: control(page, "I answer before the net does").uncheck())
    assert control(page, "Emotion").input_value() != ""


def test_keys_reach_the_controls_and_not_the_notebook(page):
    cells = page.locator(".jp-Cell").count()
    for name in ("Emotion", "Show where the net looked", "Hide bands", "Before"):
        control(page, name).focus()
        page.keyboard.press("b")  # JupyterLab would add a cell
        page.keyboard.press("d")
        page.keyboard.press("d")  # and cut one
    for name in ("Record", "Export as CSV"):
        page.locator(".ser-playground").get_by_role("button", name=name).focus()
        page.keyboard.press("b")
    assert page.locator(".jp-Cell").count() == cells
    slider = control(page, "Hide bands")
    slider.focus()
    after(page, lambda: page.keyboard.press("ArrowRight"))
    assert slider.get_attribute("aria-valuetext") == "4 bands"
    after(page, lambda: page.keyboard.press("Home"))
    assert slider.evaluate("slider => slider === document.activeElement")


def test_the_history_is_exported_as_csv(page):
    with page.expect_download(timeout=PATIENCE_MS) as download:
        press(page, "Export as CSV")
    table = pd.read_csv(download.value.path())
    assert download.value.suggested_filename == "playground.csv"
    assert {"try", "sound", "change", "n_semitones", "answer", "p_angry"} <= set(table.columns)
    assert "your recording" in set(table["sound"]) and len(table) > 5


def test_running_the_cell_again_leaks_no_widgets_figures_or_threads(page):
    counts = []
    for _ in range(3):
        run_cell(page, 0)
        page.wait_for_function("document.querySelectorAll('.ser-playground').length === 1", timeout=PATIENCE_MS)
        wait_ready(page)
        run_cell(page, 1)
        counts.append(page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output").inner_text())
    assert counts[0].startswith("live ") and len(set(counts)) == 1, counts
    assert counts[0].split()[2:] == ["2", "1"]  # the two pictures and the one worker of the playground that is open
