"""Training throughput of one net on random pictures, or the course net's way to an accuracy on the student's split.

training.py student_plain|student_ours|course STEPS
training.py to_accuracy GOAL [EPOCHS]
"""

import contextlib
import dataclasses
import functools
import json
import sys
import time

import numpy as np

from ser_lessons.config import SEED

TITLES = {
    "student_plain": "student project's net, plain Keras",
    "student_ours": "student project's net, our loop",
    "course": "course net, our loop",
}


def random_clips(n):
    """Pictures like spectrograms (n, 128, 130, 1) and labels (n,)."""
    rng = np.random.default_rng(0)
    return (-80 * rng.random((n, 128, 130, 1))).astype(np.float32), rng.integers(0, 8, n)


def plain_keras(steps):
    """The student's net and settings with `compile` and `fit`."""
    from ser_lessons.net import models

    net = models.student_cnn()
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    batch, labels = random_clips(64 * steps)
    net.fit(batch[:64], labels[:64], batch_size=64, epochs=1, verbose=0)
    wall, cpu = time.perf_counter(), time.process_time()
    net.fit(batch, labels, batch_size=64, epochs=1, verbose=0)
    return len(batch), time.perf_counter() - wall, time.process_time() - cpu


def ours(name, steps):
    """A net of `experiments.NETS` through `training.train`, the second of two epochs."""
    from ser_lessons.net import experiments, training

    if name not in experiments.NETS:
        return None
    net = experiments.NETS[name]
    recipe = dataclasses.replace(net.recipe, epochs=2, patience=None, plateau=None)
    data = random_clips(64 * steps)
    _, history = training.train(net.build(), data, recipe=recipe)
    return len(data[1]), history[1]["seconds"], history[1]["cpu_seconds"]


class Reached(Exception):
    """The goal was reached: the rest of the run is not needed."""


def to_accuracy(goal, epochs=36):
    """History of the course net on the student's split until its held-out clips are answered with accuracy `goal`.

    For voices it knows, half of the augmentation and half of the epochs are enough; the recipe for unknown ones
    takes longer.
    """
    from ser_lessons import corpus
    from ser_lessons.corpus import splits
    from ser_lessons.net import experiments
    from ser_lessons.sound import augment

    net, history = experiments.NETS["course"], []
    recipe = dataclasses.replace(net.recipe, epochs=int(epochs))
    net = dataclasses.replace(net, recipe=recipe, augment=functools.partial(augment.fresh_copies, strength=0.5))

    def log(row):
        history.append({name: row[name] for name in ("epoch", "val_accuracy", "cpu_seconds")})
        if row["val_accuracy"] >= float(goal):
            raise Reached

    table = corpus.open_corpus()
    with contextlib.suppress(Reached):
        experiments.run_fold(table, splits.student_split(table, SEED), net=net, log=log)
    return history


def main(name, *options):
    """Print the history, or clips per second of wall and CPU time, as JSON."""
    if name == "to_accuracy":
        print(json.dumps({"history": to_accuracy(*options)}))
        return
    steps = options[0]
    facts = plain_keras(int(steps)) if name == "student_plain" else ours(name.removesuffix("_ours"), int(steps))
    rates = {"clips_per_s": facts[0] / facts[1], "clips_per_cpu_s": facts[0] / facts[2]} if facts else {}
    print(json.dumps({"net": TITLES[name], **rates}))


if __name__ == "__main__":
    main(*sys.argv[1:])
