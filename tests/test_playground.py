"""The playground's logic without a browser: settings, the road from sound to answer, history, guesses, pictures."""

import base64
import dataclasses
import gc
import io
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
from playground_stub import RATE, StubNet, hum, write_corpus

from ser_lessons import playground
from ser_lessons.config import EMOTIONS, AudioConfig
from ser_lessons.errors import BadClip, SerError
from ser_lessons.net import predict
from ser_lessons.playground import road, words
from ser_lessons.playground.history import History, Score, listeners_share
from ser_lessons.playground.parts import Desk, Screen
from ser_lessons.playground.pictures import MelPicture, WavePicture, dimming, outline, round_up
from ser_lessons.playground.recorder import Recorder
from ser_lessons.playground.session import YOUR_TURN, Session
from ser_lessons.playground.settings import CONTROLS, Settings, choose_controls, from_places, say_changes, to_places
from ser_lessons.plots import is_description, unlabelled
from ser_lessons.sound import hearing

CONFIG = AudioConfig()
REST = Settings.resting(CONFIG)


def sound_of(signal, *, rate=RATE, truth="angry", name="hum"):
    return road.read_sound(road.wav_bytes(signal, rate), name, sample_rate=RATE, truth=truth)


@pytest.fixture(scope="module")
def hummed():
    return sound_of(hum())


@pytest.fixture
def table(tmp_path):
    return write_corpus(tmp_path)


# -- settings -------------------------------------------------------------------------------------


def test_the_defaults_are_the_net_s_front_end():
    assert Settings() == REST
    assert REST.front_end(CONFIG) == CONFIG


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_every_position_of_a_slider_survives_the_way_there_and_back(control):
    for place, (value, _) in enumerate(control.positions):
        settings = from_places({control.name: place})
        assert getattr(settings, control.name) == value
        assert to_places(settings)[control.name] == place


def test_a_slider_refuses_places_and_names_it_does_not_have():
    with pytest.raises(SerError, match="Pitch has places 0 to 32, not 33"):
        from_places({"n_semitones": 33})
    with pytest.raises(SerError, match="no control 'volume': choose from top_db"):
        from_places({"volume": 1})
    with pytest.raises(SerError, match="no control 'volume'"):
        choose_controls(["volume"])
    with pytest.raises(SerError, match="Hop cannot be 500: choose one of 128 samples"):
        to_places(dataclasses.replace(REST, hop_length=500))


def test_changes_are_said_in_words():
    assert say_changes(REST) == "as it is"
    assert (
        say_changes(dataclasses.replace(REST, n_semitones=2.0, snr_db=10.0)) == "Noise (SNR) 10 dB, Pitch +2 semitones"
    )


# -- reading --------------------------------------------------------------------------------------


def test_stereo_at_48_khz_is_averaged_and_resampled():
    left = hum(rate=48_000)
    content = io.BytesIO()
    soundfile.write(content, np.stack([left, 0 * left], axis=1), 48_000, format="WAV")
    sound = road.read_sound(content.getvalue(), "stereo.wav", sample_rate=RATE)
    assert (sound.native_rate, sound.sample_rate) == (48_000, RATE)
    assert len(sound.signal) == pytest.approx(sound.seconds * RATE, abs=1)
    assert np.abs(sound.signal).max() == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("content", [b"", b"not a sound", b"RIFF\x10\0\0\0WAVEfmt ", road.wav_bytes(np.zeros(0), RATE)])
def test_rubbish_is_refused_with_its_name_and_a_way_out(content):
    with pytest.raises(BadClip, match=r"'rubbish.wav' (is not a readable sound file .*: save it as|holds no sound)"):
        road.read_sound(content, "rubbish.wav", sample_rate=RATE)


def test_a_file_too_large_for_one_message_is_refused_before_it_is_decoded():
    with pytest.raises(BadClip, match="'long.wav' has 9 MB: cut it"):
        road.read_sound(bytes(9_000_000), "long.wav", sample_rate=RATE)


def test_wav_bytes_are_16_bit_pcm_and_cut_at_full_scale():
    content = road.wav_bytes(np.array([0.0, 0.5, 3.0, -3.0], np.float32), RATE)
    values, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    assert soundfile.info(io.BytesIO(content)).subtype == "PCM_16" and rate == RATE
    assert np.allclose(values, [0, 0.5, 1, -1], atol=1e-4)


# -- the road -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [RATE, 48_000, 8_000])
def test_with_controls_at_rest_the_net_sees_and_says_what_predict_does(rate):
    sound = sound_of(hum(rate=rate), rate=rate)
    analysis = road.analyze(sound, REST, CONFIG)
    picture = hearing.hear(sound.signal, config=CONFIG).picture
    assert np.array_equal(analysis.item[..., 0], picture)
    answer = road.ask(StubNet(), analysis)
    expected = predict.predict_signal(sound.native, rate, bundle=StubNet())
    assert dict(zip(answer.labels, answer.probabilities)) == expected.probabilities
    assert (answer.label, answer.abstained) == (expected.label, expected.abstained)
    assert analysis.warnings == expected.warnings
    assert bool(analysis.warnings) == (rate == 8_000)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_every_slider_changes_picture_and_answer(control, hummed):
    rest = road.analyze(hummed, REST, CONFIG)
    end = 0 if control.place(getattr(REST, control.name)) else len(control.positions) - 1
    moved = road.analyze(hummed, from_places({control.name: end}), CONFIG)
    assert moved.item.shape == CONFIG.input_shape
    assert moved.item.dtype == np.float32
    assert not np.array_equal(moved.item, rest.item)
    assert not np.array_equal(road.ask(StubNet(), moved).probabilities, road.ask(StubNet(), rest).probabilities)


def test_a_memo_gives_the_same_as_no_memo_and_forgets_other_sounds(hummed):
    memo = road.Memo()
    other = sound_of(hum(f0_hz=260.0))
    for sound in (hummed, other, hummed):
        for settings in (REST, from_places({"snr_db": 20}), from_places({"mask_bands": 5}), REST):
            kept = road.analyze(sound, settings, CONFIG, memo=memo)
            assert np.array_equal(kept.item, road.analyze(sound, settings, CONFIG).item)


def test_a_memo_does_not_repeat_a_stage(hummed):
    calls, memo = [], road.Memo()
    for key in (1, 1, 2, 2, 1):
        memo("stage", key, lambda: calls.append(1))
    assert len(calls) == 3


def test_hiding_covers_exactly_the_asked_frames_and_bands():
    mel_db = np.random.default_rng(0).normal(-40, 10, (128, 130)).astype(np.float32)
    hidden = road.hide(mel_db, dataclasses.replace(REST, mask_frames=30, mask_bands=16), CONFIG)
    changed = hidden != mel_db
    assert changed.all(axis=0).sum() == 30 and changed.all(axis=1).sum() == 16
    assert road.hide(mel_db, REST, CONFIG) is mel_db
    half = road.hide(mel_db[:64], dataclasses.replace(REST, mask_bands=16), CONFIG)
    assert (half != mel_db[:64]).all(axis=1).sum() == 8


def test_a_picture_that_fits_is_not_touched_and_another_keeps_its_ends():
    picture = np.random.default_rng(0).normal(size=(64, 259)).astype(np.float32)
    assert road.resize_picture(picture, (64, 259)) is picture
    stretched = road.resize_picture(picture, (128, 130))
    assert stretched.shape == (128, 130)
    assert np.allclose(stretched[[0, 0, -1, -1], [0, -1, 0, -1]], picture[[0, 0, -1, -1], [0, -1, 0, -1]])
    assert np.allclose(road.resize_picture(np.ones((1, 1), np.float32), (3, 2)), 1)


def test_another_front_end_is_said_to_be_one(hummed):
    analysis = road.analyze(hummed, from_places({"n_mels": 4}), CONFIG)
    (warning,) = words.mismatch_warnings(analysis, CONFIG)
    assert "mel bands 64 instead of 128" in warning and "stretched" in warning
    assert words.mismatch_warnings(road.analyze(hummed, REST, CONFIG), CONFIG) == []


@pytest.mark.parametrize(
    ("signal", "rate", "word"),
    [
        (hum(peak=0.002), RATE, "quiet"),
        (np.clip(40 * hum(), -1, 1), RATE, "clipped"),
        (hum(seconds=0.25), RATE, "short"),
        (hum(rate=8000), 8000, "8000 Hz"),
        (0.1 * np.random.default_rng(0).standard_normal(2 * RATE), RATE, "one voice"),
        (np.zeros(RATE), RATE, "nothing to hear"),
    ],
)
def test_sounds_unlike_the_training_data_are_warned_about(signal, rate, word):
    analysis = road.analyze(sound_of(signal, rate=rate), REST, CONFIG)
    assert any(word in warning for warning in analysis.warnings), analysis.warnings


def test_drowning_in_noise_makes_the_net_abstain(hummed):
    quiet, drowned = road.analyze(hummed, REST, CONFIG), road.analyze(hummed, from_places({"snr_db": 25}), CONFIG)
    assert not road.ask(StubNet(), quiet).abstained
    answer = road.ask(StubNet(), drowned)
    assert drowned.foreign and answer.abstained
    assert words.headline(answer).startswith("Not sure: ")


def test_a_low_probability_makes_the_net_abstain(hummed):
    net = StubNet()
    net.threshold = 0.999
    assert road.ask(net, road.analyze(hummed, REST, CONFIG)).abstained


def answer_of(*values, abstained=False):
    rest = (1 - sum(values)) / (8 - len(values))
    return road.Answer(np.array([*values, *[rest] * (8 - len(values))]), EMOTIONS, abstained)


def test_headline_and_bars_name_the_top_two_and_the_moves():
    before, now = answer_of(0.5, 0.1), answer_of(0.2, 0.6)
    assert words.headline(now) == "The net hears calm: 60%, then neutral 20%"
    rows = words.bar_rows(now, road.moves(now, before))
    assert [row["label"] for row in rows] == list(EMOTIONS)
    assert [(row["rank"], row["percent"], row["move"]) for row in rows[:2]] == [(2, 20.0, -30.0), (1, 60.0, 50.0)]
    assert set(road.moves(now, None).values()) == {0.0}


# -- clips ----------------------------------------------------------------------------------------


def test_picking_and_drawing_clips(table):
    row = road.pick_clip(table, emotion="angry", actor=2, statement=2)
    assert (row["emotion"], row["actor"], row["statement"]) == ("angry", 2, 2)
    with pytest.raises(BadClip, match="Actor 2 has no sad clip of sentence 1"):
        road.pick_clip(table, emotion="sad", actor=2, statement=1)
    rng = np.random.default_rng(0)
    drawn = {road.draw_clip(table, rng)["stem"] for _ in range(100)}
    assert drawn == set(table["stem"])


# -- history and guesses --------------------------------------------------------------------------


def test_history_survives_as_csv(hummed):
    history = History()
    assert history.csv() == ""
    for places in ({}, {"n_semitones": 20}, {"mask_frames": 3}):
        analysis = road.analyze(hummed, from_places(places), CONFIG)
        history.add(analysis, road.ask(StubNet(), analysis))
    read = pd.read_csv(io.StringIO(history.csv()))
    assert list(read["try"]) == [1, 2, 3] and list(read["n_semitones"]) == [0, 2, 0]
    assert np.allclose(read[[f"p_{label}" for label in EMOTIONS]].sum(axis=1), 1, atol=1e-3)
    assert [row["Try"] for row in history.latest(2)] == ["3", "2"]


def test_history_forgets_the_oldest(hummed):
    history, analysis = History(), road.analyze(hummed, REST, CONFIG)
    for _ in range(1003):
        history.add(analysis, answer_of(0.5))
    assert len(history.table()) == 1000 and history.n_tried == 1003
    assert history.table()["try"].iloc[0] == 4


def test_score_counts_own_net_and_listeners():
    assert Score().text == ""
    score = Score().guess(truth="happy", own="happy", net="sad").guess(truth="angry", own="sad", net=None)
    assert (score.n, score.own, score.net) == (2, 1, 0)
    assert score.listeners == pytest.approx(0.366 + 0.746)
    assert score.text == "After 2 clips: you 50%, the net 0%; listeners of RAVDESS named such emotions in 56% of cases."
    assert listeners_share("calm") == listeners_share("neutral") == 0.817
    with pytest.raises(SerError, match="no emotion 'bored'"):
        score.guess(truth="happy", own="bored", net=None)


def test_the_screen_is_told_when_the_net_is_not_sure(hummed):
    session = Session(net=StubNet())
    session.take(hummed)
    assert session.refresh()["unsure"] is False
    session.net.threshold = 0.999
    assert session.refresh()["unsure"] is True


def test_a_guess_comes_before_the_answer_and_the_emotion_stays_hidden(hummed):
    session = Session(net=StubNet())
    session.guessing = True
    session.take(hummed)
    parts = session.refresh()
    assert parts["headline"] == YOUR_TURN and parts["bars"] == [] and parts["history"] == []
    assert "angry" not in str({**parts, "sounds": "", "pictures": [p["alt"] for p in parts["pictures"]]})
    assert "hum" not in parts["pictures"][0]["alt"]
    session.give_guess("angry")
    parts = session.refresh()
    assert parts["headline"].startswith("The net hears") and len(parts["bars"]) == 8
    assert parts["score"].startswith("Right, acted as angry. After 1 clip: you 100%")
    session.give_guess("angry")
    assert session.score.n == 1  # one clip counts once


def test_a_sound_without_a_known_emotion_is_answered_at_once():
    session = Session(net=StubNet())
    session.guessing = True
    session.take(sound_of(hum(), truth=None))
    assert len(session.refresh()["bars"]) == 8


def test_looking_twice_at_the_same_is_one_row_of_history(hummed):
    session = Session(net=StubNet())
    session.take(hummed)
    session.refresh()
    session.refresh()
    session.settings = from_places({"mask_bands": 2})
    parts = session.refresh()
    assert session.history.n_tried == 2
    assert any(row["move"] for row in parts["bars"])
    session.forget()
    assert session.show_history()["history"] == []


def test_without_a_net_there_are_pictures_but_no_answer(hummed):
    session = Session()
    session.take(hummed)
    parts = session.refresh()
    assert parts["bars"] == [] and len(parts["pictures"]) == 2
    assert Session().refresh() == {}


# -- pictures -------------------------------------------------------------------------------------


def test_pictures_follow_the_sound_and_come_back_exactly(hummed):
    from matplotlib import pyplot

    other = sound_of(hum(peak=0.9, seconds=2.5, f0_hz=300.0))
    activation = StubNet().class_activation(road.analyze(hummed, REST, CONFIG).item)
    for picture, extra in ((WavePicture(), ()), (MelPicture(), (activation,))):
        drawn = []
        for sound, places in ((hummed, {}), (hummed, {"snr_db": 20}), (other, {}), (hummed, {})):
            drawn.append(picture.update(road.analyze(sound, from_places(places), CONFIG), *extra))
        assert drawn[0] == drawn[3] and len(set(drawn)) == 3
        assert drawn[0].startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def test_axes_name_their_units():
    wave, mel = WavePicture(), MelPicture()
    assert unlabelled(wave.figure) == unlabelled(mel.figure) == []
    assert mel.image.colorbar.ax.get_ylabel() == "level (dB re max)"


def test_a_tone_lights_up_at_its_frequency():
    tone = sound_of(0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * RATE) / RATE))
    analysis = road.analyze(tone, REST, CONFIG)
    picture = MelPicture()
    picture.update(analysis)
    low, high = picture.image.get_extent()[2:]
    row = analysis.mel_db[:, 60].argmax()
    from ser_lessons.sound.features import hz_to_mel

    assert low + (row + 0.5) / 128 * (high - low) == pytest.approx(float(hz_to_mel(1000)), abs=(high - low) / 128)
    assert "near 10" in words.describe_picture(analysis, CONFIG) or "near 99" in words.describe_picture(
        analysis, CONFIG
    )


def test_descriptions_tell_what_is_to_be_seen(hummed):
    analysis = road.analyze(hummed, REST, CONFIG)
    wave = words.describe_wave(analysis)
    assert "Before: 2.5 s, of which 0." in wave and "peak 0.30" in wave
    picture = words.describe_picture(analysis, CONFIG, activation=np.eye(128, 130))
    assert picture.startswith("Heat map: 130 frames (0-3.0 s) by 128 mel bands (0-11.0 kHz), -80 to 0 dB")
    f0 = float(picture.split("F0 median ")[1].split()[0])
    assert 140 < f0 < 165
    assert "looked mostly around 1.5 s" in picture
    silent = road.analyze(sound_of(np.zeros(RATE)), REST, CONFIG)
    assert "nothing voiced" in words.describe_picture(silent, CONFIG, activation=np.zeros((128, 130)))


@pytest.mark.parametrize(("seconds", "ends"), [(1.5, (3, 3)), (4.0, (4, 4)), (20.0, (20, 6))])
def test_before_and_after_share_their_time_scale(seconds, ends):
    picture = WavePicture()
    picture.update(road.analyze(sound_of(hum(seconds=seconds, silence=0)), REST, CONFIG))
    assert [axes.get_xlim() for axes in picture.axes] == [(0, pytest.approx(end)) for end in ends]


def test_outline_keeps_peaks_and_axes_stay_steady():
    signal = np.zeros(66_150, np.float32)
    signal[40_000] = 0.7
    seconds, values = outline(signal, RATE)
    assert values.max() == np.float32(0.7) and seconds[values.argmax()] == pytest.approx(40_000 / RATE, abs=0.01)
    assert [round_up(peak) for peak in (0.0, 0.11, 0.3, 4.2, 7.3)] == [0.02, 0.2, 0.3, 5.0, 8.0]
    assert dimming(np.ones((2, 2)))[..., 3].max() == 0 and dimming(None).max() == 0


# -- the widget, without a browser ----------------------------------------------------------------


def open_one(table, **options):
    return playground.open(table=table, net=StubNet(), background=False, **options)


def live_widgets():
    from ipywidgets.widgets import widget

    gc.collect()
    return len(widget._instances)


def test_opening_shows_a_clip_and_an_answer(table):
    opened = open_one(table)
    screen = opened._screen
    assert screen.error == "" and screen.subject.startswith("03-01-05-01-01-01-01, acted as angry (2.")
    assert len(screen.bars) == 8 and len(screen.pictures) == 2 and screen.progress["value"] == 1
    before = screen.pictures[1]["png"]
    opened._change.values = {**opened._change.values, "n_semitones": 24}
    assert screen.pictures[1]["png"] != before and any(row["move"] for row in screen.bars)
    opened._change._handle_custom_msg({"kind": "press", "name": "reset"}, [])
    assert screen.pictures[1]["png"] == before
    assert opened.session.settings == REST


def test_uploads_recordings_and_rubbish(table):
    opened = open_one(table)
    upload = {"kind": "file", "name": "upload", "filename": "mine.wav"}
    opened._source._handle_custom_msg(upload, [memoryview(road.wav_bytes(hum(), RATE))])
    assert opened._screen.subject.startswith("mine.wav (2.5 s") and opened._screen.error == ""
    opened._source._handle_custom_msg({**upload, "filename": "bad.wav"}, [memoryview(b"rubbish")])
    assert opened._screen.error.startswith("'bad.wav' is not a readable sound file")
    assert opened._screen.subject.startswith("mine.wav")  # what was there stays
    assert opened._source.values == {"upload": "mine.wav"}  # no clip is shown, and the last one can be chosen again
    opened._source.values = {"emotion": "angry"}
    assert opened._screen.subject.startswith("03-01-05-01-01-01-01") and opened._screen.error == ""
    assert opened._source.values["actor"] == "1 (man)" and "upload" not in opened._source.values
    opened._recorder._handle_custom_msg({"kind": "recording"}, [memoryview(road.wav_bytes(hum(rate=48_000), 48_000))])
    assert opened._screen.subject.startswith("your recording (2.5 s, 48 kHz)") and opened._screen.error == ""


def test_the_guessing_game_through_the_widget(table):
    opened = open_one(table)
    opened._change.values = {**opened._change.values, "speed": 0}
    n_tried = opened.session.history.n_tried
    opened._guess.values = {"guess_first": True, "guess": ""}
    assert opened.session.settings == REST and opened.session.history.n_tried == n_tried  # clips as they were spoken
    assert opened._screen.bars == [] and opened._source.locked and "give_guess" not in opened._guess.locked
    opened._guess._handle_custom_msg({"kind": "press", "name": "give_guess"}, [])
    assert opened._screen.error.startswith("Choose an emotion first") and opened._screen.bars == []
    opened._guess.values = {"guess_first": True, "guess": "calm"}
    opened._guess._handle_custom_msg({"kind": "press", "name": "give_guess"}, [])
    truth = opened.session.sound.truth
    verdict = "Right" if truth == "calm" else "You said calm"
    assert len(opened._screen.bars) == 8 and opened._screen.error == ""
    assert opened._screen.score.startswith(f"{verdict}, acted as {truth}. After 1 clip: you ")
    opened._guess._handle_custom_msg({"kind": "press", "name": "next"}, [])
    assert opened._screen.headline == YOUR_TURN and opened._guess.values["guess"] == ""
    assert opened._screen.score.startswith("After 1 clip")
    opened._guess.values = {"guess_first": False, "guess": "calm"}
    assert len(opened._screen.bars) == 8 and opened._source.locked == []


def test_a_front_end_other_than_the_default_is_taken_from_the_net(table):
    net = StubNet()
    net.audio = dataclasses.replace(CONFIG, hop_length=256, n_mels=64)
    net.weights = np.ones((8, 64, 259)) / 3000
    opened = playground.open(table=table, net=net, background=False)
    assert opened.session.settings.hop_length == 256 and opened._screen.error == ""
    assert opened._change.values["hop_length"] == 1 and opened._screen.warnings == []


def test_activation_follows_the_answer(table):
    opened = open_one(table)
    assert "gray" not in opened._screen.pictures[1]["title"]
    opened._change.values = {**opened._change.values, "activation": True}
    assert "The net looked mostly around" in opened._screen.pictures[1]["alt"]


def test_a_page_that_was_late_is_told_everything_again(table, monkeypatch):
    opened, told = open_one(table), []
    monkeypatch.setattr(Desk, "send_state", lambda self, key=None: told.append(self))
    monkeypatch.setattr(Screen, "send_state", lambda self, key=None: told.append(self))
    for part in (opened._source, opened._screen):
        part._handle_custom_msg({"kind": "hello"}, [])
    assert told == [opened._source, opened._screen]


def test_running_the_cell_again_leaks_nothing(table):
    counts = []
    for _ in range(4):
        opened = open_one(table)
        counts.append(live_widgets())
    assert len(set(counts)) == 1, counts
    opened.close()
    opened.close()
    assert live_widgets() < counts[0] - 10
    assert opened._screen.comm is None and not opened._change._trait_notifiers.get("values")


def test_a_closed_playground_does_not_answer(table):
    opened = open_one(table)
    opened.close()
    serial = opened._screen.serial
    opened._move()
    opened._guarded(opened._move)()
    assert opened._screen.serial <= serial + 1


def test_the_small_form_has_only_what_was_asked_and_no_net(table):
    opened = playground.open_small("top_db", "snr_db", picture="wave", table=table)
    names = [control["name"] for group in opened._change.spec for control in group["controls"]]
    assert names == ["top_db", "snr_db", "reset"]
    screen = opened._screen
    assert [picture["name"] for picture in screen.pictures] == ["wave"] and screen.bars == screen.warnings == []
    assert [sound["name"] for sound in screen.sounds] == ["before", "after"]
    before = screen.pictures[0]["png"], screen.sounds[1]["wav"]
    opened._change.values = {**opened._change.values, "snr_db": 20}
    assert screen.pictures[0]["png"] != before[0] and screen.sounds[1]["wav"] != before[1]
    assert screen.sounds[0]["wav"] == opened.session._sounds()[0]["wav"]
    opened._change._handle_custom_msg({"kind": "press", "name": "reset"}, [])
    assert (screen.pictures[0]["png"], screen.sounds[1]["wav"]) == before and screen.history == []
    opened._source.values = {**opened._source.values, "emotion": "calm"}
    assert "acted as calm" in screen.subject and screen.error == ""


def test_the_small_form_never_imports_a_net(table):
    folder = os.path.dirname(table["path"].iloc[0])
    source = (
        "import sys; from ser_lessons import corpus, playground; "
        f"playground.open_small('n_fft', picture='mel', table=corpus.scan({folder!r})); "
        "heavy = {'tensorflow', 'keras', 'ai_edge_litert', 'librosa', 'ser_lessons.net.bundle'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_where_only_the_picture_changes_one_player_is_enough(table):
    opened = playground.open_small("n_fft", "n_mels", picture="mel", table=table)
    assert [sound["title"] for sound in opened._screen.sounds] == ["Listen"]
    (picture,) = opened._screen.pictures
    assert picture["name"] == "mel" and picture["title"].startswith("Log-mel spectrogram")
    opened._change.values = {**opened._change.values, "n_mels": 0}
    assert "by 16 mel bands" in opened._screen.pictures[0]["alt"] and opened._screen.warnings == []


def test_the_small_form_refuses_what_it_cannot_show(table):
    for controls, picture, message in (
        (["volume"], "mel", "no control 'volume'"),
        ([], "mel", "needs a control: choose from top_db"),
        (["top_db"], "net", "no picture 'net': choose one of wave, mel"),
    ):
        with pytest.raises(SerError, match=message):
            playground.open_small(*controls, picture=picture, table=table)
    assert playground.control_names() == tuple(control.name for control in CONTROLS)


@pytest.mark.parametrize(("picture", "kind"), [("wave", "Line plot: two waveforms"), ("mel", "Heat map: 130 frames")])
def test_the_small_form_leaves_its_picture_and_a_sentence_in_the_notebook(table, picture, kind):
    opened = playground.open_small("top_db", picture=picture, table=table)
    shown = opened._screen.pictures[0]["png"]
    data, metadata = opened._repr_mimebundle_()
    assert is_description(data["text/plain"]) and data["text/plain"].startswith(kind)
    assert metadata == {"image/png": {"alt": data["text/plain"]}}
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG") and len(data["image/png"]) < 200_000
    assert opened._repr_mimebundle_()[0]["image/png"] == data["image/png"]
    opened._refresh()
    assert opened._screen.pictures[0]["png"] == shown  # the still left nothing in the moving picture


def test_failures_while_loading_are_said_on_the_screen(table):
    class Broken(StubNet):
        def probabilities(self, batch):
            raise RuntimeError("no memory")

    opened = playground.open(table=table, net=Broken(), background=True)
    opened._pool.shutdown(wait=True)
    assert opened._screen.error == "The playground could not go on: RuntimeError: no memory"


def test_where_widgets_do_not_run_a_picture_and_its_description_stand_in(table):
    opened = open_one(table)
    data = opened._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    assert data["text/plain"].startswith("The audio playground:")
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_recording_is_written_only_when_saved(tmp_path):
    recorder = Recorder(seconds=2)
    with pytest.raises(BadClip, match="Nothing has been recorded yet"):
        recorder.save(tmp_path / "a.wav")
    heard = []
    recorder.observe(lambda change: heard.append(len(change["new"])), "wav")
    content = road.wav_bytes(hum(), 48_000)
    recorder._handle_custom_msg({"kind": "recording"}, [memoryview(content)])
    recorder._handle_custom_msg({"kind": "other"}, [memoryview(b"x")])
    assert heard == [len(content)] and list(tmp_path.iterdir()) == []
    assert recorder.save(tmp_path / "a.wav").read_bytes() == content
    for seconds in (0, -1, 31):
        with pytest.raises(BadClip, match="choose more than 0"):
            Recorder(seconds=seconds)
