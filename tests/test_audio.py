"""Loading, trimming and fitting give librosa's numbers, on every format, and survive the edges."""

import io
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_files import voice

from ser_lessons.config import AudioConfig
from ser_lessons.errors import BadClip
from ser_lessons.sound import audio, hearing

RATE = 22_050
SOUNDS = st.builds(
    lambda seed, n, level, start: _burst(seed, n, level, start),
    st.integers(0, 2**32 - 1),
    st.integers(1, 30_000),
    st.floats(-100, 0),
    st.floats(0, 1),
)


def _burst(seed, n_samples, level_db, start):
    """Noise that is loud in one part and lies at `level_db` elsewhere; float32, shape (n_samples,)."""
    sound = np.random.default_rng(seed).standard_normal(n_samples) * 10 ** (level_db / 20)
    first = int(start * n_samples)
    sound[first : first + n_samples // 3 + 1] /= 10 ** (level_db / 20)
    return (0.1 * sound).astype(np.float32)


def trim(signal, top_db=20.0):
    return hearing.hear(signal, config=AudioConfig(top_db=top_db)).trimmed


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_rate_and_channels_load_as_librosa_loads_them(tmp_path, rate, channels):
    import librosa

    sound = np.stack([voice(0.7, rate) * (i + 1) / channels for i in range(channels)], axis=1)
    soundfile.write(tmp_path / "x.wav", sound, rate, subtype="PCM_24")
    expected, _ = librosa.load(tmp_path / "x.wav", sr=RATE)
    np.testing.assert_allclose(audio.load(tmp_path / "x.wav"), expected, atol=1e-6)


@pytest.mark.parametrize("ending, tolerance", [("wav", 1e-4), ("flac", 1e-4), ("ogg", 0.02), ("mp3", 0.02)])
def test_every_format_holds_the_same_sound(tmp_path, ending, tolerance):
    soundfile.write(tmp_path / f"x.{ending}", voice(), RATE)
    found = audio.load(tmp_path / f"x.{ending}")
    assert len(found) >= len(voice())
    assert np.abs(found[: len(voice())] - voice()).max() < tolerance


def write_media(path, signal, rate=48_000, **options):
    """A file as a telephone makes it, by PyAV."""
    av = pytest.importorskip("av", reason="PyAV is an extra: pip install av")
    codec = {".webm": "libopus", ".wma": "wmav2"}.get(path.suffix, "aac")
    form = {".aac": "adts", ".wma": "asf", ".m4a": "ipod"}.get(path.suffix)
    with av.open(str(path), "w", format=form, options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono", bit_rate=64_000)
        for start in range(0, len(signal), 960):
            frame = av.AudioFrame.from_ndarray(signal[None, start : start + 960], "flt", "mono")
            frame.rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("ending", ["m4a", "mp4", "aac", "webm", "3gp", "wma"])
def test_what_telephones_record_is_heard_through_pyav(tmp_path, ending, monkeypatch):
    signal = voice(2.0, 48_000)
    path = tmp_path / f"memo.{ending}"
    write_media(path, signal)
    expected = audio.resample(signal, 48_000, RATE)
    for source in (path, io.BytesIO(path.read_bytes())):
        found = audio.read_mono(source, name=path.name)
        assert found.sample_rate == 48_000 and abs(len(found.signal) / 48_000 - 2) < 0.15
        level = np.abs(np.fft.rfft(audio.resample(found.signal, 48_000, RATE), 2**17))
        assert np.corrcoef(level, np.abs(np.fft.rfft(expected, 2**17)))[0, 1] > 0.95
    (tmp_path / f"no.{ending}").write_bytes(path.read_bytes()[:40])
    with pytest.raises(BadClip, match="no\\..*: (save|record) it again|is not a readable"):
        audio.load(tmp_path / f"no.{ending}")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(BadClip, match=f'pip install av`, or convert .* `ffmpeg -i "memo.{ending}" "memo.wav"`'):
        audio.load(path)


@pytest.mark.parametrize("ending", ["wav", "aiff", "ogg", "opus", "mp3", "webm", "flac", "m4a"])
def test_a_cut_file_is_never_taken_for_a_whole_one(tmp_path, ending):
    """A header that promises more than there is, a last page that is not whole, or a decoder that stops too early."""
    path, cut, signal = tmp_path / f"x.{ending}", tmp_path / f"cut.{ending}", voice(9.0, 48_000)
    if ending in ("m4a", "webm"):
        write_media(path, signal)
    else:
        soundfile.write(path, signal, 48_000, format="OGG" if ending == "opus" else None)
    content = path.read_bytes()
    cut.write_bytes(content[: len(content) * 6 // 10])
    assert audio.is_whole(path) and not audio.is_whole(cut)
    assert audio.read_mono(path).remarks == audio.read_mono(io.BytesIO(content), name=path.name).remarks == ()
    if ending in ("flac", "m4a"):
        with pytest.raises(BadClip, match="not a readable sound file"):
            audio.load(cut)
        return
    found = audio.read_mono(io.BytesIO(cut.read_bytes()), name=cut.name)
    assert "cut off" in found.remarks[0] and found.seconds == pytest.approx(len(found.signal) / 48_000)
    assert "cut off" in hearing.hear(cut).warnings[0]
    for read in (audio.load, lambda path: list(audio.windows(path, seconds=3, every=3))):
        with pytest.warns(UserWarning, match=f"'cut.{ending}': cut off before the end"):
            read(cut)


@pytest.mark.parametrize("size", [0x7FFFF000, 0xFFFFFFFF, 0])
def test_a_wav_of_unknown_length_is_whole(tmp_path, size):
    """As sox and ffmpeg write into a pipe."""
    soundfile.write(tmp_path / "x.wav", voice(), RATE)
    content = bytearray((tmp_path / "x.wav").read_bytes())
    content[4:8] = size.to_bytes(4, "little")
    (tmp_path / "x.wav").write_bytes(content)
    assert audio.is_whole(tmp_path / "x.wav") and audio.read_mono(tmp_path / "x.wav").remarks == ()


@pytest.mark.parametrize("ending", ["webm", "aac", "amr"])
def test_a_file_that_does_not_tell_its_length_lasts_as_long_as_its_sound(tmp_path, ending):
    """What browsers record was said to last for a million years; of raw AAC and AMR the length was a guess."""
    path, options = tmp_path / f"x.{ending}", {"live": "1"} if ending == "webm" else {}
    if ending == "amr":
        path.write_bytes(b"#!AMR\n" + 200 * (b"\x3c" + bytes(range(31))))
    else:
        write_media(path, np.concatenate([voice(2.0, 48_000), np.zeros(96_000, np.float32)]), **options)
    found = audio.read_mono(path)
    lasts = len(found.signal) / found.sample_rate
    assert (found.seconds, lasts) == pytest.approx((4, 4), abs=0.1) and found.remarks == ()


@pytest.mark.parametrize("every", [0.5, 1.5, 3, 4])
@pytest.mark.parametrize("n_samples", [100, 8000 * 3, 8000 * 10 + 1])
def test_windows_are_the_pieces_of_the_whole(tmp_path, every, n_samples):
    signal = np.random.default_rng(3).uniform(-0.5, 0.5, n_samples).astype(np.float32)
    soundfile.write(tmp_path / "long.wav", signal, 8000, subtype="FLOAT")
    found = list(audio.windows(tmp_path / "long.wav", seconds=3, every=every))
    for number, (start, piece, rate) in enumerate(found):
        assert (start, rate) == (number * every, 8000)
        first = round(start * rate)
        np.testing.assert_array_equal(piece, signal[first : first + 3 * rate])
    last_start, last, _ = found[-1]
    assert last_start * 8000 + len(last) == n_samples or every > 3


def test_windows_of_floats_that_hold_16_bit_numbers_are_divided_alike(tmp_path):
    """Each was judged by itself: a pause of samples up to 10 stayed, ten times above full scale."""
    signal = np.r_[np.full(8000, 5 / 32768), np.full(8000, 0.5), np.zeros(1)].astype(np.float32)
    soundfile.write(tmp_path / "x.wav", 32768 * signal, 8000, subtype="FLOAT")
    with pytest.warns(UserWarning, match="'x.wav': samples up to 16384.* divided by 32768"):
        found = [piece for _, piece, _ in audio.windows(tmp_path / "x.wav", seconds=1, every=1)]
    np.testing.assert_array_equal(np.concatenate(found), signal)


def test_only_the_first_minute_is_read_in_blocks_of_at_most_a_million_numbers(tmp_path, monkeypatch):
    """Memory hangs on it: a minute of eight channels is 85 MB, and a header may claim a thousand channels."""
    soundfile.write(tmp_path / "long.wav", np.full((8000 * 90, 8), 0.25), 8000)
    real, blocks = soundfile.SoundFile.read, []
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda file, n, **k: blocks.append(n) or real(file, n, **k))
    recording = audio.read_mono(tmp_path / "long.wav")
    assert len(recording.signal) == sum(blocks) == 60 * 8000
    assert recording.seconds == 90
    assert len(blocks) == 4 and 8 * max(blocks) == 2**20


@given(SOUNDS, st.sampled_from([10.0, 20.0, 40.0]))
@settings(max_examples=60, deadline=None)
def test_trimming_equals_librosa(sound, top_db):
    import librosa

    expected, _ = librosa.effects.trim(sound, top_db=top_db)
    np.testing.assert_array_equal(trim(sound, top_db), expected)


def test_silence_stays_untrimmed():
    np.testing.assert_array_equal(trim(np.zeros(5000)), np.zeros(5000))


@given(st.integers(1, 100_000), st.floats(0.1, 4.0), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_fitting_centers_or_cuts(n_samples, seconds, seed):
    config = AudioConfig(seconds=seconds)
    sound = np.random.default_rng(seed).random(n_samples).astype(np.float32) + 1
    fitted = audio.fit_length(sound, config=config)
    assert fitted.shape == (config.n_samples,) and fitted.dtype == np.float32
    kept = np.flatnonzero(fitted)
    left, right = kept[0], config.n_samples - 1 - kept[-1]
    assert right - left in ((0, 1) if n_samples < config.n_samples else (0,))
    np.testing.assert_array_equal(fitted[kept[0] : kept[-1] + 1], sound[: config.n_samples])
    np.testing.assert_array_equal(audio.fit_length(fitted, config=config), fitted)


def test_only_the_mp3_decoder_is_silenced(tmp_path, monkeypatch):
    """Silencing takes the error stream away from the whole process, so formats that never comment keep it."""
    silenced, real = [], audio.quiet_stderr
    monkeypatch.setattr(audio, "quiet_stderr", lambda: silenced.append(1) or real())
    for ending, expected in {
        "wav": False,
        "flac": False,
        "ogg": False,
        "aiff": False,
        "rf64": False,
        "mp3": True,
    }.items():
        path = tmp_path / f"voice.{ending}"
        soundfile.write(path, voice(), RATE, format=ending.upper())
        audio.load(path)
        assert bool(silenced) == expected, ending


def test_a_frame_exactly_at_the_limit_is_quiet():
    """One half is half as loud, and the limit lies just there; found by a mutant of the comparison."""
    sound = np.repeat(np.float32([0.25, 0.5]), 32 * 512)
    limit_db = float(-10 * np.log10(np.float32(0.25)))
    at, above = (len(trim(sound, limit)) for limit in (limit_db, limit_db + 1e-5))
    assert 32 * 512 <= at < 32 * 512 + 2048
    assert len(sound) - 2048 < above <= len(sound), "the quiet half is not just above the limit"


@pytest.mark.parametrize("top_db", [0, -20])
def test_a_limit_above_the_loudest_frame_is_refused(top_db):
    with pytest.raises(BadClip, match=f"top_db={top_db} asks for: choose a top_db above 0"):
        trim(voice(), top_db)


@pytest.mark.parametrize("rate, heard", [(999, False), (1000, True), (768_000, True), (768_001, False)])
def test_rates_up_to_both_limits_are_read(tmp_path, rate, heard):
    soundfile.write(tmp_path / "x.wav", voice(0.01), rate)
    if heard:
        assert audio.read_mono(tmp_path / "x.wav").sample_rate == rate
    else:
        with pytest.raises(BadClip, match=f"claims a sample rate of {rate} Hz"):
            audio.read_mono(tmp_path / "x.wav")


def test_samples_up_to_the_largest_are_a_sound():
    loud = np.array([0, audio.LARGEST_AMPLITUDE], np.float32)
    with pytest.warns(UserWarning, match="divided by 32768"):
        assert audio.check_signal(loud).max() == audio.LOUDEST
    with pytest.raises(BadClip, match="beyond any sound level"):
        audio.check_signal(np.nextafter(loud, np.float32(np.inf)))


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.uint8, np.uint16])
def test_integers_are_scaled_by_their_type(kind):
    info = np.iinfo(kind)
    middle = (int(info.max) + int(info.min) + 1) // 2
    found = audio.check_signal(np.array([info.min, middle, info.max], kind))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [-1, 0, 1], atol=2.0 / 2**info.bits)
