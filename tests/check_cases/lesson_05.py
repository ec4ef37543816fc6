"""Answers to the exercises of lesson 05."""

import functools

import numpy as np
import pandas as pd
import scipy.special

from . import Case, forms


def softmax(scores):
    powers = np.exp(np.asarray(scores) - np.max(scores))
    return powers / powers.sum()


def in_place(scores):
    scores -= scores.max()
    np.exp(scores, out=scores)
    return scores / scores.sum()


def entropy(probabilities, places):
    return -np.log(np.asarray(probabilities)[np.arange(len(places)), places]).mean()


def entropy_in_a_loop(probabilities, places):
    total = 0
    for row, place in zip(probabilities, places):
        total -= np.log(row[place])
    return total / len(places)


def descend(gradient, start, rate, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
    return path


def descend_while_falling(gradient, start, rate, steps):
    path = [start]
    for _ in range(steps):
        if gradient(path[-1]) < 0:
            break
        path.append(path[-1] - rate * gradient(path[-1]))
    return path


def descend_until_level(gradient, start, rate, steps):
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
        if abs(path[-1] - path[-2]) < 1e-6:
            break
    return path


def descend_slower(gradient, start, rate, steps):
    path = [start]
    for k in range(steps):
        path.append(path[-1] - rate / (k + 1) * gradient(path[-1]))
    return path


def stop(losses, patience, *, first=True, slack=0):
    if not losses:
        return False
    best = min(losses)
    place = losses.index(best) if first else len(losses) - 1 - losses[::-1].index(best)
    return len(losses) - 1 - place >= patience + slack


def stop_in_a_loop(losses, patience):
    best, waited = float("inf"), 0
    for loss in losses:
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
    return bool(losses) and waited >= patience


@functools.cache
def callbacks():
    from ser_lessons import net

    net.start_keras()
    import keras

    return keras.callbacks


def make(path, *, stop=(), slower=(), keep=(), without=None):
    """The student project's callbacks, with some options changed."""
    made = {
        "stop": callbacks().EarlyStopping(
            **({"monitor": "val_loss", "patience": 10, "restore_best_weights": True} | dict(stop))
        ),
        "slower": callbacks().ReduceLROnPlateau(
            **({"monitor": "val_loss", "factor": 0.2, "patience": 5, "min_lr": 1e-5} | dict(slower))
        ),
        "keep": callbacks().ModelCheckpoint(
            **({"filepath": path, "monitor": "val_accuracy", "save_best_only": True} | dict(keep))
        ),
    }
    return [callback for name, callback in made.items() if name != without]


CASES = {
    "softmax": Case(
        reference=softmax,
        unusual=forms(softmax, np.ndarray.tolist, pd.Series, np.float32) | {"scipy": scipy.special.softmax},
        wrong={
            "overflows": lambda s: np.exp(s) / np.exp(s).sum(),
            "divided by the sum": lambda s: s / s.sum() if s.sum() else s + 1 / len(s),
            "not divided": lambda s: np.exp(s - s.max()),
            "the logarithm of it": lambda s: np.log(softmax(s)),
            "changes what it was given": in_place,
            "the first score taken away": lambda s: np.exp(s - s[0]) / np.exp(s - s[0]).sum(),
            "large scores cut off": lambda s: softmax(np.minimum(s, 500)),
            "the largest size taken away": lambda s: np.exp(s - abs(s).max()) / np.exp(s - abs(s).max()).sum(),
            "rounded": lambda s: softmax(s).round(2),
        },
        blind=("the largest size taken away", "rounded"),
    ),
    "cross_entropy": Case(
        reference=entropy,
        unusual=forms(entropy, float, np.float32, np.array)
        | {
            "a loop": entropy_in_a_loop,
            "eight columns of 0 and 1": lambda p, k: -np.log((p * np.eye(8)[list(k)]).sum(axis=1)).mean(),
        },
        wrong={
            "every probability": lambda p, k: -np.log(p).mean(),
            "columns for rows": lambda p, k: -np.log(p[:, k]).mean(),
            "zero times infinity": lambda p, k: -(np.eye(8)[k] * np.log(p)).sum(axis=1).mean(),
            "logarithm of the mean": lambda p, k: -np.log(p[np.arange(len(k)), k].mean()),
            "the largest probability": lambda p, k: -np.log(p.max(axis=1)).mean(),
            "one number a clip": lambda p, k: -np.log(p[np.arange(len(k)), k]),
            "a little added": lambda p, k: -np.log(p[np.arange(len(k)), k] + 0.01).mean(),
            "divided by the emotions": lambda p, k: entropy(p, k) * len(k) / p.shape[1],
        },
        blind=("a little added", "divided by the emotions"),
    ),
    "descend": Case(
        reference=descend,
        unusual=forms(descend, tuple, np.array, pd.Series),
        wrong={
            "uphill": lambda g, s, r, n: descend(lambda w: -g(w), s, r, n),
            "the start left out": lambda g, s, r, n: descend(g, s, r, n)[1:],
            "the end only": lambda g, s, r, n: descend(g, s, r, n)[-1:],
            "one step too many": lambda g, s, r, n: descend(g, s, r, n + 1),
            "the steps, not the places": lambda g, s, r, n: [s, *(r * g(w) for w in descend(g, s, r, n)[:-1])],
            "ends beyond the valley": descend_while_falling,
            "a rate that falls": descend_slower,
            "ends where the ground is level": descend_until_level,
        },
        blind=("ends beyond the valley", "a rate that falls"),
    ),
    "steps": Case(
        reference=3312,
        unusual={"a float": 3312.0, "of NumPy": np.int64(3312), "an array": np.array([3312])},
        wrong={
            "rounded down": 91 * 36,
            "one epoch": 92,
            "pictures": 5883 * 36,
            "a text": "3312",
            "all pictures in one row": round(5883 / 64 * 36),
            "batches alone": 64 * 36,
        },
        blind=("all pictures in one row", "batches alone"),
    ),
    "should_stop": Case(
        reference=stop,
        unusual=forms(stop, int, np.bool_, np.array) | {"a loop": stop_in_a_loop},
        wrong={
            "against the loss before the wait": lambda l, p: len(l) > p and min(l[-p:]) >= l[-p - 1],
            "always a patience of two": lambda l, p: stop(l, 2),
            "one epoch too late": lambda v, p: stop(v, p, slack=1),
            "one epoch too early": lambda v, p: stop(v, p, slack=-1),
            "an equal loss counts": lambda v, p: stop(v, p, first=False),
            "compares neighbors": lambda v, p: len(v) > p and all(b >= a for a, b in zip(v[-p - 1 :], v[-p:])),
            "stops at the first rise": lambda v, p: len(v) > 1 and v[-1] > v[-2],
            "looks at the last loss only": lambda v, p: bool(v) and len(v) > p and v[-1] > min(v),
            "crashes without a loss": lambda v, p: len(v) - 1 - v.index(min(v)) >= p,
            "crashes in the first epochs": lambda v, p: bool(v) and min(v[:-p]) <= min(v[-p:]),
            "stops in the first epochs": lambda v, p: bool(v) and (len(v) <= p or min(v[:-p]) <= min(v[-p:])),
            "an accuracy, highest is best": lambda v, p: bool(v) and len(v) - 1 - v.index(max(v)) >= p,
            "gives the epoch": lambda v, p: (len(v) - v.index(min(v))) if v and stop(v, p) else False,
            "compares with the loss back then": lambda v, p: len(v) > p and v[-1] >= v[-1 - p],
            "counts all bad epochs": lambda v, p: sum(loss > min(v[:n]) for n, loss in enumerate(v) if n) >= p,
        },
        blind=("compares with the loss back then", "counts all bad epochs"),
    ),
    "make_callbacks": Case(
        reference=make,
        unusual={
            "a tuple": lambda path: tuple(make(path)),
            "another order": lambda path: make(path)[::-1],
            "more than was asked": lambda path: [*make(path), callbacks().TerminateOnNaN()],
        },
        wrong={
            "small gains do not slow it down": lambda path: make(path, slower={"min_delta": 0.1}),
            "kept every ten batches": lambda path: make(path, keep={"save_freq": 10}),
            "a loss to reach first": lambda path: make(path, stop={"baseline": 0.1}),
            "an accuracy to reach first": lambda path: make(path, keep={"initial_value_threshold": 0.9}),
            "no checkpoint": lambda path: make(path, without="keep"),
            "watches the training loss": lambda path: make(path, stop={"monitor": "loss"}),
            "the last weights": lambda path: make(path, stop={"restore_best_weights": False}),
            "patiences swapped": lambda path: make(path, stop={"patience": 5}, slower={"patience": 10}),
            "down by a fifth": lambda path: make(path, slower={"factor": 0.8}),
            "no lower end": lambda path: make(path, slower={"min_lr": 0}),
            "a lower end of its own": lambda path: make(path, slower={"min_lr": 1e-4}),
            "every epoch kept": lambda path: make(path, keep={"save_best_only": False}),
            "keeps by loss": lambda path: make(path, keep={"monitor": "val_loss"}),
            "a path of its own": lambda path: make("final_emotion_model.keras"),
            "the worst net is kept": lambda path: make(path, keep={"mode": "min"}),
            "a rising loss is better": lambda path: make(path, stop={"mode": "max"}),
            "weights only": lambda path: make(path + "", keep={"save_weights_only": True, "filepath": "a.weights.h5"}),
            "a path that everybody uses": lambda path: make("best.keras"),
            "keeps by the training accuracy": lambda path: make(path, keep={"monitor": "accuracy"}),
            "small gains do not count": lambda path: make(path, stop={"min_delta": 0.01}),
            "a rest after each step down": lambda path: make(path, slower={"cooldown": 3}),
        },
        blind=(
            "a path that everybody uses",
            "keeps by the training accuracy",
            "small gains do not count",
            "a rest after each step down",
        ),
    ),
}
