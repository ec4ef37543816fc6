"""RAVDESS speech again through noise, lines, rooms and bad microphones: what the net loses there.

    python benchmarks/rooms.py [STEP]      every STEP-th clip of the 24 voices (default 7); needs RAVDESS

Writes reports/rooms.json. Each voice is judged by the net on two roads that never heard it (kept by two_roads.py), and
by the convolutions in it alone. Everything is simulated with NumPy and SciPy: rooms are noise that decays exponentially
behind the direct sound. The nets trained with changes of pictures (systems/rooms_net.py), not with these.
"""

import functools
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render, two_roads
from benchmarks.systems import baselines
from ser_lessons import corpus, evaluate
from ser_lessons.config import SEED
from ser_lessons.corpus import splits
from ser_lessons.net import bundle as bundles
from ser_lessons.net import experiments
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


def hear(table, change):
    """Pictures (n, 128, 130, 1) of all clips of a table after one change."""
    rate, pictures = baselines.LEVELS.sample_rate, []
    for place, path in enumerate(table["path"]):
        rng = np.random.default_rng([SEED, place])
        signal = change(audio.load(path, sample_rate=rate), rate, rng).astype(np.float32)
        pictures.append(hearing.hear(signal, config=baselines.LEVELS).picture)
    return np.stack(pictures)[..., None]


def open_nets(table):
    """[(rows, net on two roads, its convolutions)], each for the voices that it never heard."""
    found, everything = [], corpus.open_corpus(prefer="ravdess")
    for split in splits.make_splits("actors", everything):
        if not two_roads.net_of_fold(split.fold).exists():
            raise ValueError(
                "the nets of the six folds are missing: run `python benchmarks/two_roads.py report` first."
            )
        whole = bundles.load_keras(two_roads.net_of_fold(split.fold).read_bytes())
        stems = set(everything["stem"].iloc[split.test])
        found.append((np.flatnonzero(table["stem"].isin(stems)), whole, two_roads.convolutions(split.fold)))
    return found


def main(step="7"):
    table = corpus.open_corpus("speech", prefer="ravdess").sort_values(["actor", "stem"])
    table = table.iloc[:: int(step)].reset_index(drop=True)
    nets, rows, plain = open_nets(table), [], {}
    for name, change in CHANGES.items():
        pictures, row = hear(table, change), {"change": name}
        for place, system in enumerate(("two roads", "convolutions"), start=1):
            seen = pictures if system == "two roads" else np.maximum(pictures, -60)
            parts = [
                experiments.predict_table(one[place], seen[one[0]], table.iloc[one[0]], protocol="rooms", fold=fold)
                for fold, one in enumerate(nets, start=1)
            ]
            said = evaluate.pool(parts)
            row[system] = {
                "uar": evaluate.actor_bootstrap(said).as_dict(),
                "lost": evaluate.compare(plain.setdefault(system, said), said).as_dict(),
            }
        rows.append(row)
        print(name, {key: round(row[key]["uar"]["value"], 3) for key in plain}, flush=True)
    report = {"title": "Voices never heard, through noise, lines and rooms", "corpus": "RAVDESS"}
    render.write_report("rooms", report | render.environment() | {"clips": len(table), "changes": rows})


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
