"""RAVDESS speech again through noise, lines, codecs, rooms and bad microphones: what nets lose there.

    python benchmarks/rooms.py [STEP]      every STEP-th clip of the 24 voices (default 4); needs RAVDESS

Writes reports/rooms.json. Each voice is judged by nets that never heard it: the net on two roads (kept by
two_roads.py), the convolutions in it alone, and the student project's net for the folds that it was trained on
(`reproduce_student.py --protocol actors --without-song --fold 4 5 6`; kept in runs/). Codecs are real, the rest is
simulated with NumPy and SciPy: rooms are noise that decays exponentially behind the direct sound. The nets trained with
changes of pictures (systems/rooms_net.py), not with these; the student's with none.
"""

import functools
import io
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


def encode(signal, rate, rng, *, hz, **codec):
    """Through a lossy codec at about its lowest rate; `codec` as `soundfile.write` takes it."""
    import soundfile

    file, low = io.BytesIO(), audio.resample(np.asarray(signal, np.float32), rate, hz)
    soundfile.write(file, low, hz, **codec)
    file.seek(0)
    return audio.resample(soundfile.read(file, dtype="float32")[0], hz, rate)


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
    "MP3, 16 kbit/s": functools.partial(
        encode, hz=22_050, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.95, bitrate_mode="CONSTANT"
    ),
    "Opus, 9 kbit/s": functools.partial(encode, hz=16_000, format="OGG", subtype="OPUS", compression_level=0.99),
    "20 dB quieter": functools.partial(quieter, db=20),
    "clipped at -12 dB": functools.partial(clip, db=12),
    "living room, 0.3 s": functools.partial(reverberate, seconds=0.3, direct_db=3),
    "classroom, 0.7 s": functools.partial(reverberate, seconds=0.7, direct_db=0),
    "hall, 1.5 s": functools.partial(reverberate, seconds=1.5, direct_db=-3),
}
"""Name of each change and a function (signal, rate, rng) -> signal."""
SYSTEMS = ("two roads", "convolutions", "student")


def hear(table, change, configs):
    """For each of the audio settings the pictures (n, 128, 130, 1) of all clips of a table after one change."""
    rate, pictures = baselines.LEVELS.sample_rate, []
    for place, path in enumerate(table["path"]):
        rng = np.random.default_rng([SEED, place])
        signal = change(audio.load(path, sample_rate=rate), rate, rng).astype(np.float32)
        pictures.append([hearing.hear(signal, config=config).picture for config in configs])
    return [np.stack(some)[..., None] for some in zip(*pictures)]


def open_nets(table):
    """{system: [(rows, net)]}, each net for the voices of a fold that it never heard."""
    found, everything = {name: [] for name in SYSTEMS}, corpus.open_corpus(prefer="ravdess")
    for split in splits.make_splits("actors", everything):
        if not two_roads.net_of_fold(split.fold).exists():
            raise ValueError(
                "the nets of the six folds are missing: run `python benchmarks/two_roads.py report` first."
            )
        stems = set(everything["stem"].iloc[split.test])
        rows = np.flatnonzero(table["stem"].isin(stems))
        found["two roads"].append((rows, bundles.load_keras(two_roads.net_of_fold(split.fold).read_bytes())))
        found["convolutions"].append((rows, two_roads.convolutions(split.fold)))
        student = ROOT / "runs" / f"actors-student-{split.fold}" / "model.keras"
        if student.exists():
            found["student"].append((rows, bundles.load_keras(student.read_bytes())))
    return {name: nets for name, nets in found.items() if nets}


def main(step="4"):
    table = corpus.open_corpus("speech", prefer="ravdess").sort_values(["actor", "stem"])
    table = table.iloc[:: int(step)].reset_index(drop=True)
    nets, rows, plain = open_nets(table), [], {}
    shared = set().union(*(table["stem"].iloc[own] for own, _ in nets.get("student", ())))
    for name, change in CHANGES.items():
        levels, relative = hear(table, change, (baselines.LEVELS, experiments.find_net("student").audio))
        seen = {"two roads": levels, "convolutions": np.maximum(levels, -60), "student": relative}
        row, said = {"change": name}, {}
        for system, parts in nets.items():
            tables = [
                experiments.predict_table(net, seen[system][own], table.iloc[own], protocol="rooms", fold=fold)
                for fold, (own, net) in enumerate(parts, start=1)
            ]
            said[system] = evaluate.pool(tables)
            if system != "student" and shared:
                theirs = said[system]["stem"].isin(shared)
                said[f"{system}, the student's voices"] = said[system][theirs].reset_index(drop=True)
        for system, answers in said.items():
            lost = evaluate.compare(plain.setdefault(system, answers), answers)
            row[system] = {"uar": evaluate.actor_bootstrap(answers).as_dict(), "lost": lost.as_dict()}
        rows.append(row)
        print(name, {key: round(row[key]["uar"]["value"], 3) for key in plain}, flush=True)
    report = {"title": "Voices never heard, through noise, lines, codecs and rooms", "corpus": "RAVDESS"}
    render.write_report("rooms", report | render.environment() | {"clips": len(table), "changes": rows})


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
