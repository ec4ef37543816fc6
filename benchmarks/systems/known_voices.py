"""A system for voices it knows: it recognizes the voice first, then hears the clip against that voice.

Under `random` every test voice was heard in training, and this machine makes the most of it. What it gains there is
worth nothing with a stranger: that is why a random split flatters. Lesson: 06_evaluation.
"""

import numpy as np

from benchmarks.systems import baselines
from ser_lessons.config import EMOTIONS
from ser_lessons.errors import BadModel
from ser_lessons.sound import features, hearing

N_PARTS = 16
"""Equal parts of a clip whose means and spreads make its trajectory."""

LIMIT = 4.0
"""A feature is cut off this many spreads from the voice's mean: one rare value must not outweigh all others."""

SPEEDS = (1.0, 0.93, 1.07)
"""The clips themselves, and copies of them that are spoken slower and faster: more to learn from."""

LABELS = ("actor", "channel", "statement")
"""What is recognized of a clip before its emotion: who speaks, spoken or sung, and which sentence."""


def run_known_voices(table, split, data):
    """Train on one split and predict its test clips, whose voices must be among the trained ones.

    Parameters
    ----------
    table : DataFrame from `corpus.scan`
    split : splits.Split
    data : float array, shape (versions, clips, features), from `known_voice_features`; the first version is the clips
        themselves; of the others, changed copies, those of training clips are learned, too

    Returns
    -------
    predictions table of `split.test`

    Raises
    ------
    BadModel : a test voice that no training clip has

    A kernel machine sees every feature twice: as it is, and against the mean and spread that the recognized voice has
    in this sentence, spoken or sung, over the training clips. Lesson: 06_evaluation.
    """
    strangers = set(table["actor"].iloc[split.test]) - set(table["actor"].iloc[split.train])
    if strangers:
        raise BadModel(f"no training clip has the voice of actor {min(strangers)}: use `baselines.run_baseline`.")
    learned = np.isin(np.arange(len(table)), split.train)
    seen = _against_voices(data, recognize(table, learned, data[0]), learned)
    labels = table["emotion"].map(EMOTIONS.index).to_numpy()[learned]
    model = _machine().fit(np.concatenate(seen[:, learned]), np.tile(labels, len(seen)))
    return baselines.predict_test(model, seen[0, split.test], table, split)


def recognize(table, learned, data):
    """Say of every clip whose voice it has, whether it is sung, and which sentence it says.

    Parameters
    ----------
    table : DataFrame with the columns of `LABELS`
    learned : bool array, shape (clips,); the labels of other clips are never looked at
    data : float array, shape (clips, features)

    Returns
    -------
    int array, shape (clips,): one number for each voice, channel and sentence; right by construction where `learned`

    Lesson: 06_evaluation.
    """
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    groups = np.zeros(len(table), int)
    for label in LABELS:
        names, answers = np.unique(table[label].to_numpy()[learned], return_inverse=True)
        numbers = np.zeros(len(table), int)
        numbers[learned] = answers
        if len(names) > 1:
            model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=300.0)).fit(data[learned], answers)
            numbers[~learned] = model.predict(data[~learned])
        groups = groups * len(names) + numbers
    return groups


def known_voice_features(table, *, n_jobs=None):
    """Functionals and trajectory of every clip: float array, shape (3, clips, 2360), a version for each of `SPEEDS`.

    Copies share the trajectory of their clip, its length included. Raises `BadClip` as `audio.load` does.
    Lesson: 06_evaluation.
    """
    import joblib

    jobs = (joblib.delayed(_trajectory_of)(path) for path in table["path"])
    trajectories = np.array(joblib.Parallel(n_jobs=n_jobs or -1, batch_size=32)(jobs))
    versions = (baselines.corpus_functionals(table, speed=speed, n_jobs=n_jobs) for speed in SPEEDS)
    return np.array([np.hstack([version, trajectories]) for version in versions])


def clip_trajectory(mel_db):
    """Describe how the spectrum moves through a clip, at equal shares of its length: the same sentence lies alike.

    Parameters
    ----------
    mel_db : float array, shape (128, frames), dB re a mel power of 1

    Returns
    -------
    float array, shape (513,): 24 cepstra's means in each of 16 parts, eight cepstra's spreads there, log of the length

    Lesson: 06_evaluation.
    """
    from scipy.fft import dct

    bands = mel_db.reshape(32, 4, -1).mean(axis=1)
    cepstra = dct(np.repeat(bands, -(-N_PARTS // bands.shape[1]), axis=1), axis=0, norm="ortho")[:24]
    parts = np.array_split(cepstra, N_PARTS, axis=1)
    means, spreads = [part.mean(axis=1) for part in parts], [part[:8].std(axis=1) for part in parts]
    return np.concatenate([*means, *spreads, [np.log(bands.shape[1])]])


def _against_voices(data, groups, learned):
    """Array (versions, clips, 2 * features): as they are, and against the same group of the learned clips."""
    versions, clips, features_each = data.shape
    enrolled = np.r_[learned, np.zeros((versions - 1) * clips, bool)]
    together = data.reshape(-1, features_each)
    own = baselines.normalize_speakers(together, np.tile(groups, versions), enrolled).clip(-LIMIT, LIMIT)
    return np.hstack([together, own]).reshape(versions, clips, -1)


def _machine():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(C=10.0, kernel=_gaussian), ensemble=False))


def _gaussian(some, others):
    """A Gaussian kernel with half of SVC's usual gamma, as one product of matrices: much faster than SVC's own."""
    from sklearn.metrics.pairwise import rbf_kernel

    return rbf_kernel(some.astype(np.float32), others.astype(np.float32), gamma=0.5 / some.shape[1])


def _trajectory_of(path):
    return clip_trajectory(features.log_mel(hearing.hear(path).trimmed, config=baselines.LEVELS))
