"""The synthesizer behind the practice corpus: a glottal source, a chain of formant resonators, and acting.

Source and filter follow Klatt (1980), J. Acoust. Soc. Am. 67, 971-995, and Klatt & Klatt (1990), J. Acoust. Soc.
Am. 87, 820-857 (the KLGLOTT88 pulse). How the emotions move the voice follows the directions reported by Banse &
Scherer (1996), J. Pers. Soc. Psychol. 70, 614-636; Scherer (2003), Speech Communication 40, 227-256; and Juslin &
Laukka (2003), Psychol. Bull. 129, 770-814; the sizes are ours. Lesson: 00_start_here.
"""

import numpy as np
from scipy.signal import lfilter, sosfilt

from ..config import EMOTIONS, SEED
from .ravdess import INTENSITIES, code_of

SAMPLE_RATE = 22_050
HOP = 220  # samples between two settings of the filters: 10 ms
STEP = 2.0**-11
"""Amplitudes are whole multiples of this: noise at -77 dB, below every room, and FLAC files of half the size."""

# name: (ms, F1, F2, F3 in Hz for a low voice, voicing, aspiration, frication amplitude, frication center in Hz)
_PHONES = {
    "k": (75, 300, 1900, 2500, 0.0, 0.25, 0.30, 2200),
    "ih": (85, 400, 1900, 2550, 1.0, 0.0, 0.0, 0),
    "d": (55, 260, 1700, 2600, 0.25, 0.0, 0.10, 4000),
    "z": (75, 260, 1500, 2550, 0.35, 0.0, 0.16, 6000),
    "aa": (110, 710, 1180, 2550, 1.0, 0.0, 0.0, 0),
    "r": (65, 440, 1180, 1650, 0.8, 0.0, 0.0, 0),
    "t": (70, 320, 1750, 2600, 0.0, 0.20, 0.30, 4500),
    "ao": (120, 580, 920, 2500, 1.0, 0.0, 0.0, 0),
    "ng": (75, 280, 1950, 2650, 0.45, 0.0, 0.0, 0),
    "b": (60, 220, 950, 2250, 0.25, 0.0, 0.06, 900),
    "ay": (80, 680, 1250, 2500, 1.0, 0.0, 0.0, 0),
    "y": (75, 370, 2050, 2650, 1.0, 0.0, 0.0, 0),
    "dh": (50, 270, 1300, 2500, 0.35, 0.0, 0.05, 5000),
    "ah": (60, 580, 1250, 2450, 0.9, 0.0, 0.0, 0),
    "g": (60, 240, 1700, 2200, 0.25, 0.0, 0.10, 2000),
    "s": (105, 320, 1450, 2550, 0.0, 0.04, 0.35, 6200),
}
_SENTENCES = {  # a capital marks an accented syllable
    1: "k IH d z aa r t AO k ih ng b ay y dh ah d AO r",
    2: "d AO g z aa r s IH t ih ng b ay y dh ah d AO r",
}

STYLE = {
    # level of F0 (semitones), its range (factor), fall or rise at the end (semitones), tempo (factor), loudness (dB),
    # tilt (dB at 3 kHz: positive is brighter), breathiness, roughness of the periods, tremor, formant shift (factor)
    "neutral": (0.0, 0.9, -2.0, 1.00, 0.0, 0.0, 0.00, 0.0, 0.0, 1.00),
    "calm": (-1.2, 0.7, -2.0, 0.88, -2.2, -3.0, 0.05, -0.2, 0.0, 0.995),
    "happy": (4.0, 1.6, 0.5, 1.08, 1.8, 2.5, 0.00, 0.0, 0.0, 1.035),
    "sad": (-1.0, 0.55, -4.0, 0.78, -3.2, -5.0, 0.10, 0.3, 0.3, 0.98),
    "angry": (3.2, 1.45, -3.5, 1.14, 3.4, 5.0, -0.03, 0.9, 0.0, 1.02),
    "fearful": (5.5, 0.85, 1.0, 1.20, 0.6, 1.0, 0.07, 0.5, 1.0, 1.01),
    "disgust": (-2.0, 1.0, -4.5, 0.84, -0.4, 0.5, 0.02, 1.1, 0.0, 0.96),
    "surprised": (6.0, 2.1, 5.0, 1.02, 1.6, 1.5, 0.03, 0.0, 0.0, 1.01),
}
"""How each emotion moves a voice away from the actor's own; strong clips go further than normal ones."""

_ACTED = np.array([2.3, 0.36, 2.0, 0.090, 1.4, 2.4, 0.036, 0.36, 0.30, 0.017])
"""Standard deviation of an actor's own way with each emotion: what an actor split cannot know."""

_VARIED = np.array([0.65, 0.13, 0.75, 0.028, 0.55, 0.8, 0.012, 0.16, 0.12, 0.006])
"""Standard deviation from one clip to the next of the same actor and emotion."""


def synthesize(emotion, actor, statement, repetition, *, intensity="normal"):
    """Speak one sentence with one synthetic voice in one emotion.

    `emotion` is one of `config.EMOTIONS`, `actor` 1 to 24 (odd voices are low, even voices are high), `statement` and
    `repetition` are 1 or 2, `intensity` is "normal" or "strong".

    Returns float32, shape (n,), 22 050 Hz, 1.3 to 3 s; the largest amplitude is between 0.3 and 0.9. Each clip has
    its own random draw, so the order of making does not matter. Lesson: 00_start_here.
    """
    codes = code_of(emotion, EMOTIONS) - 1, code_of(intensity, INTENSITIES) - 1, code_of(statement, (1, 2))
    take = [SEED, actor, *codes, repetition]
    rng = np.random.default_rng(take)
    voice = _voice(actor)
    strength = 1.3 if intensity == "strong" else 0.9
    rest = np.array([0, 1, 0, 1, 0, 0, 0, 0, 0, 1], float)
    style = rest + strength * (np.array(STYLE[emotion]) - rest)
    style = style + voice["habits"][EMOTIONS.index(emotion)] + voice["manner"] + _VARIED * rng.standard_normal(10)
    tracks = _tracks(statement, voice, style, rng)
    return _finish(_speak(tracks, voice, style, rng), voice, style, rng)


def _voice(actor):
    """What belongs to a voice, whatever it says: size, pitch, source, habits and the room it was recorded in."""
    rng = np.random.default_rng([SEED, actor])
    high = actor % 2 == 0
    return {
        "f0": (205.0 if high else 112.0) * 2 ** (rng.normal(0, 1.7) / 12),
        "size": (1.155 if high else 1.0) * np.exp(rng.normal(0, 0.035)),
        "formants": np.exp(rng.normal(0, 0.035, 7)),
        "open": np.clip(rng.normal(0.62 if high else 0.55, 0.05), 0.42, 0.75),
        "breath": abs(rng.normal(0.05 if high else 0.03, 0.02)),
        "manner": _ACTED * rng.normal(0, 0.45, 10),
        "habits": _ACTED * rng.standard_normal((len(EMOTIONS), 10)),
        "room_db": rng.normal(-62, 3),
        "room_pole": rng.uniform(0.2, 0.9),
    }


def _tracks(statement, voice, style, rng):
    """What the mouth does: one row every 10 ms with F0, three formants and four amplitudes."""
    level, span, ending, tempo, _, _, breath, _, tremor, shift = style
    phones = _SENTENCES[statement].split()
    accented = np.array([phone.isupper() for phone in phones])
    table = np.array([_PHONES[phone.lower()] for phone in phones], float)
    ms = table[:, 0] * (1 + 0.25 * accented) * np.exp(rng.normal(0, 0.07, len(phones))) * 0.9 / max(tempo, 0.55)
    ms[-2:] *= 1.35
    frames = np.maximum(2, np.round(ms * SAMPLE_RATE / 1000 / HOP)).astype(int)
    rows = np.repeat(table[:, 1:], frames, axis=0)
    formants = _smooth(rows[:, :3], 5) * shift * voice["size"] * voice["formants"][:3]
    amplitudes = _smooth(rows[:, 3:6], 3)
    n_rows, middle = len(rows), np.cumsum(frames) - frames / 2
    place = np.linspace(0, 1, n_rows)
    contour = 1.5 - 3.0 * place
    for center, width in zip(middle[accented], frames[accented]):
        height = rng.normal(3.2, 0.6)
        contour = contour + height * np.exp(-0.5 * ((np.arange(n_rows) - center) / (1.1 * width)) ** 2)
    seconds = np.arange(n_rows) * HOP / SAMPLE_RATE
    wobble = 0.5 * max(tremor, 0) * np.sin(2 * np.pi * (rng.normal(6.0, 0.5) * seconds + rng.random()))
    semitones = level + max(span, 0.2) * contour + ending * np.clip((place - 0.75) / 0.25, 0, 1) ** 1.5 + wobble
    return {
        "f0": np.clip(voice["f0"] * 2 ** (semitones / 12), 60, 700),
        "formants": formants,
        "voicing": amplitudes[:, 0] * (1 + 0.1 * wobble),
        "breath": amplitudes[:, 1] + np.clip(voice["breath"] + breath, 0.005, 0.3) * amplitudes[:, 0],
        "hiss": amplitudes[:, 2],
        "hiss_hz": np.maximum(rows[:, 6], 500) * voice["size"],
    }


def _smooth(rows, width):
    """Glide from phone to phone: a moving mean over `width` rows of 10 ms, the ends held."""
    padded = np.pad(rows, ((width // 2, width // 2), (0, 0)), mode="edge")
    sums = np.cumsum(np.vstack([np.zeros(rows.shape[1]), padded]), axis=0)
    return (sums[width:] - sums[:-width]) / width


def _speak(tracks, voice, style, rng):
    """Source through filter: pulses and breath through a chain of resonators, hiss beside it."""
    n_samples = len(tracks["f0"]) * HOP
    at_samples = np.arange(n_samples) / HOP
    every = np.arange(len(tracks["f0"]))
    f0, voicing, breath, hiss = (np.interp(at_samples, every, tracks[k]) for k in ("f0", "voicing", "breath", "hiss"))
    rough = 0.008 + 0.020 * max(style[7], 0)
    cycles = np.cumsum(f0 / SAMPLE_RATE)
    wander = rng.standard_normal(int(cycles[-1]) + 2)
    cycles = np.cumsum(f0 / SAMPLE_RATE * (1 + rough * wander[cycles.astype(int)]))
    loud = 1 + 2.5 * rough * rng.standard_normal(int(cycles[-1]) + 2)[cycles.astype(int)]
    opened = (cycles % 1) / voice["open"]
    pulse = np.where(opened < 1, 2 * opened - 3 * opened**2, 0.0) * loud
    noise = rng.standard_normal(n_samples)
    source = _tilt(voicing * pulse, style[5]) + breath * noise * np.where(opened < 1, 1.0, 0.35)
    return _resonate(source, tracks["formants"], voice) + _hiss(hiss * noise, tracks["hiss_hz"])


def _tilt(signal, bright_db):
    """Turn the spectral slope by about `bright_db` at 3 kHz; the level at low frequencies stays."""
    pole = np.exp(-2 * np.pi * 900 / SAMPLE_RATE)
    low = lfilter([1 - pole], [1, -pole], signal)
    return low + 10 ** (np.clip(bright_db, -14, 12) / 20) * (signal - low)


def _resonate(source, formants, voice):
    """Seven of Klatt's resonators in series, set anew every 10 ms; the upper four stand still."""
    upper = np.array([3500, 4500, 5700, 7600]) * voice["size"] * voice["formants"][3:]
    centers = np.hstack([formants, np.broadcast_to(upper, (len(formants), 4))])
    bandwidths = np.broadcast_to([70.0, 95, 140, 220, 300, 500, 900], centers.shape)
    c = -np.exp(-2 * np.pi * bandwidths / SAMPLE_RATE)
    b = 2 * np.exp(-np.pi * bandwidths / SAMPLE_RATE) * np.cos(2 * np.pi * np.minimum(centers, 10_500) / SAMPLE_RATE)
    sections = np.zeros((len(formants), 7, 6))
    sections[..., 0], sections[..., 3], sections[..., 4], sections[..., 5] = 1 - b - c, 1, -b, -c
    out, state = np.empty_like(source), np.zeros((7, 2))
    for row, sos in enumerate(sections):
        block = slice(row * HOP, (row + 1) * HOP)
        out[block], state = sosfilt(sos, source[block], zi=state)
    return out


def _hiss(noise, centers):
    """Frication: noise through one wide resonator for each place of the tongue, which follows the phones."""
    out, radius = np.zeros_like(noise), np.exp(-np.pi * 1400 / SAMPLE_RATE)
    starts = np.flatnonzero(np.diff(centers, prepend=-1.0))
    for start, end in zip(starts, [*starts[1:], len(centers)]):
        block = slice(start * HOP, end * HOP)
        if noise[block].any():
            angle = 2 * np.pi * min(centers[start], 9500) / SAMPLE_RATE
            out[block] = lfilter([1 - radius, 0, radius - 1], [1, -2 * radius * np.cos(angle), radius**2], noise[block])
    return 0.55 * out


def _finish(speech, voice, style, rng):
    """Set the level, put the room around it, and fade the edges, so that nothing clicks or clips."""
    peak = np.clip(0.52 * 10 ** (style[4] / 20), 0.3, 0.88)
    edge = np.minimum(1, np.arange(len(speech)) / 200)
    speech = speech * edge * edge[::-1]
    speech = np.tanh(1.2 * speech / np.abs(speech).max()) / np.tanh(1.2) * peak
    before, after = (int(SAMPLE_RATE * rng.uniform(0.08, 0.18)) for _ in range(2))
    signal = np.pad(speech, (before, after))
    pole = voice["room_pole"]
    room = lfilter([np.sqrt(1 - pole**2)], [1, -pole], rng.standard_normal(len(signal)))
    signal = signal + 10 ** (voice["room_db"] / 20) * room
    fade = np.minimum(1, np.arange(len(signal)) / 220)
    return (STEP * np.round(signal * fade * fade[::-1] / STEP)).astype(np.float32)
