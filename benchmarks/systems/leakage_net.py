"""The leakage meter's model when it is a net: trained afresh for every fold, on a schedule fixed beforehand.

`evaluate.leakage` deals the clips and counts; this is the function that it calls. Lesson: 06_evaluation.
"""

import dataclasses

import numpy as np
import pandas as pd

from ser_lessons.config import EMOTIONS, SEED
from ser_lessons.errors import BadTable
from ser_lessons.net import experiments, training
from ser_lessons.sound import hearing


def answers_of(table, *, net="course", epochs=None, file="path", label="emotion", seed=SEED, log=None, n_jobs=None):
    """Make a net the model of `evaluate.leakage`.

    Parameters
    ----------
    table : DataFrame with columns of the file and of the label (at most eight different ones)
    net : name in `experiments.NETS`, or a Net
    epochs : int, or None for those of the net's recipe
    file, label : str, names of the columns
    seed : int, of weights, order and dropout
    log : function called with each epoch's row
    n_jobs : int, threads for the spectrograms

    Returns
    -------
    function (train, test) -> predicted labels of the test rows, both int arrays of positions in the table

    Raises
    ------
    BadTable : more labels than the net has answers
    BadModel : an unknown net

    No clip is spent on validation and nothing is selected: a recipe that watches validation clips gets a cosine
    schedule instead. Lesson: 06_evaluation.
    """
    title = net if isinstance(net, str) else "given"
    net = experiments.find_net(net)
    codes, names = pd.factorize(table[label], sort=True)
    if len(names) > len(EMOTIONS):
        raise BadTable(f"The table has {len(names)} labels, but a net of this course tells {len(EMOTIONS)} apart.")
    fixed = {} if net.recipe.patience is None and net.recipe.plateau is None else {"cosine": True}
    fixed |= {"patience": None, "plateau": None, "epochs": epochs or net.recipe.epochs}
    recipe = dataclasses.replace(net.recipe, **fixed)
    clips = pd.DataFrame({"path": table[file].to_numpy()})

    def pictures(rows, change=None):
        return hearing.corpus_features(clips.iloc[rows], config=net.audio, change=change, n_jobs=n_jobs)

    def answer(train, test):
        import keras

        batch = np.concatenate([pictures(train, change) for change in (None, *net.changes)])
        data = (batch, np.tile(codes[train], 1 + len(net.changes)))
        keras.utils.set_random_seed(seed)
        model, _ = training.train(net.build(), data, recipe=recipe, augment=net.augment, seed=seed, log=log)
        said = model.predict(pictures(test), batch_size=128, verbose=0)[:, : len(names)]
        return names.to_numpy()[said.argmax(axis=1)]

    answer.__name__ = f"{title} net, {recipe.epochs} epochs a fold"
    return answer
