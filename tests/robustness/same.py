"""The road in small, for `test_reproducible.py`: prints as JSON what came of it, as digests and numbers.

`python same.py FOLDER [train]`: clips are written into FOLDER and scanned, split, pictured, (trained on,) judged,
audited, written and read again, all in whatever locale, time zone, folder and hash seed this process was given.
"""

import hashlib
import json
import locale
import os
import pathlib
import sys

import numpy as np
import soundfile

from ser_lessons import bias, config, corpus, evaluate
from ser_lessons.corpus import splits
from ser_lessons.sound import hearing


def clips(folder):
    """Forty short clips with RAVDESS names; `SER_TEST_REVERSED` writes them in the other order."""
    stems = [
        corpus.format_name(emotion=emotion, intensity="normal", statement=1, repetition=1, actor=actor)
        for emotion in config.EMOTIONS
        for actor in (1, 2, 3, 13, 14)
    ]
    for stem in reversed(stems) if os.environ.get("SER_TEST_REVERSED") else stems:
        rng = np.random.default_rng(int(stem.replace("-", "")) % 2**32)
        sound = 0.1 * rng.normal(size=9000) + 0.3 * np.sin(np.arange(9000) * rng.uniform(0.02, 0.2))
        (folder / f"Actor_{stem[-2:]}").mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / f"Actor_{stem[-2:]}" / f"{stem}.wav", sound, 22_050)
    return corpus.scan(folder)


def train(pictures, labels):
    """Losses of two epochs of a tiny net."""
    import keras
    from keras import layers

    from ser_lessons.net import training

    keras.utils.set_random_seed(config.SEED)
    net = [keras.Input((128, 130, 1)), layers.Conv2D(4, 5, 4), layers.GlobalAveragePooling2D()]
    net = keras.Sequential([*net, layers.Dropout(0.2), layers.Dense(8, activation="softmax")])
    recipe = training.Recipe(epochs=2, batch_size=16, mixup=0.2)
    _, history = training.train(net, (pictures / 80, labels), (pictures[:8] / 80, labels[:8]), recipe=recipe)
    return [row[name] for row in history for name in ("loss", "val_loss")]


def digest(thing):
    return hashlib.sha256(thing if isinstance(thing, bytes) else repr(thing).encode()).hexdigest()[:16]


def main(folder, *words):
    try:
        locale.setlocale(locale.LC_ALL, "")  # as a program around Python may do: decimal commas reach C code
    except locale.Error:
        print("this locale is not installed", file=sys.stderr)
    folder = pathlib.Path(folder)
    table = clips(folder / "clips")
    pictures = hearing.corpus_features(table, cache=folder / "cache", n_jobs=int(os.environ["OMP_NUM_THREADS"]))
    divided = [splits.make_splits(protocol, table) for protocol in splits.PROTOCOLS]
    rng = np.random.default_rng(config.SEED)
    guesses = evaluate.make_predictions(table, rng.dirichlet(np.ones(8), len(table)), protocol="actors")
    path = evaluate.write_predictions(
        guesses, folder / ("Straße" if sys.getfilesystemencoding() == "utf-8" else "Strasse") / "run.csv"
    )
    guesses = evaluate.read_predictions(path)
    report = evaluate.report(guesses, n_draws=200)
    numbers = {
        "stems": digest(list(table["stem"])),
        "splits": digest([[list(s.train), list(s.validation), list(s.test)] for d in divided for s in d]),
        "features": digest(pictures.tobytes()),
        "cache": digest(sorted(entry.name for entry in (folder / "cache").iterdir())),
        "predictions": digest(path.read_bytes()),
        "report": digest(report.to_json() + repr(report.confusion)),
        "bias": digest(json.dumps(bias.audit(guesses).to_json(), sort_keys=True, default=str)),
    }
    if "train" in words:
        numbers["losses"] = train(pictures, table["emotion"].map(config.EMOTIONS.index).to_numpy())
    print(json.dumps({"locale": locale.localeconv()["decimal_point"], **numbers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
