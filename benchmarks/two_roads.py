"""One net for known corpora and strangers: convolutions beside statistics, both learned from four corpora.

    python benchmarks/two_roads.py train [NUMBER...]   the convolutions, all or some of 13 trainings (about 4 to 15 min)
    python benchmarks/two_roads.py report              reports/two_roads.json, reference/shipped_*.csv, six whole nets
    python benchmarks/two_roads.py bundle              the bundle that ships, by the settings of the report

Needs what `strangers.py features` kept. The convolutions learn from RAVDESS in changing rooms (systems/rooms_net.py),
80 epochs, and then from all training corpora, 8 more; what counts is the mean of the weights before and after. The
linear road learns from all of them, from each clip as it is, against the mean of its voice, and once more in another
room. A voice is known by the mean of the net's own logits for its other clips. Everything is kept, and goes on after a
kill.
"""

import dataclasses
import functools
import itertools
import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import headline, render, strangers
from benchmarks.systems import rooms_net, two_roads
from ser_lessons import evaluate
from ser_lessons.config import EMOTIONS, SEED
from ser_lessons.corpus import splits
from ser_lessons.evaluate import calibration
from ser_lessons.net import predict

REFERENCE = ROOT / "ser_lessons" / "reference"
SETTINGS = list(itertools.product((0.1, 0.3), (0.25, 0.5, 1.0, 2.0), (1, 3, 5)))
"""What is tried: the penalty of the linear road; how much the convolutions' log-probabilities count; how many pieces
that say nothing are added to those of a voice."""
SHARE = 0.33
"""How much RAVDESS counts against all other training corpora together."""
COMPONENTS = 400
MODES = ("plain", "voice5", "voice10", "voice20", "voice30", "voice60", "neutral30")
INNER = ("plain", "voice10", "voice30", "neutral30")
"""The modes that settings are chosen by."""
TARGET = 0.75
"""What the answered clips of strangers should reach."""
TITLE = "One net on two roads: one corpus left out, and RAVDESS voices left out; speakers resampled"
HOW = {
    "net": "sum of the logits of two roads that see the same picture: convolutions (80 epochs of RAVDESS, 8 of all "
    "training corpora, in changing rooms; the mean of the weights before and after these 8), and a linear model on "
    "1751 statistics computed inside the net (all training corpora)",
    "scoring": "lopo: labels common to training and tested corpora, calm counts as neutral, other probability is set "
    "aside; actors: eight labels, 24 voices, six folds",
    "voice": "modes voiceN: N seconds of other clips of the same speaker, labels never seen; the mean of the net's "
    "logits for them, and for a few recordings of which it would say nothing, is taken away (`predict.Voice`)",
    "choice": "penalty, weight and number of pieces that say nothing by the mean of two figures, each the UAR over "
    "plain, voice10, voice30 and neutral30: trainings on RAVDESS and one other corpus, tested on another; and "
    "trainings on all corpora without the voices of a fold of `actors`, tested on these. For a left-out corpus the "
    "former count where they neither learn nor test it (the latter learned it, but test RAVDESS voices); for a fold of "
    "`actors` the latter count where they do not test it. That RAVDESS counts one third in the linear road, and clips "
    "in other rooms as much as the clips as they are, was chosen by hand on the mean of the former; the 8 epochs and "
    "their rate were tried once; that the mean of the weights keeps what RAVDESS voices need was seen on two folds",
    "calibration": "strangers: eight labels, calm as neutral; temperature and threshold for each corpus fitted on the "
    "other two; RAVDESS voices: by what fits the three corpora",
}
EPOCHS, RATE = 8, 3e-4
"""Of the second training of the convolutions, by all corpora."""
COPIES = {"emodb": 4, "emovo": 3, "nemo": 1}
"""How often each clip of the other corpora is seen in an epoch of it, so that none is drowned."""
TRAININGS = [(None, others) for n in (1, 2, 3) for others in itertools.combinations(strangers.GIVEN, n)]
TRAININGS += [(fold, strangers.GIVEN) for fold in range(1, 7)]
"""(fold of `actors` or None, other corpora learned from) of each training of the convolutions."""

load = functools.cache(strangers.load)
"""All clips; read once, however many trainings there are."""


def convolutions(fold=None, others=strangers.GIVEN):
    """The convolutions, a Keras model: the mean of the weights before and after they learned other corpora.

    The mean keeps most of what either knows (Wortsman et al. 2022, robust fine-tuning).
    """
    before, after = trained(fold, ()), trained(fold, others)
    after.set_weights([(one + other) / 2 for one, other in zip(before.get_weights(), after.get_weights())])
    return after


def trained(fold, others):
    """A Keras model, trained on RAVDESS, or without the test voices of a fold, and then on other corpora, too."""
    from ser_lessons.net import bundle, training
    from ser_lessons.net.backend import wake

    folder = strangers.folder() / "rooms_net" / "+".join([f"fold{fold}" if fold else "whole", *others])
    place, net = folder / "model.keras", rooms_net.NET
    if place.exists():
        return bundle.load_keras(place.read_bytes())
    data = load()
    rows = data.rows(("ravdess",))
    if fold:
        rows = voice_folds(data)[fold - 1][1]
    if others:
        model = trained(fold, ())
        recipe = dataclasses.replace(net.recipe, epochs=EPOCHS, learning_rate=RATE)
        rows = np.concatenate([rows, *(np.repeat(data.rows((name,)), COPIES[name]) for name in others)])
    else:
        wake().utils.set_random_seed(SEED)
        model, recipe = net.build(), net.recipe
    batch = np.maximum(data.pictures[rows].astype(np.float32), -60)[..., None]
    model, _ = training.train(
        model,
        (batch, data.label[rows]),
        recipe=recipe,
        augment=net.augment,
        run_dir=folder,
        log=lambda row: strangers.tell(folder.name, row),
    )
    place.write_bytes(bundle.keras_bytes(model))
    return model


def all_statistics(data):
    """Statistics of the net's linear road of all clips: as they are, and once more in other rooms; computed once."""
    place = strangers.folder() / "two_roads.npz"
    if not place.exists():
        plain = two_roads.describe(data.pictures)
        rng, parts = np.random.default_rng(SEED), []
        for start in range(0, len(data.pictures), 500):
            batch = np.maximum(data.pictures[start : start + 500].astype(np.float32), two_roads.FLOOR)[..., None]
            elsewhere = rooms_net.change_rooms(batch, rng, shares=rooms_net.LINEAR_SHARES, floor=two_roads.FLOOR)
            parts.append(two_roads.describe(elsewhere[..., 0]))
        np.savez(place, plain=plain, elsewhere=np.concatenate(parts))
    with np.load(place) as kept:
        return kept["plain"], kept["elsewhere"]


class Road:
    """The linear road, fitted on some rows: as they are, relative to the mean of the voice, and in other rooms."""

    def __init__(self, data, values, rows):
        plain, changed = values
        self.labels = data.label[rows]
        weights, own = strangers.balance(data, rows), data.corpus[rows] == "ravdess"
        for part, share in ((own, SHARE), (~own, 1 - SHARE)):
            weights[part] *= share / max(weights[part].sum(), 1e-9)
        weights /= weights.mean()
        self.mean = np.average(plain[rows], axis=0, weights=weights)
        self.spread = np.sqrt(np.average((plain[rows] - self.mean) ** 2, axis=0, weights=weights)) + 1e-6
        self.all = self._standard(plain)
        known = np.stack([self.all[row] - self.all[data.mates["voice30"][row]].mean(axis=0) for row in rows])
        seen = np.concatenate([self.all[rows], known, self._standard(changed[rows])])
        self.weights = np.r_[weights, 4 * weights, weights]
        self.weights /= self.weights.mean()
        self.basis = strangers.principal(seen, self.weights, COMPONENTS)
        self.seen = seen @ self.basis

    def _standard(self, values):
        return np.clip((values - self.mean) / self.spread, -two_roads.CLIP, two_roads.CLIP).astype(np.float32)

    def fit(self, penalty):
        matrix = strangers.logistic(self.seen, np.resize(self.labels, len(self.seen)), self.weights, penalty)
        self.kernel, self.bias = (self.basis @ matrix[:-1]).astype(np.float32), matrix[-1].astype(np.float32)
        return self

    def logits(self):
        """Of all clips of all corpora."""
        return self.all @ self.kernel + self.bias


def heard_by(net, data, rows):
    """Log-probabilities of the convolutions about some clips."""
    pictures = np.maximum(data.pictures[rows].astype(np.float32), -60)[..., None]
    said = net.predict(pictures, batch_size=128, verbose=0)
    return np.log(np.maximum(said, two_roads.LEAST))


def heard_by_convolutions(data, fold, others):
    """Log-probabilities of the convolutions of one training about all clips, computed once."""
    place = strangers.folder() / "rooms_net" / f"{'+'.join([str(fold), *others])}.npy"
    if not place.exists():
        np.save(place, heard_by(convolutions(fold, others), data, np.arange(len(data.table))))
    return np.load(place)


def answers(data, rows, logits, mode, silent):
    """Logits of some rows in one mode, from those of all clips; `silent` recordings are added to those of the voice."""
    if mode == "plain":
        return logits[rows]
    return np.stack([logits[row] - predict.average(logits[data.mates[mode][row]], silent) for row in rows])


def inner_results(data, values):
    """UAR (mean of the modes INNER) of each of `SETTINGS`: {setting: {"ravdess+emodb -> emovo": .4, "fold 1": .6}}."""
    found = {setting: {} for setting in SETTINGS}
    for own in strangers.GIVEN:
        learned = ("ravdess", own)
        tests = {f"ravdess+{own} -> {name}": data.tested(name) for name in strangers.GIVEN if name != own}
        road, heard = Road(data, values, data.rows(learned)), heard_by_convolutions(data, None, (own,))
        judge = functools.partial(strangers.predictions, data, trained=learned)
        _try_settings(found, data, road, heard, tests, judge)
    for number, (fold, learned, tested) in enumerate(voice_folds(data), start=1):
        road = Road(data, values, np.r_[learned, data.rows(strangers.GIVEN)])
        heard = heard_by_convolutions(data, number, strangers.GIVEN)
        judge = functools.partial(whole, data, fold=0, protocol="actors")
        _try_settings(found, data, road, heard, {fold: tested}, judge)
    return found


def _try_settings(found, data, road, heard, tests, judge):
    """Add to `found` what one training reaches in each setting, for each of its tests, {name: rows}."""
    for penalty in sorted({setting[0] for setting in SETTINGS}):
        linear = road.fit(penalty).logits()
        for setting in (setting for setting in SETTINGS if setting[0] == penalty):
            logits = linear + setting[1] * heard
            for name, rows in tests.items():
                said = [answers(data, rows, logits, mode, setting[2]) for mode in INNER]
                found[setting][name] = float(np.mean([strangers.uar(judge(rows, one)) for one in said]))
    strangers.tell("inner", *tests)


@functools.cache
def voice_folds(data):
    """[("fold 1", training rows of RAVDESS, tested rows: speech of voices that are not in the former)]."""
    rows = np.flatnonzero(data.corpus == "ravdess")
    table = data.table.iloc[rows].reset_index(drop=True)
    table["actor"] = table["actor"].str.split("/").str[-1].astype(int)
    spoken = data.spoken[rows]
    return [
        (f"fold {split.fold}", rows[split.train], rows[split.test][spoken[split.test]])
        for split in splits.make_splits("actors", table)
    ]


def choose(found, left_out):
    """The setting for a corpus or fold that is left out (or None): the best mean over strangers and RAVDESS voices."""

    def mean(one):
        fair = {name: value for name, value in one.items() if left_out is None or left_out not in name}
        parts = [[value for name, value in fair.items() if ("->" in name) == strange] for strange in (True, False)]
        return np.mean([np.mean(part) for part in parts])

    return max(found, key=lambda setting: mean(found[setting]))


def whole(data, rows, logits, *, fold, protocol):
    """Predictions table of eight labels; without calm where the corpus has none of it. RAVDESS clips by their names."""
    values = np.exp(logits - logits.max(axis=1, keepdims=True))
    if not (data.label[rows] == 1).any():
        values[:, 0] += values[:, 1]
        values[:, 1] = 0
    values = (values / values.sum(axis=1, keepdims=True)).round(6)
    table = data.table.iloc[rows]
    if (data.corpus[rows] == "ravdess").all():
        named = {name: table[name].str.removeprefix("ravdess/") for name in ("stem", "actor")}
        table = table.assign(stem=named["stem"], actor=named["actor"].astype(int))
    return evaluate.make_predictions(table, values, fold=fold, protocol=protocol)


def among_own_labels(table):
    """The same table among the labels that its corpus has: the probability of others is set aside."""
    others = [f"p_{name}" for name in EMOTIONS if name not in set(table["emotion"])]
    columns = [f"p_{name}" for name in EMOTIONS]
    scored = table.assign(**dict.fromkeys(others, 0.0))
    left = scored[columns].to_numpy() + 1e-9 * ~np.isin(columns, others)
    scored[columns] = left / left.sum(axis=1, keepdims=True)
    return scored.reset_index(drop=True)


def leave_corpora_out(data, values, inner):
    """Settings, and for each mode the predictions of all left-out corpora."""
    chosen, found = {}, {mode: [] for mode in MODES}
    for learned, out in strangers.folds()[1:]:
        penalty, weight, silent = chosen[out] = choose(inner, out)
        heard = heard_by_convolutions(data, None, learned[1:])
        logits = Road(data, values, data.rows(learned)).fit(penalty).logits() + weight * heard
        rows, fold = data.tested(out), strangers.CORPORA.index(out)
        for mode, tables in found.items():
            said = answers(data, rows, logits, mode, silent)
            tables.append(whole(data, rows, said, fold=fold, protocol=f"lopo, {mode}"))
        told = {mode: round(strangers.uar(among_own_labels(tables[-1])), 3) for mode, tables in found.items()}
        strangers.tell(out, chosen[out], told)
    return chosen, {mode: evaluate.pool(tables) for mode, tables in found.items()}


def leave_actors_out(data, values, inner):
    """Settings, and for each mode the predictions of all RAVDESS voices; the nets are kept for benchmarks/rooms.py."""
    chosen, found = {}, {mode: [] for mode in MODES}
    for number, (fold, learned, tested) in enumerate(voice_folds(data), start=1):
        penalty, weight, silent = chosen[fold] = choose(inner, fold)
        road = Road(data, values, np.r_[learned, data.rows(strangers.GIVEN)]).fit(penalty)
        logits = road.logits() + weight * heard_by_convolutions(data, number, strangers.GIVEN)
        net_of_fold(number).write_bytes(two_roads.as_bytes(convolutions(number), road, weight))
        for mode, tables in found.items():
            said = answers(data, tested, logits, mode, silent)
            tables.append(whole(data, tested, said, fold=number, protocol=f"actors, {mode}"))
        told = {mode: round(strangers.uar(tables[-1]), 3) for mode, tables in found.items()}
        strangers.tell(fold, chosen[fold], told)
    return chosen, {mode: evaluate.pool(tables) for mode, tables in found.items()}


def net_of_fold(fold):
    """Where the whole net is kept that heard no test voice of a fold of `actors`."""
    return strangers.folder() / "rooms_net" / f"two_roads_{fold}.keras"


def sureness(strange, known):
    """How far confidence can be trusted: of strangers, by temperature and threshold of other corpora; of RAVDESS
    voices, by those of all three; and these two numbers."""
    temperature = evaluate.fit_temperature(strange)
    calibrated, _ = calibration.cross_fit_temperature(strange)
    threshold = calibration.choose_threshold(calibrated, target_accuracy=TARGET)
    thresholds = headline.cross_fit_thresholds(strange, TARGET)
    told = {"temperature": temperature, "threshold": threshold.value, "reached": threshold.reached}
    told |= {"right at it": threshold.accuracy.as_dict(), "answered at it": threshold.coverage.as_dict()}
    told["strangers"] = _sureness(calibrated, thresholds)
    told["RAVDESS voices"] = _sureness(calibration.apply_temperature(known, temperature), threshold.value)
    return told


def _sureness(calibrated, threshold):
    right, answered = calibration.answer_rates(calibrated, threshold)
    parts = {"calibration error": calibration.ece_interval(calibrated), "right": right, "answered": answered}
    return {name: interval.as_dict() for name, interval in parts.items()}


def judge(predictions, base):
    """One row of the report: each corpus, their mean, and the difference to today's net."""
    parts = {out: predictions[predictions["fold"] == strangers.CORPORA.index(out)] for out in strangers.GIVEN}
    tables = {out: among_own_labels(part) for out, part in parts.items()}
    row = {
        out: {"labels": table["emotion"].nunique()} | evaluate.actor_bootstrap(table).as_dict()
        for out, table in tables.items()
    }
    row["mean of the three"] = strangers.interval_of_mean(list(tables.values())).as_dict()
    return row | {"better than shipped": strangers.interval_of_mean(list(tables.values()), base).as_dict()}


def write_report(inner, settings, strange, known):
    """reports/two_roads.json, and the tables that it follows from; returns the report."""
    shipped = evaluate.read_predictions(ROOT / "reports" / "strangers_shipped.csv")
    base = [shipped[shipped["fold"] == fold].reset_index(drop=True) for fold in range(1, 4)]
    before = evaluate.read_predictions(REFERENCE / "actors_course.csv")
    for mode in ("plain", "voice30"):
        for name, tables in (("lopo", strange), ("actors", known)):
            place = REFERENCE / f"shipped_{name}_{mode}.csv"
            tables[mode].attrs["protocol"] = f"{name}, {mode}"
            evaluate.write_predictions(tables[mode], place)
            tables[mode] = evaluate.read_predictions(place)
    report = {"title": TITLE, **render.environment(), "how": HOW, "settings": settings}
    report["systems"] = {f"two roads, {mode}": judge(table, base) for mode, table in strange.items()}
    report["actors"] = {mode: evaluate.actor_bootstrap(table).as_dict() for mode, table in known.items()}
    report["actors"]["better than shipped"] = evaluate.compare(known["plain"], before).as_dict()
    report["sureness"] = {mode: sureness(strange[mode], known[mode]) for mode in ("plain", "voice30")}
    report["inner"] = [
        dict(zip(("penalty", "weight", "silent"), setting)) | {"mean of the modes": one}
        for setting, one in inner.items()
    ]
    render.write_report("two_roads", report)
    return report


def write_bundle(data, values, report):
    """The net that learned from everything, as the bundle that ships."""
    from benchmarks.systems import baselines
    from ser_lessons.net import bundle

    penalty, weight, _ = report["settings"]["shipped"]
    road = Road(data, values, data.rows(strangers.CORPORA)).fit(penalty)
    sure = {mode: {key: told[key] for key in ("temperature", "threshold")} for mode, told in report["sureness"].items()}
    bundle.save(
        bundle.REFERENCE,
        two_roads.build(convolutions(), road.mean, road.spread, road.kernel, road.bias, weight),
        audio=baselines.LEVELS,
        **sure["plain"],
        known_voice=sure["voice30"],
        card=two_roads.card(report),
        headline=two_roads.headline(report),
        corpus="RAVDESS, EMO-DB, EMOVO, nEMO",
        protocol="actors (six folds) and lopo (three corpora), out of fold; the shipped weights learned from all",
        overwrite=True,
    )


def main(what, *numbers):
    if what == "train":
        for number in map(int, numbers) if numbers else range(len(TRAININGS)):
            trained(*TRAININGS[number])
        return
    data = load()
    values = all_statistics(data)
    if what == "bundle":
        write_bundle(data, values, json.loads((ROOT / "reports" / "two_roads.json").read_text("utf-8")))
        return
    inner = inner_results(data, values)
    lopo, strange = leave_corpora_out(data, values, inner)
    actors, known = leave_actors_out(data, values, inner)
    settings = {"lopo": lopo, "actors": actors, "shipped": choose(inner, None), "share of RAVDESS": SHARE}
    write_report(inner, settings, strange, known)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
