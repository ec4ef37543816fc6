"""The playground's logic without a browser: settings, the road from sound to answer, history, guesses, pictures."""

import base64
import dataclasses
import datetime
import gc
import html
import io
import re

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
from ser_lessons.playground.history import History, Score
from ser_lessons.playground.pictures import MelPicture, WavePicture, dimming, outline, round_up
from ser_lessons.playground.recorder import Recorder
from ser_lessons.playground.session import YOUR_TURN, Session
from ser_lessons.playground.settings import CONTROLS, Settings, from_places, say_changes, to_places
from ser_lessons.plots import unlabelled
from ser_lessons.sound.hearing import hear

CONFIG = AudioConfig()
REST = Settings.resting(CONFIG)
FIRST = "03-01-05-01-01-01-01"


def sound_of(signal, *, rate=RATE, truth="angry", name="hum"):
    return road.read_sound(road.wav_bytes(signal, rate), name, sample_rate=RATE).again(truth=truth)


@pytest.fixture(scope="module")
def hummed():
    return sound_of(hum())


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"))


# -- settings -------------------------------------------------------------------------------------


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
    with pytest.raises(SerError, match="Hop cannot be 500: choose one of 128 samples"):
        to_places(dataclasses.replace(REST, hop_length=500))


def test_changes_are_said_in_words_and_the_defaults_are_none():
    assert Settings() == REST and REST.front_end(CONFIG) == CONFIG and say_changes(REST) == "as it is"
    changed = dataclasses.replace(REST, n_semitones=2.0, snr_db=10.0)
    assert say_changes(changed) == "Noise (SNR) 10 dB, Pitch +2 semitones"


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a readable sound file"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "is not a readable sound file .*: save it as WAV"),
        (road.wav_bytes(np.zeros(0), RATE), "holds no sound"),
        (bytes(9_000_000), "has 9 MB: cut it"),  # refused before it is decoded
    ],
)
def test_rubbish_is_refused_with_its_name_and_a_way_out(content, message):
    with pytest.raises(BadClip, match=f"'rubbish.wav' {message}"):
        road.read_sound(content, "rubbish.wav", sample_rate=RATE)


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
    assert np.array_equal(analysis.item[..., 0], hear(sound.signal, config=CONFIG).picture)
    answer = road.ask(StubNet(), analysis)
    expected = predict.predict_signal(sound.native, rate, bundle=StubNet())
    assert answer.probabilities == expected.probabilities
    assert (answer.label, answer.abstained) == (expected.label, expected.abstained)
    assert analysis.sound.warnings == expected.warnings
    assert bool(expected.warnings) == (rate == 8_000)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_every_slider_changes_picture_and_answer(control, hummed):
    rest = road.analyze(hummed, REST, CONFIG)
    end = 0 if control.place(getattr(REST, control.name)) else len(control.positions) - 1
    moved = road.analyze(hummed, from_places({control.name: end}), CONFIG)
    assert moved.item.shape == CONFIG.input_shape
    assert moved.item.dtype == np.float32
    assert not np.array_equal(moved.item, rest.item)
    assert road.ask(StubNet(), moved).probabilities != road.ask(StubNet(), rest).probabilities


def test_a_memo_repeats_no_stage_and_gives_the_same_as_no_memo(hummed, monkeypatch):
    memo = {}
    other = sound_of(hum(f0_hz=260.0))
    for sound in (hummed, other, hummed):
        for settings in (REST, from_places({"snr_db": 20}), from_places({"mask_bands": 5}), REST):
            kept = road.analyze(sound, settings, CONFIG, memo=memo)
            assert np.array_equal(kept.item, road.analyze(sound, settings, CONFIG).item)
    calls = []
    monkeypatch.setattr(road, "change_voice", lambda trimmed, *_: calls.append(1) or trimmed)
    for pitch, bands in ((18, 0), (18, 5), (20, 5), (20, 0), (18, 0)):
        road.analyze(hummed, from_places({"n_semitones": pitch, "mask_bands": bands}), CONFIG, memo=memo)
    assert len(calls) == 3


def test_hiding_covers_exactly_the_asked_frames_and_bands():
    mel_db = np.random.default_rng(0).normal(-40, 10, (128, 130)).astype(np.float32)
    hidden = road.hide(mel_db, dataclasses.replace(REST, mask_frames=30, mask_bands=16), CONFIG)
    changed = hidden != mel_db
    assert changed.all(axis=0).sum() == 30 and changed.all(axis=1).sum() == 16
    assert np.array_equal(road.hide(mel_db, REST, CONFIG), mel_db)
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


def test_drowning_in_noise_makes_the_net_abstain(hummed):
    quiet, drowned = road.analyze(hummed, REST, CONFIG), road.analyze(hummed, from_places({"snr_db": 25}), CONFIG)
    assert not road.ask(StubNet(), quiet).abstained
    answer = road.ask(StubNet(), drowned)
    assert drowned.sound.foreign and answer.abstained
    assert words.headline(answer, foreign=True).startswith("Not sure, no clear voice: ")


def test_a_low_probability_makes_the_net_abstain_and_the_page_says_so(hummed):
    session = Session(net=StubNet())
    session.take(hummed)
    parts = session.refresh()
    assert not parts["bars"]["unsure"] and parts["headline"].startswith("The net hears ")
    session.net.threshold = 0.999
    parts = session.refresh()
    assert session.answer.abstained and parts["bars"]["unsure"] and parts["headline"].startswith("Not sure: ")


def answer_of(*values):
    rest = (1 - sum(values)) / (8 - len(values))
    chances = dict(zip(EMOTIONS, [*values, *[rest] * (8 - len(values))]))
    return predict.Prediction("", max(chances, key=chances.get), max(values), chances, False)


def test_headline_and_bars_name_the_top_two_and_the_moves():
    before, now = answer_of(0.5, 0.1), answer_of(0.2, 0.6)
    assert words.headline(now) == "The net hears calm: 60%, then neutral 20%"
    rows = words.bar_rows(now, before)
    assert [row["label"] for row in rows] == list(EMOTIONS)
    assert [(row["rank"], row["percent"], row["move"]) for row in rows[:2]] == [(2, 20.0, -30.0), (1, 60.0, 50.0)]
    assert {row["move"] for row in words.bar_rows(now)} == {0.0}


# -- clips ----------------------------------------------------------------------------------------


def test_choosing_and_drawing_clips(table):
    texts = road.clip_choices(table)
    assert texts["emotion"] == ["calm", "angry"] and texts["actor"] == ["1 (man)", "2 (woman)"]
    chosen = {"actor": "2 (woman)", "sentence": texts["sentence"][1], "sample_rate": RATE}
    sound = road.choose_clip(table, emotion="angry", **chosen)
    assert (sound.name, sound.truth, sound.sample_rate) == ("03-01-05-01-02-01-02", "angry", RATE)
    with pytest.raises(BadClip, match="Actor 2 has no sad clip of sentence Dogs are sitting by the door: choose"):
        road.choose_clip(table, emotion="sad", **chosen)
    rng = np.random.default_rng(0)
    assert {road.draw_clip(table, rng, sample_rate=RATE).name for _ in range(100)} == set(table["stem"])


# -- history and guesses --------------------------------------------------------------------------


def test_history_survives_as_csv_and_forgets_the_oldest(hummed):
    history = History()
    assert history.csv() == ""
    for places in ({}, {"n_semitones": 20}, {"mask_frames": 3}):
        analysis = road.analyze(hummed, from_places(places), CONFIG)
        history.add(analysis, road.ask(StubNet(), analysis))
    read = pd.read_csv(io.StringIO(history.csv()))
    assert list(read["try"]) == [1, 2, 3] and list(read["n_semitones"]) == [0, 2, 0]
    assert np.allclose(read[[f"p_{label}" for label in EMOTIONS]].sum(axis=1), 1, atol=1e-3)
    assert [row["Try"] for row in history.latest(2)] == [3, 2]
    for _ in range(1000):
        history.add(analysis, answer_of(0.5))
    assert len(history.table()) == 1000 and history.n_tried == 1003 and history.table()["try"].iloc[0] == 4


def test_score_counts_own_net_and_listeners():
    assert Score().text == ""
    score = Score().guess(truth="happy", own="happy", net="sad").guess(truth="angry", own="sad", net=None)
    assert (score.n, score.own, score.net) == (2, 1, 0)
    assert score.listeners == pytest.approx(0.366 + 0.746)
    assert score.text == "After 2 clips: you 50%, the net 0%; listeners of RAVDESS named such emotions in 56% of cases."
    assert [Score().guess(truth=name, own=name, net=None).listeners for name in ("calm", "neutral")] == [0.817, 0.817]
    with pytest.raises(SerError, match="no emotion 'bored'"):
        score.guess(truth="happy", own="bored", net=None)


def test_a_guess_comes_before_the_answer_and_the_emotion_stays_hidden(hummed):
    session = Session(net=StubNet())
    session.guessing = True
    session.take(hummed)
    parts = session.refresh()
    assert parts["headline"] == YOUR_TURN and parts["bars"] is None and parts["history"] is None
    told = str([value for value in parts.values() if not isinstance(value, bytes)])
    assert "angry" not in told and "hum" not in told
    session.give_guess("angry")
    parts = session.refresh()
    assert parts["headline"].startswith("The net hears") and len(parts["bars"]["rows"]) == 8
    assert parts["score"].startswith("Right, acted as angry. After 1 clip: you 100%")
    session.give_guess("angry")
    assert session.score.n == 1  # one clip counts once
    session.take(sound_of(hum(), truth=None))
    assert len(session.refresh()["bars"]["rows"]) == 8  # nobody knows what to guess


def test_looking_twice_at_the_same_is_one_row_of_history(hummed):
    session = Session(net=StubNet())
    session.take(hummed)
    session.refresh()
    session.refresh()
    session.settings = from_places({"mask_bands": 2})
    parts = session.refresh()
    assert session.history.n_tried == 2
    assert any(row["move"] for row in parts["bars"]["rows"])
    session.forget()
    assert session.show_history()["history"] is None
    session = Session()  # without a net there are pictures, but no answer
    assert session.refresh() == {}
    session.take(hummed)
    parts = session.refresh()
    assert parts["bars"] is None and parts["wave"] and parts["mel"] and parts["headline"] == ""


# -- pictures -------------------------------------------------------------------------------------


def test_pictures_follow_the_sound_and_come_back_exactly(hummed):
    from matplotlib import pyplot

    open_before = pyplot.get_fignums()  # by other tests of this process
    other = sound_of(hum(peak=0.9, seconds=2.5, f0_hz=300.0))
    activation = StubNet().class_activation(road.analyze(hummed, REST, CONFIG).item)
    for picture, extra in ((WavePicture(), ()), (MelPicture(), (activation,))):
        drawn = []
        for sound, places in ((hummed, {}), (hummed, {"snr_db": 20}), (other, {}), (hummed, {})):
            drawn.append(picture.update(road.analyze(sound, from_places(places), CONFIG), *extra))
        assert drawn[0] == drawn[3] and len(set(drawn)) == 3
        assert drawn[0].startswith(b"\x89PNG") and unlabelled(picture.figure) == []
    assert pyplot.get_fignums() == open_before


@pytest.mark.parametrize("n_mels", [128, 64])
def test_a_tone_lights_up_at_its_frequency(n_mels):
    tone = sound_of(0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * RATE) / RATE))
    analysis = road.analyze(tone, dataclasses.replace(REST, n_mels=n_mels), CONFIG)
    picture = MelPicture()
    picture.update(analysis)
    ticks = [label.get_text() for label in picture.axes.get_yticklabels()]
    place = picture.axes.get_yticks()[ticks.index("1000")]
    bottom, top = picture.image.get_extent()[2:]
    lit = bottom + (analysis.mel_db[:, 60].argmax() + 0.5) * (top - bottom) / n_mels
    assert lit == pytest.approx(place, abs=128 / n_mels)
    hz = float(words.describe_picture(analysis, CONFIG).split(" near ")[1].split()[0])
    assert hz == pytest.approx(1000, rel=0.05)


def test_descriptions_tell_what_is_to_be_seen(hummed):
    analysis = road.analyze(hummed, REST, CONFIG)
    wave = words.describe_wave(analysis, "hum")
    assert "waveforms of hum. Before: 2.5 s, of which 0." in wave and "peak 0.30" in wave
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
    return playground.open(table=table, **{"net": StubNet(), "background": False, **options})


def live_widgets():
    from ipywidgets.widgets import widget

    gc.collect()
    return len(widget._instances)


def text_of(opened, region):
    return html.unescape(re.sub("<[^>]*>", "", opened.regions.get(region, "")))


def touch(opened, **values):
    """Set controls as the page does after a gesture."""
    opened.values = {**opened.values, **values}


def n_bars(opened):
    return opened.regions["bars"].count("data-percent=")


def test_opening_shows_a_clip_and_an_answer_which_follow_the_controls(table):
    opened = open_one(table)
    assert text_of(opened, "error") == "" and text_of(opened, "subject").startswith(f"{FIRST}, acted as angry (2.")
    assert n_bars(opened) == 8 and opened.wave and "Clips: RAVDESS." in text_of(opened, "progress")
    before = opened.mel
    touch(opened, n_semitones=24)
    assert opened.mel != before and re.search("[▲▼]", opened.regions["bars"])
    opened.press("reset")
    assert opened.mel == before and opened.session.settings == REST and opened.values["n_semitones"] == 16
    assert "gray" not in text_of(opened, "mel_title")
    touch(opened, activation=True)
    assert "The net looked mostly around" in text_of(opened, "mel_alt") and "gray" in text_of(opened, "mel_title")


def test_uploads_recordings_and_rubbish(table):
    opened = open_one(table)
    opened.hear(road.wav_bytes(hum(), RATE), "<b>mine.wav")
    assert text_of(opened, "subject").startswith("<b>mine.wav (2.5 s") and "<b>" not in opened.regions["subject"]
    opened.hear(b"rubbish", "bad.wav")
    assert text_of(opened, "error").startswith("'bad.wav' is not a readable sound file")
    assert text_of(opened, "subject").startswith("<b>mine.wav")  # what was there stays
    assert opened.values["upload"] and opened.values["emotion"] == ""  # so the last clip can be chosen again
    touch(opened, emotion="angry")
    assert text_of(opened, "subject").startswith(FIRST) and text_of(opened, "error") == ""
    assert opened.values["actor"] == "1 (man)" and opened.values["upload"] == ""
    opened.hear(road.wav_bytes(hum(rate=48_000), 48_000))
    assert text_of(opened, "subject").startswith("your recording (2.5 s, 48 kHz)") and text_of(opened, "error") == ""


def test_a_voice_that_is_known_is_judged_against_its_own_recordings(table, shipped):
    opened = playground.open(table=table, net=shipped, background=False)
    clips = [road.wav_bytes(hum(f0_hz=f0_hz, seconds=4), RATE) for f0_hz in (110.0, 130.0, 160.0, 100.0, 170.0, 120.0)]
    opened.hear(clips[0])
    touch(opened, one_voice=True)
    assert text_of(opened, "voice").startswith("4 s of this voice are known")
    for content in clips[1:]:
        opened.hear(content)
    assert text_of(opened, "voice").startswith("24 s") and "your recording 6" in text_of(opened, "subject")
    known = predict.Voice([soundfile.read(io.BytesIO(content))[::-1] for content in clips[:5]], bundle=shipped)
    wanted = predict.predict_file(io.BytesIO(clips[5]), bundle=shipped, voice=known)
    assert opened.session.answer.probabilities == pytest.approx(wanted.probabilities, abs=1e-6)
    assert f"below {shipped.known_voice['threshold']:.0%} the net is not sure" in text_of(opened, "bars")
    touch(opened, emotion="angry")
    assert f"below {shipped.threshold:.0%} the net" in text_of(opened, "bars")  # a clip of the corpus: another voice
    touch(opened, one_voice=False)
    assert opened.session.voice is None and text_of(opened, "voice") == ""


@pytest.mark.parametrize("name", ["mine.wav", None])
def test_changes_are_off_for_a_new_recording_and_stay_for_a_refused_one(table, name):
    opened = open_one(table)
    touch(opened, n_semitones=24, mask_bands=5)
    opened.hear(b"rubbish", name)
    assert opened.values["n_semitones"] == 24 and opened.session.settings.n_semitones == 4
    opened.hear(road.wav_bytes(hum(), RATE), name)
    assert opened.session.settings == REST
    assert {name: opened.values[name] for name in to_places(REST)} == to_places(REST)
    assert opened.session.history.table()["change"].iloc[-1] == "as it is"
    touch(opened, emotion="calm", n_semitones=24)
    touch(opened, emotion="angry")
    assert opened.session.settings.n_semitones == 4  # two clips can be compared under the same change


def test_a_long_recording_shows_its_windows_and_plays_the_one_that_is_pressed(table, monkeypatch):
    opened, told = open_one(table), []
    monkeypatch.setattr(opened, "send", told.append)
    parts = [hum(f0_hz=f0_hz, seconds=4) for f0_hz in (110, 260)]
    talk = road.wav_bytes(np.concatenate([parts[0], np.zeros(6 * RATE, np.float32), parts[1]]), RATE)
    spoken = [w for w in predict.predict_windows(io.BytesIO(talk), bundle=StubNet()) if w.label]
    opened.hear(talk, "talk.wav")
    said = re.findall(r'<button [^>]*aria-label="([^"]*)"', opened.regions["timeline"])
    assert [name.split(":")[0] for name in said] == [f"{w.start:.1f} to {w.end:.1f} s" for w in spoken]
    assert all(one.label in name and ("not sure" in name) == one.abstained for name, one in zip(said, spoken))
    assert opened.regions["timeline"].count("ser-unsure") == sum(one.abstained for one in spoken) and told == []
    for number, one in enumerate(spoken):
        opened._handle_custom_msg({"kind": "window", "number": number}, [])
        assert text_of(opened, "subject").startswith(f"talk.wav, {one.start:.1f} to {one.end:.1f} s (")
        answer = opened.session.answer
        assert answer.probabilities == pytest.approx(one.probabilities)
        heard, rate = soundfile.read(io.BytesIO(opened.before))
        assert len(heard) / rate == pytest.approx(one.end - one.start, abs=1e-3)
    assert told == [{"kind": "play"}] * len(spoken) and opened.regions["timeline"].count("<button") == len(spoken)
    for number in (-1, len(spoken), None, "1"):
        opened._handle_custom_msg({"kind": "window", "number": number}, [])
    assert len(told) == len(spoken) and text_of(opened, "error") == ""
    touch(opened, emotion="angry")
    assert opened.regions["timeline"] == ""  # another clip is on the page
    opened.hear(road.wav_bytes(hum(), RATE), "short.wav")
    assert opened.regions["timeline"] == ""


def test_an_emotion_of_a_net_of_ones_own_has_a_bar(table):
    class Bored(StubNet):
        labels = (*EMOTIONS[:7], "boredom")

    assert 'data-label="boredom"' in open_one(table, net=Bored()).regions["bars"]


def test_the_guessing_game_through_the_widget(table):
    opened = open_one(table)
    touch(opened, speed=0)
    n_tried = opened.session.history.n_tried
    touch(opened, guess_first=True)
    assert opened.session.settings == REST and opened.session.history.n_tried == n_tried  # clips as they were spoken
    assert n_bars(opened) == 0 and "emotion" in opened.locked and "give_guess" not in opened.locked
    opened.press("give_guess")
    assert text_of(opened, "error").startswith("Choose an emotion first") and n_bars(opened) == 0
    touch(opened, guess="calm")
    opened.press("give_guess")
    truth = opened.session.sound.truth
    verdict = "Right" if truth == "calm" else "You said calm"
    assert n_bars(opened) == 8 and text_of(opened, "error") == ""
    assert text_of(opened, "score").startswith(f"{verdict}, acted as {truth}. After 1 clip: you ")
    opened.press("next")
    assert text_of(opened, "headline") == YOUR_TURN and opened.values["guess"] == ""
    assert text_of(opened, "score").startswith("After 1 clip")
    touch(opened, guess_first=False)
    assert n_bars(opened) == 8 and "emotion" not in opened.locked and opened.values["emotion"] == "angry"
    opened.press("forget")
    assert opened.regions["history"] == "" and opened.session.history.csv() == ""


def test_a_front_end_other_than_the_default_is_taken_from_the_net(table):
    net = StubNet()
    net.audio = dataclasses.replace(CONFIG, hop_length=256, n_mels=64)
    net.weights = np.ones((8, 64, 259)) / 3000
    opened = open_one(table, net=net)
    assert opened.session.settings.hop_length == 256 and text_of(opened, "error") == ""
    assert opened.values["hop_length"] == 1 and text_of(opened, "warnings") == "" and n_bars(opened) == 8


def test_what_a_page_sends_is_heard(table, monkeypatch):
    opened, told = open_one(table), []
    content = memoryview(road.wav_bytes(hum(), RATE))
    opened._handle_custom_msg({"kind": "file", "filename": "mine.wav"}, [content])
    assert text_of(opened, "subject").startswith("mine.wav")
    opened._handle_custom_msg({"kind": "recording", "rate": RATE}, [content])
    assert text_of(opened, "subject").startswith("your recording")
    opened._handle_custom_msg({"kind": "press", "name": "forget"}, [])
    assert opened.regions["history"] == ""
    monkeypatch.setattr(opened, "send_state", lambda key=None: told.append(key))
    opened._handle_custom_msg({"kind": "hello"}, [])
    assert told == [None]  # a page that was late is told everything again


def test_running_the_cell_again_leaks_nothing_and_what_is_closed_does_not_answer(table):
    counts = []
    for _ in range(4):
        opened = open_one(table)
        counts.append(live_widgets())
    assert len(set(counts)) == 1, counts
    opened.close()
    opened.close()
    assert live_widgets() == counts[0] - 2  # the widget and its layout
    assert opened.comm is None
    serial = opened.serial
    touch(opened, n_semitones=24)
    opened.press("reset")
    opened.hear(road.wav_bytes(hum(), RATE))
    assert opened.serial == serial and opened.wave == b""


def test_a_picture_and_a_sentence_stand_in_where_widgets_do_not_run(table):
    data, metadata = open_one(table)._repr_mimebundle_()
    assert data["text/plain"].startswith("The audio playground:") and metadata["image/png"]["alt"] == data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data and base64.b64decode(data["image/png"])[1:4] == b"PNG"


def test_failures_while_loading_are_said_on_the_page(table):
    class Broken(StubNet):
        def probabilities(self, batch):
            raise RuntimeError("no memory")

    opened = open_one(table, net=Broken(), background=True)
    opened.wait()
    assert text_of(opened, "error") == "The playground could not go on: RuntimeError: no memory"


def test_a_recording_reaches_python_whole():
    recorder, heard = Recorder(seconds=2), []
    recorder.observe(lambda change: heard.append(len(change["new"])), "wav")
    content = road.wav_bytes(hum(), 48_000)
    recorder._handle_custom_msg({"kind": "recording"}, [memoryview(content)])
    recorder._handle_custom_msg({"kind": "other"}, [memoryview(b"x")])
    assert heard == [len(content)] and recorder.wav == content
    for seconds in (0, -1, 31):
        with pytest.raises(BadClip, match="choose more than 0"):
            Recorder(seconds=seconds)


# -- the own voice of lesson 00 -------------------------------------------------------------------


def test_an_own_voice_is_answered_in_the_learners_words_and_can_be_heard_again(shipped):
    voice = playground.own_voice(lambda answer: f"<{answer.label}> {answer.abstained}")
    wav = road.wav_bytes(hum(), RATE)
    voice.recorder.wav = wav
    [answer] = voice.answers
    assert answer == dataclasses.replace(predict.predict_file(io.BytesIO(wav)), file="your recording")
    shown = voice.widget.children[-1].value
    assert f"&lt;{answer.label}&gt; {answer.abstained}" in shown and 'aria-label="Player: your recording' in shown
    file = {"name": "two.wav", "type": "audio/wav", "size": len(wav), "last_modified": datetime.datetime.now()}
    voice.upload.value = [file | {"content": memoryview(wav)}]
    assert [answer.file for answer in voice.answers] == ["your recording", "two.wav"]


def test_what_goes_wrong_with_an_own_voice_is_said_in_its_place(shipped):
    voice = playground.own_voice(lambda answer: answer.no_such_thing)
    for content, said in ((b"no sound", "rubbish.wav"), (road.wav_bytes(hum(), RATE), "no_such_thing")):
        voice.hear(content, "rubbish.wav")
        shown = voice.widget.children[-1].value
        assert shown.startswith('<p role="alert">') and said in shown and "<audio" not in shown
    with pytest.raises(BadClip):
        playground.own_voice(str, seconds=31)


def test_where_no_widget_runs_a_sentence_stands_in_for_the_own_voice():
    data = playground.own_voice(str)._repr_mimebundle_()
    assert data["text/plain"].startswith("Your own voice: run this cell") and data["text/plain"] in data["text/html"]
