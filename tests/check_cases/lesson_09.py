"""Answers to the exercises of lesson 09."""

import base64
import functools
import html
import os
import pathlib

import librosa
import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from . import Case, forms

SMALL = {
    "epochs": 6,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "dropout": 0.25,
    "kernels": 8,
    "copies": 3,
    "step": 2,
}


def mel(signal, *, n_mels=128, hop=512, sr=22050, n_fft=2048):
    return librosa.feature.melspectrogram(y=signal, sr=sr, n_fft=n_fft, hop_length=hop, n_mels=n_mels)


def fit(signal):
    return librosa.util.pad_center(signal[:66150], size=66150)


def picture(signal, *, fitted=fit, ref=np.max, **options):
    return librosa.power_to_db(mel(fitted(signal), **options), ref=ref)


def padded_picture(signal):
    drawn = picture(signal, fitted=lambda clip: clip[:66150])
    left = (130 - drawn.shape[1]) // 2
    return np.pad(drawn, ((0, 0), (left, 130 - drawn.shape[1] - left)), constant_values=-80)


def by_hand(signal):
    signal = signal[:66150]
    left = (66150 - len(signal)) // 2
    power = (
        librosa.filters.mel(sr=22050, n_fft=2048)
        @ np.abs(librosa.stft(np.pad(signal, (left, 66150 - left - len(signal))))) ** 2
    )
    db = 10 * np.log10(np.maximum(power, 1e-10))
    return np.maximum(db - db.max(), -80)


def middle(signal):
    start = max(0, (len(signal) - 66150) // 2)
    return fit(signal[start:])


def raised(signal, steps=2):
    return librosa.effects.pitch_shift(signal, sr=22050, n_steps=steps)


def three_forms(signal, rng, *, noise=None, steps=2):
    noise = rng.normal(0, 0.005, len(signal)) if noise is None else noise
    return [signal, signal + noise, raised(signal, steps)]


def noise_put_in(signal, rng):
    kept, up = signal.copy(), raised(signal)
    signal += rng.normal(0, 0.005, len(signal))
    return [kept, signal, up]


@functools.cache
def keras():
    from ser_lessons import net

    net.start_keras()
    import keras

    return keras


def blocks(model, filters, dropout, *, order="cnpd", activation="relu", **options):
    layers = keras().layers
    made = {
        "c": lambda: layers.Conv2D(filters, options.pop("size", 3), activation=activation, **options),
        "n": layers.BatchNormalization,
        "p": layers.MaxPooling2D,
        "a": layers.AveragePooling2D,
        "d": lambda: layers.Dropout(dropout),
        "r": layers.ReLU,
        "t": lambda: layers.Activation("tanh"),
    }
    for kind in order:
        model.add(made[kind]())


def build(shape, kernels, dropout, *, times=(1, 2, 4, 8), **options):
    layers = keras().layers
    model = keras().Sequential([keras().Input(shape)])
    for factor in times:
        blocks(model, factor * kernels, dropout, **options)
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(128, activation="relu"))
    model.add(layers.Dropout(0.4))
    model.add(layers.Dense(8, activation="softmax"))
    return model


def listed(shape, kernels, dropout):
    model = build(shape, kernels, dropout)
    return keras().Sequential([keras().Input(shape), *model.layers])


def groups(actors, seed, *, by=None, first=0.25, second=0.2, inside=True, random_state=True):
    seed = seed if random_state is True else random_state
    by = actors if by is None else by
    rest, test = next(GroupShuffleSplit(1, test_size=first, random_state=seed).split(by, groups=by))
    inner = GroupShuffleSplit(1, test_size=second, random_state=seed)
    training, validation = next(inner.split(rest, groups=by[rest]))
    return (rest[training], rest[validation], test) if inside else (training, validation, test)


def unseeded(actors, seed):
    rest, test = next(GroupShuffleSplit(1, test_size=0.25, random_state=seed).split(actors, groups=actors))
    training, validation = next(GroupShuffleSplit(1, test_size=0.2).split(rest, groups=actors[rest]))
    return rest[training], rest[validation], test


def groups_by_names(actors, seed):
    names = np.random.default_rng(seed).permutation(np.unique(actors))
    return [np.flatnonzero(np.isin(actors, part)) for part in (names[8:], names[5:8], names[:5])]


def drawn(gains, rng, n=2000):
    return [rng.choice(gains, len(gains)).mean() for _ in range(n)]


def effect(before, after, voices, rng, *, factor=100.0, level=0.95, draw=drawn):
    gains = pd.Series(factor * (after - before)).groupby(voices).mean().to_numpy()
    low, high = np.quantile(draw(gains, rng), [(1 - level) / 2, (1 + level) / 2])
    return gains.mean(), low, high


def pooled(before, after, voices, rng):
    names = np.unique(voices)
    change = 100.0 * (after - before)
    draws = [np.concatenate([change[voices == v] for v in rng.choice(names, len(names))]).mean() for _ in range(500)]
    return change.mean(), *np.quantile(draws, [0.025, 0.975])


def unpaired(before, after, voices, rng):
    one, two = (100 * pd.Series(hits).groupby(voices).mean().to_numpy() for hits in (before, after))
    draws = [rng.choice(two, len(two)).mean() - rng.choice(one, len(one)).mean() for _ in range(2000)]
    return two.mean() - one.mean(), *np.quantile(draws, [0.025, 0.975])


def of_clips(before, after, voices, rng):
    change = 100.0 * (after - before)
    return effect(before, after, voices, rng)[0], *np.quantile(drawn(change, rng), [0.025, 0.975])


def spread(before, after, voices, rng):
    mean, *_ = effect(before, after, voices, rng)
    gains = pd.Series(100.0 * (after - before)).groupby(voices).mean().to_numpy()
    return mean, mean - 1.96 * gains.std(), mean + 1.96 * gains.std()


def middle_of_the_interval(before, after, voices, rng):
    _, low, high = effect(before, after, voices, rng)
    return (low + high) / 2, low, high


def by_formula(before, after, voices, rng):
    gains = pd.Series(100.0 * (after - before)).groupby(voices).mean()
    half = 1.96 * gains.std() / len(gains) ** 0.5
    return gains.mean(), gains.mean() - half, gains.mean() + half


def one_matrix(before, after, voices, rng):
    gains = np.array([100 * (after[voices == v].mean() - before[voices == v].mean()) for v in np.unique(voices)])
    low, high = np.percentile(rng.choice(gains, (2000, len(gains))).mean(axis=1), [2.5, 97.5])
    return gains.mean(), low, high


def page(title, facts, picture, *, escape=html.escape, alt="the effect", image=None, body=None):
    image = image or f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    body = body or "".join(f"<li>{escape(name)}: {escape(text)}</li>" for name, text in facts.items())
    return f'<meta charset="utf-8"><h1>{escape(title)}</h1><ul>{body}</ul><img alt="{alt}" src="{image}">'


def put(path, text, *, draft=".part", encoding="utf-8"):
    beside = pathlib.Path(str(path) + draft)
    beside.write_text(text, encoding=encoding)
    os.replace(beside, path)


def writer(**options):
    return lambda path, title, facts, picture: put(path, page(title, facts, picture, **options))


def with_rename(path, title, facts, picture):
    beside = pathlib.Path(path).with_name("draft.html")
    with open(beside, "w", encoding="utf-8") as file:
        file.write("<!doctype html>\n<html><body>" + page(title, facts, picture) + "</body></html>")
    beside.replace(path)


def as_table(path, title, facts, picture):
    frame = pd.Series(facts).to_frame("fact")
    put(path, page(title, facts, picture, body=frame.to_html()))


def in_bold(path, title, facts, picture):
    lines = (f"<p><b>{html.escape(k)}</b>: <i>{html.escape(v)}</i></p>" for k, v in facts.items())
    put(path, page(title, facts, picture, body="".join(lines)))


def copied(path, title, facts, picture):
    put(path, page(title, facts, picture))
    pathlib.Path(path).with_suffix(".part").write_text("draft")


def deleted_first(path, title, facts, picture):
    beside = pathlib.Path(path).with_suffix(".part")
    beside.write_text(page(title, facts, picture), encoding="utf-8")
    pathlib.Path(path).unlink()
    beside.rename(path)


def moved_aside(path, title, facts, picture):
    older = pathlib.Path(path).rename(str(path) + ".old")
    put(path, page(title, facts, picture))
    older.unlink()


CASES = {
    "log_mel": Case(
        reference=picture,
        unusual=forms(picture, np.float64, np.ndarray.tolist) | {"by hand": by_hand},
        wrong={
            "triangles not scaled": lambda s: librosa.power_to_db(
                librosa.feature.melspectrogram(y=fit(s), sr=22050, norm=None), ref=np.max
            ),
            "the picture padded": padded_picture,
            "whole decibels": lambda s: picture(s).round(),
            "padded at the end": lambda s: picture(s, fitted=lambda c: np.pad(c[:66150], (0, 66150 - len(c[:66150])))),
            "amplitude": lambda s: librosa.amplitude_to_db(mel(fit(s)), ref=np.max),
            "not fitted": lambda s: picture(s, fitted=lambda c: c),
            "64 bands": lambda s: picture(s, n_mels=64),
            "the middle of a long clip": lambda s: picture(s, fitted=middle),
            "librosa's other rate": lambda s: picture(s, sr=44100),
            "no floor": lambda s: librosa.power_to_db(mel(fit(s)), ref=np.max, top_db=None),
            "from 0 to 1": lambda s: picture(s) / 80 + 1,
        },
        blind=("no floor", "from 0 to 1"),
    ),
    "copies": Case(
        reference=three_forms,
        unusual=forms(three_forms, tuple, np.array)
        | {
            "standard normal, scaled": lambda s, r: three_forms(s, r, noise=0.005 * r.standard_normal(len(s))),
            "float32": lambda s, r: [np.float32(form) for form in three_forms(s, r)],
        },
        wrong={
            "raised by another speed": lambda s, r: [
                *three_forms(s, r)[:2],
                librosa.util.fix_length(
                    librosa.resample(s, orig_sr=22050 * 2 ** (2 / 12), target_sr=22050), size=len(s)
                ),
            ],
            "raised to full scale": lambda s, r: [*three_forms(s, r)[:2], librosa.util.normalize(raised(s))],
            "a second of noise again and again": lambda s, r: three_forms(
                s, r, noise=np.resize(r.normal(0, 0.005, 1000), len(s))
            ),
            "soft noise": lambda s, r: three_forms(
                s, r, noise=np.convolve(r.normal(0, 0.005 * 3**0.5, len(s)), np.ones(3) / 3, "same")
            ),
            "noise put into the clip": noise_put_in,
            "cut at full scale": lambda s, r: [s, np.clip(three_forms(s, r)[1], -1, 1), raised(s)],
            "uniform and positive": lambda s, r: three_forms(s, r, noise=0.005 * r.random(len(s))),
            "uniform around zero": lambda s, r: three_forms(s, r, noise=0.005 * 12**0.5 * (r.random(len(s)) - 0.5)),
            "variance for sigma": lambda s, r: three_forms(s, r, noise=r.normal(0, 0.005**0.5, len(s))),
            "by the clip's peak": lambda s, r: three_forms(s, r, noise=r.normal(0, 0.0167 * np.abs(s).max(), len(s))),
            "a generator of its own": lambda s, r: three_forms(s, r, noise=np.random.normal(0, 0.005, len(s))),
            "always the same noise": lambda s, r: three_forms(s, np.random.default_rng(0)),
            "one semitone": lambda s, r: three_forms(s, r, steps=1),
            "noise on the raised form, too": lambda s, r: [s, three_forms(s, r)[1], s + 0.005],
            "two forms": lambda s, r: three_forms(s, r)[1:],
            "noise and pitch swapped": lambda s, r: [three_forms(s, r)[k] for k in (0, 2, 1)],
            "all with noise": lambda s, r: [s + r.normal(0, 0.005, len(s)), *three_forms(s, r)[1:]],
            "the noisy form raised": lambda s, r: [*three_forms(s, r)[:2], raised(three_forms(s, r)[1])],
            "one number for all samples": lambda s, r: three_forms(s, r, noise=r.normal(0, 0.005)),
        },
        blind=("the noisy form raised", "one number for all samples"),
    ),
    "build": Case(
        reference=build,
        unusual={
            "as a list": listed,
            "activation as a function": lambda s, k, d: build(s, k, d, activation=keras().activations.relu),
            "ReLU as a layer": lambda s, k, d: build(s, k, d, order="crnpd", activation=None),
            "kernel size as a pair": lambda s, k, d: build(s, k, d, **{"strides": (1, 1)}),
        },
        wrong={
            "no ReLU": lambda s, k, d: build(s, k, d, activation=None),
            "padded": lambda s, k, d: build(s, k, d, padding="same"),
            "no batch normalization": lambda s, k, d: build(s, k, d, order="cpd"),
            "normalized after pooling": lambda s, k, d: build(s, k, d, order="cpnd"),
            "mean pooling": lambda s, k, d: build(s, k, d, order="cnad"),
            "dropout fixed": lambda s, k, d: build(s, k, 0.25),
            "kernels never doubled": lambda s, k, d: build(s, k, d, times=(1, 1, 1, 1)),
            "kernels fixed": lambda s, k, d: build(s, 32, d),
            "the net is not returned": lambda s, k, d: "",
            "ReLU after the normalization": lambda s, k, d: build(s, k, d, order="cnrpd", activation=None),
            "dropout before the pooling": lambda s, k, d: build(s, k, d, order="cndp"),
            "tanh as a layer": lambda s, k, d: build(s, k, d, order="ctnpd", activation=None),
        },
        blind=("ReLU after the normalization", "dropout before the pooling"),
    ),
    "three_sets": Case(
        reference=groups,
        unusual=forms(groups, list)
        | {
            "lists": lambda a, s: [part.tolist() for part in groups(a, s)],
            "by drawing names": groups_by_names,
            "shares as counts": lambda a, s: groups(a, s, first=5, second=3),
        },
        wrong={
            "the second split without a seed": unseeded,
            "positions within the rest": lambda a, s: groups(a, s, inside=False),
            "groups forgotten": lambda a, s: groups(a, s, by=np.arange(len(a))),
            "test and learn alone": lambda a, s: (groups(a, s)[0], groups(a, s)[2]),
            "a seed of its own": lambda a, s: groups(a, s, random_state=7),
            "no seed": lambda a, s: groups(a, s, random_state=None),
            "actors instead of positions": lambda a, s: [a[part].astype(float) for part in groups(a, s)],
            "test twice": lambda a, s: (*groups(a, s)[::2], groups(a, s)[2]),
            "a fifth of all for validation": lambda a, s: groups(a, s, second=4),
            "true and false": lambda a, s: [np.isin(np.arange(len(a)), part) for part in groups(a, s)],
        },
        blind=("a fifth of all for validation", "true and false"),
    ),
    "one_change": Case(
        reference=({"copies": 1}, -5, SMALL),
        unusual={
            "of NumPy": ({"learning_rate": np.float64(3e-3)}, np.float32(4), SMALL),
            "nothing expected": ({"dropout": 0}, 0, SMALL),
            "a whole number of NumPy": ({"epochs": np.int64(8)}, 2.5, SMALL),
        },
        wrong={
            "two changes": ({"epochs": 1, "batch_size": 64}, -30, SMALL),
            "no change": ({}, -30, SMALL),
            "the value it had": ({"epochs": 6}, 5, SMALL),
            "the value it had, as a float": ({"copies": 3.0}, 5, SMALL),
            "the value it had, as of NumPy": ({"learning_rate": np.float64(0.001)}, 5, SMALL),
            "no such entry": ({"momentum": 0.5}, 5, SMALL),
            "a name alone": ("epochs", -30, SMALL),
            "a text as value": ({"epochs": "1"}, -30, SMALL),
            "everything dropped": ({"dropout": 1.0}, -30, SMALL),
            "four forms": ({"copies": 4}, 3, SMALL),
            "a step that leaves nothing": ({"step": 3}, 3, SMALL),
            "a fraction": ({"epochs": 1}, -0.3, SMALL),
            "a word": ({"epochs": 1}, "worse", SMALL),
            "a slip of the pen": ({"droput": 0.5}, 2, SMALL),
            "epochs with a decimal point": ({"epochs": 8.0}, 2, SMALL),
            "epochs for half an hour": ({"epochs": 500}, 20, SMALL),
            "a list as value": ({"dropout": [0.5]}, 5, SMALL),
            "a prediction with brackets": ({"dropout": 0.5}, [5], SMALL),
        },
        blind=("a slip of the pen", "epochs with a decimal point"),
    ),
    "paired_effect": Case(
        reference=effect,
        unusual=forms(effect, list, np.array, pd.Series) | {"one matrix of draws": one_matrix},
        wrong={
            "clips count, not voices": pooled,
            "not paired": unpaired,
            "draws clips": of_clips,
            "a fraction": lambda b, a, v, r: effect(b, a, v, r, factor=1.0),
            "before minus after": lambda b, a, v, r: effect(a, b, v, r),
            "90 %": lambda b, a, v, r: effect(b, a, v, r, level=0.9),
            "spread of the voices": spread,
            "half the voices": lambda b, a, v, r: effect(b, a, v, r, draw=lambda g, q: drawn(g[: len(g) // 2], q)),
            "a generator of its own": lambda b, a, v, r: effect(b, a, v, np.random.default_rng()),
            "a seed of its own": lambda b, a, v, r: effect(b, a, v, np.random.default_rng(0)),
            "ends swapped": lambda b, a, v, r: [effect(b, a, v, r)[k] for k in (0, 2, 1)],
            "the effect alone": lambda b, a, v, r: effect(b, a, v, r)[0],
            "the textbook's formula": by_formula,
            "twenty draws": lambda b, a, v, r: effect(b, a, v, r, draw=lambda g, q: drawn(g, q, 20)),
            "the middle of the interval": middle_of_the_interval,
        },
        blind=("the textbook's formula", "twenty draws"),
    ),
    "write_page": Case(
        reference=writer(),
        unusual={
            "with a name of its own": with_rename,
            "as a table of pandas": as_table,
            "quotes left as they are": writer(escape=lambda text: html.escape(text, quote=False)),
            "names in bold": in_bold,
        },
        wrong={
            "deleted, then renamed": deleted_first,
            "moved aside, then renamed": moved_aside,
            "not escaped": writer(escape=str),
            "names not escaped": lambda path, title, facts, picture: put(
                path,
                page(title, facts, picture, body="".join(f"{n}: {html.escape(t)}" for n, t in facts.items())),
            ),
            "escaped twice": writer(escape=lambda text: html.escape(html.escape(text))),
            "picture beside the page": writer(image="effect.png"),
            "bytes as text": lambda path, title, facts, picture: put(
                path, page(title, facts, picture, image=f"data:image/png;base64,{base64.b64encode(picture)}")
            ),
            "no alt text": writer(alt=""),
            "no picture": lambda path, title, facts, picture: put(path, page(title, facts, picture).split("<img")[0]),
            "facts forgotten": writer(body="<li>it got better</li>"),
            "overwritten in place": lambda path, title, facts, picture: pathlib.Path(path).write_text(
                page(title, facts, picture), encoding="utf-8"
            ),
            "another encoding": lambda path, title, facts, picture: put(
                path, page(title, facts, picture), encoding="latin-1"
            ),
            "encoding not said": lambda path, title, facts, picture: put(
                path, page(title, facts, picture).replace("charset", "name")
            ),
            "draft left": copied,
            "another path": lambda path, title, facts, picture: put(str(path) + "l", page(title, facts, picture)),
            "title not escaped": lambda path, title, facts, picture: put(
                path, page(title, facts, picture).replace(html.escape(title), title)
            ),
            "the whole page escaped": lambda path, title, facts, picture: put(
                path, html.escape(page(title, facts, picture))
            ),
        },
        blind=("title not escaped", "the whole page escaped"),
    ),
}
