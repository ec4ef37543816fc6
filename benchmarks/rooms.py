"""RAVDESS speech again through noise, lines, rooms and bad microphones: what a net loses there.

    python benchmarks/rooms.py [STEP]      every STEP-th clip of the 24 voices (default 7), today's net; needs RAVDESS

Writes reports/rooms.json. Today's net was trained on these clips, so what counts is what it loses, not what it has.
Everything is simulated with NumPy and SciPy: rooms are noise that decays exponentially behind the direct sound.
"""

import functools
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render
from ser_lessons import corpus, evaluate
from ser_lessons.config import SEED
from ser_lessons.net import bundle as bundles
from ser_lessons.net import predict
from ser_lessons.sound import audio, hearing


def add_noise(signal, rate, rng, *, snr):
    """Pink noise, `snr` dB below the mean level of the loud part of the clip."""
    spectrum = np.fft.rfft(rng.standard_normal(len(signal)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 20)), len(signal))
    loud = hearing.hear(np.asarray(signal, np.float32)).trimmed
    return signal + noise * np.sqrt(np.mean(loud**2) / np.mean(noise**2)) * 10 ** (-snr / 20)


def telephone(signal, rate, rng):
    """300 to 3400 Hz, 8 kHz, 8 bits by the mu-law (ITU-T G.711)."""
    from scipy.signal import butter, sosfiltfilt

    narrow = sosfiltfilt(butter(4, (300, 3400), "bandpass", fs=rate, output="sos"), signal).astype(np.float32)
    low = audio.resample(narrow, rate, 8000)
    scaled = np.clip(low / max(np.abs(low).max(), 1e-9), -1, 1)
    coded = np.round(127 * np.sign(scaled) * np.log1p(255 * np.abs(scaled)) / np.log(256)) / 127
    heard = np.sign(coded) * (256 ** np.abs(coded) - 1) / 255 * np.abs(low).max()
    return audio.resample(heard.astype(np.float32), 8000, rate)


def at_rate(signal, rate, rng, *, hz):
    return audio.resample(audio.resample(signal, rate, hz), hz, rate)


def quieter(signal, rate, rng, *, db):
    """As from afar, stored in 16 bits."""
    return np.round(signal * 10 ** (-db / 20) * 32767) / 32767


def clip(signal, rate, rng, *, db):
    """Overdriven: everything above `db` below the peak is cut off."""
    return np.clip(signal, *(np.array([-1, 1]) * np.abs(signal).max() * 10 ** (-db / 20)))


def reverberate(signal, rate, rng, *, seconds, direct_db):
    """A room whose sound falls by 60 dB in `seconds`; the direct sound is `direct_db` above what follows."""
    from scipy.signal import fftconvolve

    time = np.arange(int(seconds * rate)) / rate
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail[: int(0.003 * rate)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return fftconvolve(signal, tail)


CHANGES = {
    "as recorded": lambda signal, rate, rng: signal,
    **{f"noise, {snr} dB": functools.partial(add_noise, snr=snr) for snr in (20, 10, 5, 0)},
    "telephone": telephone,
    **{f"{hz // 1000} kHz": functools.partial(at_rate, hz=hz) for hz in (16_000, 8000)},
    "20 dB quieter": functools.partial(quieter, db=20),
    "clipped at -12 dB": functools.partial(clip, db=12),
    "living room, 0.3 s": functools.partial(reverberate, seconds=0.3, direct_db=3),
    "classroom, 0.7 s": functools.partial(reverberate, seconds=0.7, direct_db=0),
    "hall, 1.5 s": functools.partial(reverberate, seconds=1.5, direct_db=-3),
}
"""Name of each change and a function (signal, rate, rng) -> signal."""


def judge(table, change, *, net):
    """Predictions table of a net about all clips of a table after one change."""
    rate, signals = net.audio.sample_rate, []
    for place, path in enumerate(table["path"]):
        rng = np.random.default_rng([SEED, place])
        signals.append(change(audio.load(path, sample_rate=rate), rate, rng).astype(np.float32))
    return evaluate.make_predictions(table, predict.ask(signals, bundle=net), protocol="rooms")


def main(step="7"):
    table = corpus.open_corpus("speech", prefer="ravdess").sort_values(["actor", "stem"])
    table = table.iloc[:: int(step)].reset_index(drop=True)
    net, rows, plain = bundles.load(), [], None
    for name, change in CHANGES.items():
        said = judge(table, change, net=net)
        plain = said if plain is None else plain
        row = {"change": name, "uar": evaluate.actor_bootstrap(said).as_dict()}
        row["lost"] = evaluate.compare(plain, said).as_dict()
        row["answered"] = float((evaluate.probabilities(said).max(axis=1) >= net.threshold).mean())
        rows.append(row)
        print(f"{name:20} uar {row['uar']['value']:.3f} lost {row['lost']['value']:.3f}", flush=True)
    report = {"title": "Today's net on its own training voices through noise, lines and rooms", "corpus": "RAVDESS"}
    render.write_report("rooms", report | render.environment() | {"clips": len(table), "changes": rows})


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
