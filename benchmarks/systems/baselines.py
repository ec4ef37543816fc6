"""Classical systems in the same folds as the nets: statistics of a clip and a linear model or a kernel machine.

A net is worth its electricity only where it beats these, which train in seconds. All of them return the same
predictions table as a net, so every judge of this package reads them. Lesson: 06_evaluation.
"""

import numpy as np

from ser_lessons import evaluate
from ser_lessons.config import EMOTIONS, AudioConfig
from ser_lessons.errors import BadModel, BadTable
from ser_lessons.evaluate.leakage import clip_statistics
from ser_lessons.sound import augment, f0, hearing

BASELINES = {
    "chance": "always the most frequent emotion of the training clips",
    "mfcc_lr": "mean and spread of 20 MFCCs and of their changes, logistic regression",
    "mfcc_svm": "the same statistics, support vector machine with a Gaussian kernel",
    "functionals_lr": "statistics of spectrum, level and F0 over the clip, logistic regression",
    "functionals_svm": "the same statistics, support vector machine with a Gaussian kernel",
}
"""Name of each system and what it is."""

LEVELS = AudioConfig(reference="full_scale", range_db=80.0)
"""What the functionals are computed from: levels re a mel power of 1, so loudness counts."""


def run_baseline(name, table, split, *, data=None, enrolled=False):
    """Train a classical system on one split and predict its test clips.

    Parameters
    ----------
    name : a key of `BASELINES`
    table : DataFrame from `corpus.scan`
    split : splits.Split
    data : float array, shape (clips, features), from `baseline_features`; None computes it
    enrolled : bool; let every speaker's own speech clips, without labels, normalize their features.
        That needs more clips of the test speaker, so it is never compared with the plain mode.

    Returns
    -------
    predictions table of `split.test`

    Raises
    ------
    BadModel : an unknown name

    Where only speech is tested, the linear models and the SVM learn from speech alone. Lesson: 06_evaluation.
    """
    data = baseline_features(name, table) if data is None else data
    labels = table["emotion"].map(EMOTIONS.index).to_numpy()
    spoken = table["channel"].to_numpy() == "speech"
    train = split.train[spoken[split.train]] if spoken[split.test].all() else split.train
    if enrolled:
        data = normalize_speakers(data, table["actor"].to_numpy(), spoken)
    model = _make(name).fit(data[train], labels[train])
    return predict_test(model, data[split.test], table, split)


def predict_test(model, seen, table, split):
    """Predictions table of `split.test` by a fitted scikit-learn model, given what it sees of these clips.

    Emotions that the model never learned get probability 0. Lesson: 06_evaluation.
    """
    values = np.zeros((len(split.test), len(EMOTIONS)))
    values[:, model.classes_] = model.predict_proba(seen)
    return evaluate.make_predictions(table.iloc[split.test], values.round(6), fold=split.fold, protocol=split.protocol)


def baseline_features(name, table, *, n_jobs=None):
    """What a system of `BASELINES` sees of each clip: float array, shape (clips, features).

    Raises `BadModel` for an unknown name, `BadClip` as `audio.load` does. Lesson: 06_evaluation.
    """
    if name not in BASELINES:
        raise BadModel(f"there is no baseline {name!r}: choose one of {', '.join(BASELINES)}.")
    if name == "chance":
        return np.zeros((len(table), 1))
    if name.startswith("mfcc"):
        return clip_statistics(table["path"])
    return corpus_functionals(table, n_jobs=n_jobs)


def corpus_functionals(table, *, speed=1.0, n_jobs=None):
    """Functionals of every clip of a table: float array, shape (clips, 1847), in the order of the table.

    A `speed` other than 1 describes copies that are spoken faster or slower at the same pitch, to learn from.
    Raises `BadClip` as `audio.load` does. Lesson: 06_evaluation.
    """
    import joblib

    jobs = (joblib.delayed(_one)(path, speed) for path in table["path"])
    return np.array(joblib.Parallel(n_jobs=n_jobs or -1, batch_size=32)(jobs))


def clip_functionals(mel_db, f0_hz):
    """Describe a whole clip by numbers: how its spectrum, level and F0 lie, spread and move.

    Parameters
    ----------
    mel_db : float array, shape (bands, frames), dB re a mel power of 1, of `LEVELS`; 128 bands
    f0_hz : float array, shape (any,), Hz; NaN where unvoiced

    Returns
    -------
    float array, shape (1847,); finite also for silence

    Contours: 20 cepstra, 32 bands, loudness, center, width, flux, tilt and peak of the spectrum, and their changes;
    twelve statistics each, over the frames with sound. In the spirit of the ComParE and GeMAPS sets
    (Schuller et al. 2013, Eyben et al. 2016), much smaller than the first. Lesson: 06_evaluation.
    """
    sounding = mel_db.max(axis=0) > -LEVELS.range_db + 1
    if sounding.sum() < 10:
        sounding[:] = True
    contours = _contours(mel_db)
    changes = np.gradient(contours, axis=1)
    moving = np.vstack([contours, changes, np.gradient(changes, axis=1)[:26]])
    loudness = contours[52]
    loud = sounding & (loudness >= np.percentile(loudness[sounding], 60))
    below_peak = loudness[sounding].max() - loudness[sounding]
    parts = (
        _statistics(moving[:, sounding]),
        contours[:, loud].mean(axis=1),
        contours[:, loud].std(axis=1),
        _f0_statistics(np.asarray(f0_hz, float)),
        [sounding.sum(), (below_peak < 20).mean(), (below_peak < 10).mean()],
    )
    return np.nan_to_num(np.concatenate(parts))


def normalize_speakers(data, speakers, enrolled):
    """Give every speaker mean 0 and spread 1 in each feature, measured on the clips marked `enrolled`.

    Parameters
    ----------
    data : float array, shape (clips, features)
    speakers : array, shape (clips,)
    enrolled : bool array, shape (clips,), the clips that may be used for it

    Returns
    -------
    float array, same shape; labels are never looked at

    Lesson: 06_evaluation.
    """
    normalized = np.empty_like(data, dtype=float)
    least = 1e-3 * (data[enrolled] if enrolled.any() else data).std(axis=0) + 1e-9
    for speaker in np.unique(speakers):
        own = speakers == speaker
        base = data[own & enrolled] if (own & enrolled).any() else data[own]
        normalized[own] = (data[own] - base.mean(axis=0)) / (base.std(axis=0) + least)
    return normalized


def combine(tables):
    """Average several systems' predictions of the same clips: the mean of their log-probabilities, made to add up to 1.

    Parameters
    ----------
    tables : list of predictions tables of the same clips, in any order

    Returns
    -------
    predictions table, in the order of the first; raises `BadTable` where the clips differ

    Lesson: 06_evaluation.
    """
    first = tables[0]
    logs = 0.0
    for table in tables:
        if len(table) != len(first) or set(table["stem"]) != set(first["stem"]):
            raise BadTable("The tables to combine hold different clips; combine predictions of the same clips.")
        same_order = table.set_index("stem").loc[first["stem"]].reset_index()
        logs = logs + np.log(np.clip(evaluate.probabilities(same_order), 1e-6, 1))
    values = np.exp(logs / len(tables))
    values = (values / values.sum(axis=1, keepdims=True)).round(6)
    combined = first.copy()
    combined[[f"p_{emotion}" for emotion in EMOTIONS]] = values
    return combined


def _make(name):
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    machines = {
        "chance": lambda: DummyClassifier(strategy="prior"),
        "mfcc_lr": lambda: LogisticRegression(C=0.1, max_iter=1000),
        "mfcc_svm": lambda: CalibratedClassifierCV(SVC(C=10.0, gamma="scale"), ensemble=False),
        "functionals_svm": lambda: CalibratedClassifierCV(SVC(C=10.0, gamma="scale"), ensemble=False),
        "functionals_lr": lambda: LogisticRegression(C=0.005, max_iter=1000),
    }
    return make_pipeline(StandardScaler(), machines[name]())


def _one(path, speed):
    sound = hearing.hear(path, config=LEVELS, change=lambda signal: augment.change_speed(signal, speed))
    return clip_functionals(sound.picture, f0.clip_f0(sound.fitted).f0_hz)


def _contours(mel_db):
    """Shape (58, frames): 20 cepstra, 32 bands, loudness, center, width, flux, tilt, peak."""
    from scipy.fft import dct

    power = 10 ** (mel_db / 10)
    total = power.sum(axis=0)
    band = np.arange(len(mel_db))[:, None]
    center = (power * band).sum(axis=0) / total
    width = np.sqrt((power * (band - center) ** 2).sum(axis=0) / total)
    flux = np.r_[0, np.maximum(np.diff(mel_db, axis=1), 0).mean(axis=0)]
    tilt = mel_db[:40].mean(axis=0) - mel_db[70:].mean(axis=0)
    single = [10 * np.log10(total + 1e-8), center, width, flux, tilt, mel_db.max(axis=0)]
    bands = mel_db.reshape(32, -1, mel_db.shape[1]).mean(axis=1)
    return np.vstack([dct(mel_db, axis=0, norm="ortho")[:20], bands, single])


def _statistics(contours):
    """Twelve statistics of each contour (rows): mean, spread, skew, percentiles, range, slope, bend, restlessness."""
    centered = contours - contours.mean(axis=1, keepdims=True)
    spread = centered.std(axis=1) + 1e-6
    levels = np.percentile(contours, [5, 25, 50, 75, 95], axis=1)
    time = np.linspace(-1, 1, contours.shape[1])
    bend = (centered * (time**2 - (time**2).mean())).mean(axis=1)
    slope = (centered * time).sum(axis=1) / (time**2).sum()
    restless = np.abs(np.diff(contours, axis=1)).mean(axis=1)
    skew = (centered**3).mean(axis=1) / spread**3
    return np.concatenate(
        [contours.mean(axis=1), spread, skew, levels.ravel(), levels[4] - levels[0], slope, bend, restless]
    )


def _f0_statistics(f0_hz):
    """Shape (24,): height, spread, movement and ends of the melody in semitones, and how the voice comes in runs."""
    voiced = ~np.isnan(f0_hz)
    if voiced.sum() < 5:
        return np.zeros(24)
    tone = 12 * np.log2(f0_hz[voiced] / 100)
    levels = np.percentile(tone, [5, 25, 50, 75, 95])
    steps = np.diff(tone)
    bend, slope, _ = np.polyfit(np.linspace(-1, 1, len(tone)), tone, 2)
    edges = np.flatnonzero(np.diff(np.r_[0, voiced.astype(int), 0]))
    runs = edges[1::2] - edges[::2]
    third = max(1, len(tone) // 3)
    middle = tone.mean()
    return np.array(
        [voiced.mean(), middle, tone.std(), *levels, levels[4] - levels[0], bend, slope]
        + [np.abs(steps).mean(), steps.std(), (steps > 0).mean()]
        + [len(runs), runs.mean(), runs.std(), runs.max(), tone.argmax() / len(tone)]
        + [tone[:third].mean() - middle, tone[-third:].mean() - middle, tone[-5:].mean() - middle]
        + [np.ptp(np.flatnonzero(voiced)), ((tone - middle) ** 3).mean() / (tone.std() + 0.1) ** 3]
    )
