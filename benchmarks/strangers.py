"""Leave one corpus out: how systems answer about voices, languages, rooms and microphones that they never heard.

    python benchmarks/strangers.py features          sound -> pictures and statistics, once (3 min)
    python benchmarks/strangers.py shipped           today's net
    python benchmarks/strangers.py linear            statistics with a linear model (15 min)
    python benchmarks/strangers.py net [FOLD]        the net that travels, four trainings (40 min), resumable
    python benchmarks/strangers.py report            reports/strangers.json and reports/strangers_*.csv

SER_RAVDESS names the folder of RAVDESS, SER_CORPORA that of emodb, emovo and nemo; results are kept in SER_CACHE.
Scored are the labels that the tested corpus shares with the training corpora, calm as neutral; the probability of other
labels is set aside. Settings are chosen on inner pairs of corpora only, see `choose`.
"""

import dataclasses
import itertools
import json
import os
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import render, strangers_net
from benchmarks.systems import baselines
from ser_lessons import corpus, evaluate
from ser_lessons import system as machine
from ser_lessons.config import EMOTIONS, SEED
from ser_lessons.sound import f0, hearing

CORPORA = ("ravdess", "emodb", "emovo", "nemo")
GIVEN = CORPORA[1:]
SECONDS = (5, 10, 20, 30, 60)
LINEAR = [{"penalty": penalty, "voices_out": n} for penalty in (0.1, 0.3, 1.0) for n in (0, 5, 10)]
"""Settings of the linear model that are tried; `voices_out` directions between voices are ignored."""
MELODY = np.r_[1820:1844]
LINEAR_MODELS = {
    "linear_plain": {"views": ("plain",)},
    "linear_voice": {"views": ("voice30",)},
    "linear_both": {"views": ("plain", "voice30"), "melody": False},
    "linear_any": {"views": ("plain", "voice30", "neutral30"), "melody": False},
}
"""Name of each linear model and what it is made for."""

NET = strangers_net.Settings()
TRIED = [
    ("heavy changes, spectrum of half of the voices equalized, 12 epochs", "ravdess+nemo", "emodb", 0.393, 0.390, None),
    ("heavy changes, spectrum of half of the voices equalized, 12 epochs", "ravdess+nemo", "emovo", 0.240, 0.267, None),
    (
        "light changes, spectrum of half of the voices equalized, 15 epochs",
        "ravdess+nemo",
        "emodb",
        0.512,
        0.501,
        0.507,
    ),
    (
        "light changes, spectrum of half of the voices equalized, 15 epochs",
        "ravdess+nemo",
        "emovo",
        0.291,
        0.318,
        0.281,
    ),
    (
        "light changes, spectrum of half of the voices equalized, 15 epochs",
        "ravdess+emodb",
        "emovo",
        0.318,
        0.315,
        0.337,
    ),
    (
        "light changes, spectrum of half of the voices equalized, 15 epochs",
        "ravdess+emodb",
        "nemo",
        0.242,
        0.298,
        0.316,
    ),
    ("light changes, logits relative to the voice, 15 epochs", "ravdess+emodb", "emovo", 0.296, None, 0.345),
    ("light changes, logits relative to the voice, 15 epochs", "ravdess+emodb", "nemo", 0.219, None, 0.303),
    ("the same, timbre swapped, levels below the peak", "ravdess+nemo", "emodb", 0.471, None, 0.604),
    ("the same, timbre swapped, levels below the peak", "ravdess+nemo", "emovo", 0.308, None, 0.325),
]
"""What was tried for the net, one run each: trained on two corpora, tested on a third, UAR plain, with 30 s of the
voice by its mean spectrum, and by its mean logits."""
TRIED = [dict(zip(("net", "trained", "tested", "plain", "by spectrum", "by logits"), row)) for row in TRIED]
TITLE = "One corpus left out: UAR among the labels it shares with the training corpora, speakers resampled"
HOW = {
    "scoring": "labels common to training and tested corpora; calm counts as neutral; other probability is set aside",
    "voice": "modes voiceN: N seconds of other clips of the same speaker, whatever they express, labels never seen",
    "neutral30": "as voice30, but the other clips are neutral (or calm) ones only, as a user would read them",
    "choice": "linear models: for each left-out corpus, the setting with the best mean UAR over trainings on two of "
    "the other three corpora, tested on the third; the left-out corpus takes no part. Net: the few settings of `tried "
    "for the net` were compared by hand; for EMO-DB and EMOVO left out, the row tested on the other of the two says "
    "the same, but the trainings without nEMO and RAVDESS are missing: the net's choice is not nested yet",
}


def folder():
    """Where what was computed is kept."""
    return machine.cache_dir() / "strangers"


@dataclasses.dataclass(eq=False)
class Data:
    """All clips of all corpora in one order: table, pictures (n, 128, 130), statistics (n, 1847), seconds of sound."""

    table: object
    pictures: np.ndarray
    statistics: np.ndarray
    seconds: np.ndarray

    def __post_init__(self):
        self.corpus, self.voice = self.table["corpus"].to_numpy(), self.table["actor"].to_numpy()
        self.spoken = (self.table["channel"] == "speech").to_numpy()
        self.emotion = self.table["emotion"].to_numpy()
        self.label = np.array([EMOTIONS.index(name) if name in EMOTIONS else -1 for name in self.emotion])
        self.mates = {f"voice{seconds}": self.others(seconds, self.spoken) for seconds in SECONDS}
        self.mates["neutral30"] = self.others(30, self.spoken & np.isin(self.emotion, ("neutral", "calm")))

    def others(self, seconds, allowed):
        """For each clip rows of other, `allowed` clips of its voice, about `seconds` of sound."""
        rng = np.random.default_rng([SEED, seconds])
        return strangers_net.others(self.voice, allowed, self.seconds, seconds, rng)

    def rows(self, corpora, *, labelled=True):
        keep = np.isin(self.corpus, corpora) & ((self.label >= 0) if labelled else True)
        return np.flatnonzero(keep)

    def tested(self, name):
        return np.flatnonzero((self.corpus == name) & self.spoken & (self.label >= 0))


def open_table():
    """One table of all corpora."""
    import pandas as pd

    root = pathlib.Path(os.environ.get("SER_CORPORA", ROOT / "data"))
    ravdess = corpus.find_ravdess()
    if ravdess is None:
        raise ValueError("RAVDESS was not found: name its folder in SER_RAVDESS.")
    tables = [corpus.read_corpus(ravdess, name="ravdess")]
    tables += [corpus.read_corpus(root / name, name=name) for name in GIVEN]
    return pd.concat(tables, ignore_index=True)


def describe(path):
    """Picture, statistics (both without what lies above 7.2 kHz in the latter) and seconds of sound of one file."""
    sound = hearing.hear(path, config=baselines.LEVELS)
    narrow = sound.picture.copy()
    narrow[strangers_net.BANDS :] = -baselines.LEVELS.range_db
    statistics = baselines.clip_functionals(narrow, f0.clip_f0(sound.fitted).f0_hz)
    return sound.picture, statistics, len(sound.trimmed) / sound.sample_rate


def load(*, compute=False):
    """The `Data`, computed on first use."""
    table, place = open_table(), folder() / "features.npz"
    if compute or not place.exists():
        pictures, statistics, seconds = zip(*(describe(path) for path in table["path"]))
        place.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            place,
            stems=table["stem"].to_numpy(str),
            pictures=np.array(pictures, np.float16),
            statistics=np.array(statistics, np.float32),
            seconds=np.array(seconds, np.float32),
        )
    with np.load(place) as kept:
        if list(kept["stems"]) != list(table["stem"]):
            raise ValueError(f"{place} describes other clips: delete it, and run `strangers.py features` again.")
        return Data(table, kept["pictures"], kept["statistics"], kept["seconds"])


def common_labels(data, trained, tested):
    """Indices of the labels that training corpora and tested corpus share; calm counts as neutral."""
    heard = set(data.label[data.rows(trained)]) - {1}
    return sorted(heard & (set(data.label[data.tested(tested)]) - {1}))


def predictions(data, rows, logits, trained, fold=0):
    """Predictions table of tested rows: common labels only, calm counted as neutral, the rest set aside."""
    tested = data.corpus[rows[0]]
    common = common_labels(data, trained, tested)
    values = np.exp(logits - logits.max(axis=1, keepdims=True))
    values[:, 0] += values[:, 1]
    scored = np.zeros_like(values, dtype=float)
    scored[:, common] = values[:, common] / values[:, common].sum(axis=1, keepdims=True)
    table = data.table.iloc[rows].replace({"emotion": {"calm": "neutral"}})
    keep = np.isin(table["emotion"], [EMOTIONS[i] for i in common])
    table.attrs["corpus"] = tested
    return evaluate.make_predictions(table[keep], scored[keep].round(4), fold=fold, protocol="lopo")


def uar(table):
    return float(evaluate.uar(table))


def choose(inner, left_out):
    """The setting with the best mean UAR over inner tests that know nothing of the left-out corpus.

    `inner`: one dict a setting, {(two training corpora, tested corpus): UAR}. Used are only pairs without the left-out
    corpus among the training corpora, tested on a corpus that is not the left-out one.
    """
    means = [np.mean([v for (pair, tested), v in one.items() if left_out not in (*pair, tested)]) for one in inner]
    return int(np.argmax(means))


def folds():
    """(training corpora, left-out corpus) of `lopo`."""
    return [(tuple(name for name in CORPORA if name != out), out) for out in CORPORA]


def pairs():
    return list(itertools.combinations(CORPORA, 2))


def balance(data, rows, song=0.3):
    """Weights (mean 1) by which each corpus, and in it each emotion, counts the same; calm and neutral count as one."""
    weights = np.zeros(len(rows))
    for name in np.unique(data.corpus[rows]):
        own = data.corpus[rows] == name
        for label in np.unique(data.label[rows][own]):
            here = own & (data.label[rows] == label)
            sung = here & ~data.spoken[rows]
            for part, share in ((sung, song), (here & ~sung, 1 - song if sung.any() else 1)):
                weights[part] = share / max(1, part.sum())
            weights[here] *= 0.5 if 1 in data.label[rows][own] and label < 2 else 1
        weights[own] /= weights[own].sum()
    return weights / weights.mean()


class Linear:
    """Logistic regression on the statistics of a clip, made for one or several views, "plain" or keys of `Data.mates`.

    All views but "plain" are relative to the mean of other clips of the voice. With several views one matrix learns
    all, so that a voice may as well be known by the mean of its logits. Without `melody` the statistics of F0 are left
    out, which take most of the time. Directions in which voices differ on average may be taken out (after the idea of
    within-class covariance normalization, Hatch et al. 2006).
    """

    def __init__(self, data, trained, *, views=("plain",), melody=True, components=400):
        self.rows = data.rows(trained)
        self.labels, self.weights = data.label[self.rows], balance(data, self.rows)
        raw = data.statistics if melody else np.delete(data.statistics, MELODY, axis=1)
        mean = np.average(raw[self.rows], axis=0, weights=self.weights)
        spread = np.sqrt(np.average((raw[self.rows] - mean) ** 2, axis=0, weights=self.weights)) + 1e-6
        self.all = np.clip((raw - mean) / spread, -6, 6).astype(np.float32)
        seen = np.concatenate([self.see(self.rows, data.mates.get(view)) for view in views])
        self.view_weights = np.concatenate([self.weights * (1 if view == "plain" else 2) for view in views])
        self.view_weights /= self.view_weights.mean()
        self.basis = principal(seen, self.view_weights, components)
        self.seen = seen @ self.basis
        self.between = np.linalg.svd(self._voices(data), full_matrices=False)[2]

    def see(self, rows, mates=None):
        """Standardized statistics; relative to the mean of other clips of the voice where `mates` are given."""
        if mates is None:
            return np.clip(self.all[rows], -4, 4)
        return np.clip(self.all[rows] - np.stack([self.all[mates[row]].mean(axis=0) for row in rows]), -4, 4)

    def _voices(self, data):
        """Mean of each voice over its emotions, relative to the mean of all voices."""
        voices, seen = data.voice[self.rows], self.seen[: len(self.rows)]
        means = []
        for voice in np.unique(voices):
            own = voices == voice
            means.append(np.mean([seen[own & (self.labels == k)].mean(0) for k in set(self.labels[own])], axis=0))
        return np.array(means) - np.mean(means, axis=0)

    def fit(self, penalty, voices_out):
        self.out = self.between[:voices_out]
        labels = np.resize(self.labels, len(self.seen))
        self.weight = logistic(self._without(self.seen), labels, self.view_weights, penalty)
        return self

    def _without(self, seen):
        return seen - (seen @ self.out.T) @ self.out

    def logits(self, rows, mates=None):
        return self._without(self.see(rows, mates) @ self.basis) @ self.weight[:-1] + self.weight[-1]


def principal(values, weights, n):
    """The first principal directions (features, n) of weighted rows."""
    from scipy.linalg import eigh

    size = values.shape[1]
    scatter = (values * weights[:, None].astype(np.float32)).T @ values / len(values)
    return eigh(scatter, subset_by_index=[size - n, size - 1])[1][:, ::-1].astype(np.float32)


def logistic(values, labels, weights, penalty):
    """Weights (features + 1, 8) of a multinomial logistic regression with weighted rows."""
    from scipy.optimize import minimize

    targets, share = np.eye(8, dtype=np.float32)[labels], (weights / len(weights)).astype(np.float32)[:, None]

    def loss(flat):
        matrix = flat.reshape(-1, 8).astype(np.float32)
        scores = values @ matrix[:-1] + matrix[-1]
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        error = share * (np.exp(logs) - targets)
        slope = np.vstack([values.T @ error + penalty * matrix[:-1], error.sum(axis=0)])
        return float(-(share * targets * logs).sum() + penalty / 2 * (matrix[:-1] ** 2).sum()), slope.ravel().astype(
            float
        )

    start = np.zeros((values.shape[1] + 1) * 8)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x.reshape(-1, 8)


def run_shipped(data):
    """Logits of today's net for the three corpora given."""
    from ser_lessons.net import bundle

    net = bundle.load()
    for name in GIVEN:
        rows = data.tested(name)
        parts = [
            net.log_probabilities(np.maximum(data.pictures[part].astype(np.float32), -60)[..., None])
            for part in np.array_split(rows, 20)
        ]
        keep_answers("shipped", name, rows, plain=np.concatenate(parts) / net.temperature)


def run_linear(data, *only):
    """Inner pairs, the choice, and the left-out corpora; with nothing known of a voice and with other clips of it."""
    for name, options in LINEAR_MODELS.items():
        if only and name not in only:
            continue
        views, inner = options["views"], inner_results(data, name, options)
        for trained, out in folds():
            strangers_net.wait_while_paused()
            setting = LINEAR[choose(inner, out)]
            model, rows = Linear(data, trained, **options).fit(**setting), data.tested(out)
            answers = {"plain": model.logits(rows)} if "plain" in views else {}
            if views != ("plain",):
                answers |= {mode: model.logits(rows, mates) for mode, mates in data.mates.items()}
            keep_answers(name, out, rows, **answers)
            found = {mode: round(uar(predictions(data, rows, z, trained)), 3) for mode, z in answers.items()}
            tell(name, out, setting, found)


def inner_results(data, name, options):
    """For each setting the UAR of trainings on two corpora, tested on the other two: {(pair, tested): UAR}; kept."""
    place = folder() / f"inner_{name}.json"
    if not place.exists():
        kept = [setting | {"inner": {}} for setting in LINEAR]
        for pair in pairs():
            strangers_net.wait_while_paused()
            model = Linear(data, pair, **options)
            for row, setting in zip(kept, LINEAR):
                model.fit(**setting)
                for tested in set(CORPORA) - set(pair):
                    rows = data.tested(tested)
                    found = [model.logits(rows, data.mates.get(view)) for view in options["views"]]
                    value = np.mean([uar(predictions(data, rows, logits, pair)) for logits in found])
                    row["inner"]["+".join(pair) + " -> " + tested] = value
        place.write_text(json.dumps(kept, indent=1))
    split = [
        {tuple(key.split(" -> ")): value for key, value in row["inner"].items()}
        for row in json.loads(place.read_text())
    ]
    return [{(tuple(pair.split("+")), tested): value for (pair, tested), value in one.items()} for one in split]


def run_net(data, only=None, seeds=(7,)):
    """Train the net that travels without each corpus, and answer about that one."""
    pictures = strangers_net.Pictures(data.pictures)
    for trained, out in folds():
        if only not in (None, out):
            continue
        rows, answers = np.flatnonzero((data.corpus == out) & data.spoken), {}
        logits = []
        for seed in seeds:
            settings = dataclasses.replace(NET, seed=int(seed))
            place = folder() / "runs" / f"{out}-{seed}"
            net, _ = strangers_net.train(pictures, data.table, data.rows(trained), settings, place, log=tell)
            net.save(place / "net.keras")
            logits.append(strangers_net.answer(net, pictures.plain(rows)))
        logits = np.mean(logits, axis=0)
        scored = data.label[rows] >= 0
        answers["plain"] = logits[scored]
        for mode, mates in data.mates.items():
            answers[mode] = strangers_net.relative_to_voice(logits, rows, mates)[scored]
        keep_answers("net", out, rows[scored], **answers)
        tell(out, {k: round(uar(predictions(data, rows[scored], v, trained)), 3) for k, v in answers.items()})


def tell(*what):
    print(*what, flush=True)


def keep_answers(system, left_out, rows, **answers):
    """Keep what a system says about the clips of the left-out corpus: logits (n, 8) under the name of the mode."""
    place = folder() / "answers" / f"{system}-{left_out}.npz"
    place.parent.mkdir(parents=True, exist_ok=True)
    np.savez(place, rows=rows, **answers)


def answers_of(data, system, mode, out):
    """Predictions table of one system, or None where it was not run; systems joined by "+" are averaged in logs."""
    trained = dict((name, corpora) for corpora, name in folds())[out] if system != "shipped" else ("ravdess",)
    tables = []
    for part in system.split("+"):
        if part == "linear":
            part = "linear_plain" if mode == "plain" else "linear_voice"
        place = folder() / "answers" / f"{part}-{out}.npz"
        if not place.exists():
            return None
        with np.load(place) as stored:
            if mode not in stored:
                return None
            tables.append(predictions(data, stored["rows"], stored[mode], trained, fold=CORPORA.index(out)))
    return baselines.combine(tables) if len(tables) > 1 else tables[0]


def interval_of_mean(tables, others=None):
    """Mean UAR over corpora, or its difference to other tables of the same clips; speakers of each are resampled."""
    from ser_lessons.evaluate import intervals, metrics

    value, draws, sizes, shares = 0.0, 0.0, [], []
    for place, table in enumerate(tables):
        _, genders, counts = intervals.actor_counts(table)
        weights = intervals.cluster_weights(genders, seed=SEED + place)
        found = metrics.uar_of(counts.sum(axis=0)), metrics.uar_of(intervals.resample(counts, weights))
        if others:
            counts = intervals.actor_counts(others[place])[2]
            found = (
                found[0] - metrics.uar_of(counts.sum(axis=0)),
                found[1] - metrics.uar_of(intervals.resample(counts, weights)),
            )
        value, draws = value + found[0] / len(tables), draws + found[1] / len(tables)
        for gender in np.unique(genders):
            sizes.append((genders == gender).sum())
            shares.append(np.var(found[1]))
    return intervals.expanded_interval(value, draws, group_sizes=sizes, variances=shares)


def write_report(data):
    """reports/strangers.json from all answers that are kept, and the predictions of the joined systems as CSV."""
    systems, predicted, base = {}, {}, [answers_of(data, "shipped", "plain", out) for out in GIVEN]
    for system in ("shipped", "linear_any", "linear_both", "linear", "net", "net+linear_both", "net+linear"):
        for mode in ("plain", *data.mates):
            tables = {out: answers_of(data, system, mode, out) for out in CORPORA}
            tables = {out: table for out, table in tables.items() if table is not None}
            if not tables:
                continue
            row = {
                out: {"labels": table["emotion"].nunique()} | evaluate.actor_bootstrap(table).as_dict()
                for out, table in tables.items()
            }
            if set(GIVEN) <= set(tables):
                given = [tables[out] for out in GIVEN]
                row["mean of the three"] = interval_of_mean(given).as_dict()
                if system != "shipped":
                    row["better than shipped"] = interval_of_mean(given, base).as_dict()
            systems[f"{system}, {mode}"] = row
            tell(f"{system:12} {mode:8}", {k: round(v["value"], 3) for k, v in row.items()})
            if mode in ("plain", "voice30") and len(tables) >= 3:
                pooled = evaluate.pool(list(tables.values()))
                pooled.attrs = {"protocol": f"lopo, {mode}"}
                predicted["shipped" if system == "shipped" else mode] = (f"{system}, {mode}", pooled)
    for name, (_, pooled) in predicted.items():
        evaluate.write_predictions(pooled, ROOT / "reports" / f"strangers_{name}.csv")
    inner = {place.stem: json.loads(place.read_text()) for place in sorted(folder().glob("inner_*.json"))}
    report = {"title": TITLE, **render.environment(), "how": HOW, "systems": systems}
    report["predictions"] = {f"strangers_{name}.csv": system for name, (system, _) in predicted.items()}
    report |= {"settings of the net": dataclasses.asdict(NET), "tried for the net": TRIED}
    render.write_report("strangers", report | {"tried for the linear models": inner})


def main(what="report", *options):
    data = load(compute=what == "features")
    if what == "shipped":
        run_shipped(data)
    if what == "linear":
        run_linear(data, *options)
    if what == "net":
        run_net(data, *options[:1], seeds=options[1:] or (SEED,))
    if what == "report":
        write_report(data)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
