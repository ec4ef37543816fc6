"""Checks of lesson 02: a Fourier coefficient, a mel band, mel by hand, decibels, a drawn picture."""

import numpy as np

from . import exercise, expect, expect_close, expect_number, expect_shape


@exercise("2.1")
def magnitude(function):
    """How much of one frequency is in a wave, wherever in its swing the wave starts."""
    time = np.arange(400) / 8000
    sine, cosine = np.sin(2 * np.pi * 200 * time), np.cos(2 * np.pi * 200 * time)
    answer = function(sine, 200, 8000)
    if np.iscomplexobj(answer):
        yield "a size", "both sums are in your complex number, but the size of it was asked: take np.abs"
    yield "a number", expect_number(answer, "the size")
    hint = "the sine probe swings at `hz`, at the times of the samples, i / rate"
    yield "a sine", expect_close(answer, 200, "400 samples of a sine of 200 Hz, probed at 200 Hz", hint=hint)
    hint = "a wave that starts at its crest needs a cosine as second probe"
    yield "a cosine", expect_close(function(cosine, 200, 8000), 200, "a cosine, probed at 200 Hz", hint=hint)
    hint = "put both sums together by Pythagoras: the root of the sum of the squares"
    both = 0.8 * sine - 0.6 * cosine
    yield "in between", expect_close(function(both, 200, 8000), 200, "a sine that starts later", hint=hint)
    yield "half as strong", expect_close(function(both / 2, 200, 8000), 100, "half the amplitude")
    yield "another frequency", expect_close(function(sine, 360, 8000), 0, "200 Hz, probed at 360 Hz", atol=1e-6)
    constant = function(np.ones(500), 0, 8000)
    yield "0 Hz", expect_close(constant, 500, "500 ones, probed at 0 Hz", hint="the cosine of 0 Hz is 1 everywhere")
    between = np.abs(np.exp(-2j * np.pi * 30 * np.arange(5) / 100) @ np.arange(5.0))
    hint = "any frequency can be asked for, not only those of np.fft.rfft"
    yield (
        "any frequency",
        expect_close(function(np.arange(5.0), 30, 100), between, "0 to 4, probed at 30 Hz", hint=hint),
    )


@exercise("2.3")
def band_of_tone(band, centers_hz):
    """The number of the mel band whose center lies nearest to 440 Hz, within two bands."""
    yield "a number", expect_number(band, "the band")
    band = float(np.asarray(band).reshape(()))
    yield "in range", expect(0 <= band < len(centers_hz), f"there is no band {band:g}: they count from 0 to 127")
    best = int(np.argmin(np.abs(np.asarray(centers_hz) - 440)))
    side = "lower" if band > best else "higher"
    found = f"band {band:g} is centered at {centers_hz[round(band)]:.0f} Hz; 440 Hz lies {side}"
    yield "within two bands of 440 Hz", expect(abs(band - best) <= 2, found)


@exercise("2.4")
def mel_by_hand(function):
    """Power of a short-time Fourier transform, summed over triangles."""
    from ..sound.features import power_spectrogram

    rng = np.random.default_rng(0)
    signal = np.sin(2 * np.pi * 300 * np.arange(4500) / 22_050) + 0.1 * rng.standard_normal(4500)
    basis = np.zeros((3, 1025))
    basis[0, 20:30], basis[1, 26:40], basis[2, 100:600] = 0.5, np.linspace(1, 0, 14), 0.01
    answer = function(signal.copy(), basis.copy())
    yield "bands and frames", expect_shape(answer, (3, 9))
    answer, wanted = np.asarray(answer, dtype=float), basis @ power_spectrogram(signal)
    yield "no decibels yet", expect((answer >= 0).all(), "a power is never negative: leave decibels for later")
    hint = "stft, then np.abs, then the square, then each triangle's sum"
    yield "power", expect_close(answer, wanted, "power of a tone in noise", rtol=1e-2, hint=hint)
    doubled = np.asarray(function(2 * signal, basis), dtype=float)
    hint = "power grows with the square"
    yield "twice the amplitude", expect_close(doubled, 4 * wanted, "power of twice the amplitude", rtol=1e-2, hint=hint)
    silent = function(np.zeros(1024), basis)
    yield "silence", expect_close(silent, np.zeros((3, 3)), "power of silence")


@exercise("2.5")
def to_db(function):
    """Decibels below the loudest value, powers below 1e-10 raised, cut off at 80 dB below."""
    power = np.array([[4.0, 0.4], [0.05, 4e-12]])
    result = function(power)
    yield "shape", expect_shape(result, (2, 2))
    result = np.asarray(result, dtype=float)
    yield "0 dB is the loudest", expect_close(result[0, 0], 0, "the loudest value (dB)", atol=1e-4)
    hint = "power takes 10 log10, amplitude takes 20 log10"
    yield "a tenth is -10 dB", expect_close(result[0, 1], -10, "a tenth of the power (dB)", hint=hint)
    hint = "0 dB is the loudest value of the whole array"
    yield "one reference for all rows", expect_close(result[1, 0], -19.031, "1/80 of the power (dB)", hint=hint)
    hint = "cut 80 dB below the loudest"
    yield "the floor is -80 dB", expect_close(result[1, 1], -80, "almost nothing (dB)", hint=hint)
    whole = function(np.array([1.0, 100.0, 0.0]))
    yield "zero", expect_close(whole, [-20, 0, -80], "levels of 1, 100 and 0", hint="a power of 0 counts as 1e-10")
    faint = function(np.array([1e-9, 0.0]))
    hint = "powers below 1e-10 count as 1e-10, however quiet the whole is"
    yield "a faint clip", expect_close(faint, [0, -10], "levels of 1e-9 and 0", hint=hint)
    yield "silence", expect_close(function(np.zeros(3)), [0, 0, 0], "levels of three zeros", hint=hint)
    yield "powers untouched", expect(power[0, 0] == 4 and power[1, 1] == 4e-12, "your function changed its input")


@exercise("2.6")
def draw_mel(function):
    """A mel picture in dB below its maximum, drawn with seconds and the mel scale on its axes."""
    from ..sound.features import log_mel

    signal = (0.1 * np.sin(2 * np.pi * 440 * np.arange(22_050) / 22_050)).astype(np.float32)
    ax, values, heights = _drawn(function, signal)
    if ax is not None and values is None:
        yield "a picture", "that is where the picture hangs; return what librosa.display.specshow returns"
    yield "a picture", expect(ax is not None, "expected the picture that librosa.display.specshow returns")
    yield "bands and frames", expect_shape(values, (128, 44))
    yield "decibels", expect(values.min() < -1, "levels in dB below the maximum are negative: use librosa.power_to_db")
    yield "0 dB is the loudest", expect_close(values.max(), 0, "the loudest point (dB)", atol=1e-3, hint="ref=np.max")
    hint = "melspectrogram of the signal, then power_to_db"
    yield "levels", expect_close(values, log_mel(signal), "the picture of a tone (dB)", atol=0.1, hint=hint)
    across = ax.get_xlim()[1]
    seconds = 0.9 < across < 1.1 and not any(unit in ax.get_xlabel() for unit in ("milli", "minute", "hour"))
    complaint = f"one second of sound reaches to {across:.3g} {ax.get_xlabel() or '(no label)'}: set x_axis to time"
    yield "seconds", expect(seconds, complaint)
    mel = 1500 < heights[64] < 2500
    yield "mel", expect(mel, f"band 64 is drawn at {heights[64]:.0f}; its center is near 2000 Hz: set y_axis to mel")


def _drawn(function, signal):
    """Axes, values and heights of the mesh that a function draws, its figures closed again; else three times None."""
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    plt.figure()
    try:
        drawn = function(signal)
        if hasattr(drawn, "get_coordinates"):
            heights = drawn.get_coordinates()[:, 0, 1]
            return drawn.axes, np.asarray(drawn.get_array(), dtype=float).reshape(len(heights) - 1, -1), heights
        if hasattr(drawn, "get_axes") or hasattr(drawn, "get_xlim"):
            return drawn, None, None
    finally:
        for number in set(plt.get_fignums()) - set(before):
            plt.close(number)
    return None, None, None
