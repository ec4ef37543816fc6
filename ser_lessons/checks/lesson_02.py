"""Checks of lesson 02: a Fourier coefficient, a mel band, mel by hand, decibels, a drawn picture."""

import numpy as np

from . import asked, close, exercise, expect, expect_number, expect_shape, named, one_number, own_figure


@exercise("2.1")
def magnitude(function):
    """How much of one frequency is in a wave, wherever in its swing the wave starts."""
    time = np.arange(400) / 8000
    sine, cosine = np.sin(2 * np.pi * 200 * time), np.cos(2 * np.pi * 200 * time)
    both, short = 0.8 * sine - 0.6 * cosine, np.arange(5.0)
    answer = function(sine, 200, 8000)
    pythagoras = "put both sums together by Pythagoras: the root of the sum of the squares"
    if np.iscomplexobj(answer):
        yield "a size", "both sums are in your complex number, but the size of it was asked: take np.abs"
    if np.size(answer) == 2:
        yield "a size", f"two sums came back: {pythagoras}"
    if np.size(answer) == len(sine):
        yield "a size", "one number for each sample came back: add up the products"
    yield "a number", expect_number(answer, "the size")
    said = {
        200**2: "that is the square of the size: the root is missing",
        1: "the size is n / 2 for a sine; do not divide the sums by anything",
        0.5: "the size is n / 2 for a sine; take sums, no means",
        199.5: "the last of n samples lies at (n - 1) / rate; np.linspace with its end does not do that",
        np.abs(sine).sum(): "first add up the products with each probe; Pythagoras comes after that, once",
    }
    odd = np.abs(np.exp(-0.6j * np.pi * short) @ short)
    angle = "at sample number i the probe's angle is 2 pi times hz times i / rate"
    for name, wave, hz, rate, wanted, what, hint in (
        ("a sine", sine, 200, 8000, 200, "a sine of 200 Hz", named(answer, said, angle)),
        ("a cosine", cosine, 200, 8000, 200, "a cosine", "a wave that starts at its crest needs a cosine as probe"),
        ("in between", both, 200, 8000, 200, "a sine that starts later", pythagoras),
        ("half as strong", both / 2, 200, 8000, 100, "half the amplitude", pythagoras),
        ("another frequency", sine, 360, 8000, 0, "200 Hz, probed at 360 Hz", "the probe takes the given `hz`"),
        ("0 Hz", np.ones(500), 0, 8000, 500, "500 ones, probed at 0 Hz", "the cosine of 0 Hz is 1 everywhere"),
        ("any frequency", short, 30, 100, odd, "0 to 4, probed at 30 Hz", "any length, any `hz` and any `rate`"),
    ):
        yield close(name, function(wave, hz, rate), wanted, hint, what=what)


@exercise("2.3")
def band_of_tone(band, centers_hz):
    """The number of the mel band whose center lies nearest to 440 Hz, within two bands."""
    band = yield from one_number(band, "the band")
    yield "in range", expect(0 <= band < len(centers_hz), f"there is no band {band:g}: they count from 0 to 127")
    best = int(np.argmin(np.abs(np.asarray(centers_hz) - 440)))
    side = "lower" if band > best else "higher"
    found = f"band {int(band)} is centered at {centers_hz[int(band)]:.0f} Hz; 440 Hz lies {side}"
    yield "within two bands of 440 Hz", expect(abs(band - best) <= 2, found)


@exercise("2.4")
def mel_by_hand(function):
    """Power of a short-time Fourier transform, summed over triangles."""
    import librosa

    from ..sound.features import power_spectrogram

    rng = np.random.default_rng(0)
    signal = np.sin(2 * np.pi * 300 * np.arange(4500) / 22_050) + 0.1 * rng.standard_normal(4500)
    basis = np.zeros((3, 1025))
    basis[0, 20:30], basis[1, 26:40], basis[2, 100:600] = 0.5, np.linspace(1, 0, 14), 0.01
    answer = function(signal.copy(), basis.copy())
    yield "bands and frames", expect_shape(answer, (3, 9))
    yield "real numbers", expect(not np.iscomplexobj(answer), "powers are real: take np.abs of the stft, then square")
    answer, wanted = np.asarray(answer, dtype=float), basis @ power_spectrogram(signal)
    yield "no decibels yet", expect((answer >= 0).all(), "a power is never negative: leave decibels for later")
    hint, size = "stft, then np.abs, then the square, then each triangle's sum", np.sqrt(power_spectrogram(signal))
    librosa_basis = librosa.filters.mel(sr=22_050, n_fft=2048, n_mels=3)
    for other, said in (
        (basis @ size, "that is the sum of sizes: square each of them before"),
        ((basis @ size) ** 2, "first square each bin's size, then sum: the square of a sum is another number"),
        (librosa_basis @ size**2, "those are librosa's own triangles: use the basis that was given"),
    ):
        hint = said if np.allclose(answer, other, rtol=1e-2) else hint
    yield close("power", answer, wanted, hint, what="power of a tone in noise", rtol=1e-2)
    hint = "power grows with the square"
    yield close("twice the amplitude", function(2 * signal, basis), 4 * wanted, hint, rtol=1e-2)
    yield close("silence", function(np.zeros(1024), basis), np.zeros((3, 3)))


@exercise("2.5")
def to_db(function):
    """Decibels below the loudest value, powers below 1e-10 raised, cut off at 80 dB below."""
    power = np.array([[4.0, 0.4], [0.05, 4e-12]])
    result = function(power)
    yield "shape", expect_shape(result, (2, 2))
    result = np.asarray(result, dtype=float)
    one_top = "0 dB is the loudest value of the whole array"
    for name, place, wanted, what, hint in (
        ("0 dB is the loudest", (0, 0), 0, "the loudest value (dB)", one_top),
        ("a tenth is -10 dB", (0, 1), -10, "a tenth of the power (dB)", f"power takes 10 log10; {one_top}"),
        ("one reference for all rows", (1, 0), -19.031, "1/80 of the power (dB)", one_top),
        ("the floor is -80 dB", (1, 1), -80, "almost nothing (dB)", "cut 80 dB below the loudest"),
    ):
        yield close(name, result[place], wanted, hint, what=what, atol=1e-4)
    hint = "powers below 1e-10 count as 1e-10, however quiet the whole is"
    for name, given, wanted in (
        ("zero", [1.0, 100.0, 0.0], [-20, 0, -80]),
        ("a faint clip", [1e-9, 0.0], [0, -10]),
        ("silence", [0.0, 0.0, 0.0], [0, 0, 0]),
    ):
        yield close(name, function(np.array(given)), wanted, hint, what=f"levels of {given}")
    yield "powers untouched", expect(power[0, 0] == 4 and power[1, 1] == 4e-12, "your function changed its input")


@exercise("2.6")
def draw_mel(function):
    """A mel picture in dB below its maximum, drawn with seconds and the mel scale on its axes."""
    from ..sound.features import log_mel

    signal = (0.1 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050)).astype(np.float32)
    with own_figure():
        drawn = function(signal)
        if hasattr(drawn, "get_axes") or hasattr(drawn, "get_xlim"):
            yield "a picture", "that is where the picture hangs; return what librosa.display.specshow returns"
        meshed = hasattr(drawn, "get_coordinates")
        yield "a picture", expect(meshed, f"expected the picture that librosa.display.specshow returns{asked(drawn)}")
        ax, heights = drawn.axes, drawn.get_coordinates()[:, 0, 1]
        values = np.asarray(drawn.get_array(), dtype=float).reshape(len(heights) - 1, -1)
    shape = expect_shape(values, (128, 44))
    yield "bands and frames", shape and f"{shape}: 128 mel bands, and a frame for every 512 samples"
    yield "decibels", expect(values.min() < -1, "levels below the maximum are negative: power_to_db, ref=np.max")
    yield close("0 dB is the loudest", values.max(), 0, "ref=np.max", what="the loudest point (dB)", atol=1e-3)
    hint = "melspectrogram of the signal, then power_to_db"
    yield close("levels", values, log_mel(signal), hint, what="the picture of a tone (dB)", atol=0.1)
    across = ax.get_xlim()[1]
    seconds = 0.9 < across < 1.1 and not any(unit in ax.get_xlabel() for unit in ("milli", "minute", "hour"))
    wish = "is sr 22050, and hop_length 512?" if ax.get_xlabel() == "Time" else "set x_axis to time"
    complaint = f"one second of sound reaches to {across:.3g} {ax.get_xlabel() or '(no label)'}: {wish}"
    yield "seconds", expect(seconds, complaint)
    mel = 1500 < heights[64] < 2500
    yield "mel", expect(mel, f"band 64 is drawn at {heights[64]:.0f}; its center is near 2000 Hz: set y_axis to mel")
