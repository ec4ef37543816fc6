"""One way to train: seeded, resumable after any kill, its schedule a function of the history.

A run lives in a folder. After each epoch the whole state (weights, optimizer, dropout seeds)
is written beside `history.json`, which is renamed into place last and names the state by its
hash; so a run killed at any moment goes on from the last whole epoch and ends with the same
numbers as an undisturbed one. Lesson: 04_gap_cnn.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import time

import numpy as np

from .. import system
from ..config import SEED
from ..errors import BadModel

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to train. The defaults are the student project's callbacks and optimizer.

    Parameters
    ----------
    epochs : int, at most
    batch_size : int, clips
    learning_rate : float, of Adam (or the peak of the cosine schedule)
    patience : int, epochs without a better validation loss until the run stops; None never stops early
    plateau : int, epochs without a better validation loss until the learning rate falls; None keeps it
    factor, smallest_rate : floats, what the learning rate is multiplied by, and its lower end
    cosine : bool, warm up over two epochs, then fall to zero along a cosine (needs no validation clips)
    weight_decay : float, decoupled (AdamW) when above 0
    label_smoothing : float in [0, 1)
    mixup : float, alpha of the beta distribution; 0 mixes nothing
    ema : float, momentum of the running average of the weights; 0 takes the last weights

    Lesson: 04_gap_cnn.
    """

    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 1e-3
    patience: int | None = 10
    plateau: int | None = 5
    factor: float = 0.2
    smallest_rate: float = 1e-5
    cosine: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    mixup: float = 0.0
    ema: float = 0.0


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What the callbacks say after the epochs seen so far; see `schedule`."""

    stop: bool
    best_epoch: int
    learning_rate: float


def schedule(validation_losses, recipe=Recipe()):
    """Early stopping and learning rate, as a pure function of the validation losses so far.

    Parameters
    ----------
    validation_losses : sequence of float, one an epoch
    recipe : Recipe

    Returns
    -------
    Schedule: whether to stop, the epoch (0-based) with the best loss, the learning rate of the next epoch

    Tested equal to Keras' EarlyStopping and ReduceLROnPlateau, whose improvements of less than 1e-4
    do not count for the latter. Lesson: 04_gap_cnn, exercise 4.3.
    """
    rate, best, best_epoch, plateau_best, waited = recipe.learning_rate, np.inf, 0, np.inf, 0
    for epoch, loss in enumerate(validation_losses):
        if loss < best:
            best, best_epoch = loss, epoch
        if loss < plateau_best - 1e-4:
            plateau_best, waited = loss, 0
        else:
            waited += 1
        if recipe.plateau is not None and waited >= recipe.plateau:
            rate, waited = max(rate * recipe.factor, recipe.smallest_rate), 0
    waited_to_stop = len(validation_losses) - 1 - best_epoch
    stop = recipe.patience is not None and len(validation_losses) > 1 and waited_to_stop >= recipe.patience
    return Schedule(stop, best_epoch, rate)


def train(model, train_data, validation_data=None, *, recipe=Recipe(), run_dir=None, augment=None, seed=SEED, log=None):
    """Train a net, or go on with a run that was interrupted.

    Parameters
    ----------
    model : keras.Model, mapping (n, 128, 130, 1) to probabilities (n, 8)
    train_data, validation_data : pairs (batch, labels): float32 (n, 128, 130, 1) dB, int (n,)
        validation may be None when the recipe needs none (cosine, no patience)
    recipe : Recipe
    run_dir : folder of the run's state, or None to keep nothing
    augment : function (batch, rng) -> batch, applied afresh each epoch to the training clips
    seed : int; the same seed on the same machine gives the same numbers
    log : function called with each epoch's row, for progress

    Returns
    -------
    (model, history): the model with its best (or averaged, or last) weights; one dict an epoch

    Raises
    ------
    BadModel : shapes that do not fit, no validation where the recipe needs it, a damaged
        run folder (the message says which file to delete), or another training at work in it
    KeyboardInterrupt : stopped by hand; its message says from which epoch the same call goes on

    Lesson: 04_gap_cnn.
    """
    _check_data(train_data, validation_data, recipe)
    with contextlib.nullcontext(True) if run_dir is None else system.alone(run_dir) as is_alone:
        if not is_alone:
            raise BadModel(
                f"another training is at work in {str(run_dir)!r}: wait until it is done, or choose another folder."
            )
        return _train(model, train_data, validation_data, recipe, run_dir, augment, seed, log)


def _train(model, train_data, validation_data, recipe, run_dir, augment, seed, log):
    """What `train` says, alone in the folder of the run."""
    import keras

    run = _Run(run_dir, _fingerprint(model, train_data, validation_data, recipe, seed))
    _compile(model, recipe, n_steps=-(-len(train_data[1]) // recipe.batch_size))
    history = run.restore(model)
    best = run.best_weights(model)
    while len(history) < recipe.epochs:
        plan = schedule([row["val_loss"] for row in history], recipe) if validation_data else schedule([], recipe)
        if plan.stop:
            break
        if not recipe.cosine:
            model.optimizer.learning_rate.assign(plan.learning_rate if history else recipe.learning_rate)
        epoch = len(history)
        if epoch == 0:
            keras.utils.set_random_seed(seed)
        with _say_what_is_kept(run, epoch + 1, recipe.epochs):
            row = _one_epoch(model, train_data, validation_data, recipe, augment, np.random.default_rng([seed, epoch]))
            history.append({"epoch": epoch + 1, **row})
            if recipe.patience is not None and schedule([r["val_loss"] for r in history], recipe).best_epoch == epoch:
                best = model.get_weights()
            run.save(model, history, best)
            if log is not None:
                log(history[-1])
    if recipe.ema:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    elif best is not None:
        model.set_weights(best)
    return model, history


@contextlib.contextmanager
def _say_what_is_kept(run, epoch, epochs):
    """Let the stop button end with one sentence: from which epoch the same call goes on."""
    try:
        yield
    except KeyboardInterrupt:
        whole = len(run.record.get("history", ()))
        if whole:
            then = f"run the same again and it goes on after epoch {whole}, the last whole one, kept in {run.folder}"
        else:
            then = "nothing of it is kept, so the same again starts with epoch 1"
        raise KeyboardInterrupt(f"The training was stopped in epoch {epoch} of {epochs}: {then}.") from None


def _one_epoch(model, train_data, validation_data, recipe, augment, rng):
    """Train one epoch on freshly shuffled (and augmented) clips; its row for the history."""
    started, cpu_started = time.perf_counter(), time.process_time()
    order = rng.permutation(len(train_data[1]))
    batch, targets = train_data[0][order], _one_hot(train_data[1][order], model.output_shape[-1])
    if augment is not None:
        batch = augment(batch, rng)
    if recipe.mixup:
        batch, targets = _mix(batch, targets, recipe.mixup, rng)
    row = _steps(model, batch, targets, recipe.batch_size)
    if validation_data:
        truth = _one_hot(validation_data[1], model.output_shape[-1])
        loss, accuracy = model.evaluate(validation_data[0], truth, batch_size=128, verbose=0)
        row |= {"val_loss": loss, "val_accuracy": accuracy}
    row |= {"learning_rate": float(np.asarray(model.optimizer.learning_rate))}
    row |= {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu_started}
    return {name: round(float(value), 7) for name, value in row.items()}


def _steps(model, batch, targets, batch_size):
    """Train on all batches once; mean loss and accuracy. `fit` would trace its graph anew each epoch."""
    sums = {"loss": 0.0, "accuracy": 0.0}
    for start in range(0, len(batch), batch_size):
        clips = slice(start, start + batch_size)
        model.reset_metrics()
        said = model.train_on_batch(batch[clips], targets[clips], return_dict=True)
        for name in sums:
            sums[name] += float(said[name]) * len(batch[clips])
    return {name: total / len(batch) for name, total in sums.items()}


def _compile(model, recipe, n_steps):
    import keras

    from .models import fuse_batch_norm

    rate = recipe.learning_rate
    if recipe.cosine:
        warm_up = 2 * n_steps
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 20, max(1, recipe.epochs * n_steps - warm_up), warmup_target=rate, warmup_steps=warm_up
        )
    options = {"use_ema": True, "ema_momentum": recipe.ema} if recipe.ema else {}
    if recipe.weight_decay:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, **options)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    else:
        optimizer = keras.optimizers.Adam(rate, **options)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    fuse_batch_norm(model).compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    optimizer.build(model.trainable_variables)


def _mix(batch, targets, alpha, rng):
    """Mix each clip and its target with another's: mixup after Zhang et al. (2018)."""
    share = rng.beta(alpha, alpha, len(batch)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(batch))
    wide = share[:, None, None, None]
    return wide * batch + (1 - wide) * batch[other], share[:, None] * targets + (1 - share[:, None]) * targets[other]


def _one_hot(labels, n_classes):
    return np.eye(n_classes, dtype=np.float32)[labels]


def _check_data(train_data, validation_data, recipe):
    for name, data in (("training", train_data), ("validation", validation_data)):
        if data is None:
            continue
        batch, labels = data
        if len(batch) != len(labels) or len(batch) == 0:
            raise BadModel(f"{len(batch)} {name} pictures and {len(labels)} labels: pass one label for each picture.")
        if not np.isfinite(batch).all():
            raise BadModel(f"the {name} pictures hold NaN or infinity: compute the features again.")
    if validation_data is None and (recipe.patience is not None or (recipe.plateau is not None and not recipe.cosine)):
        raise BadModel(
            "this recipe watches the validation loss: pass validation clips, or patience=None, plateau=None."
        )


def _fingerprint(model, train_data, validation_data, recipe, seed):
    """What a run must agree on to be continued: net, recipe, seed, labels, and a sample of the pictures."""
    digest = hashlib.sha256()
    for data in filter(None, (train_data, validation_data)):
        digest.update(np.ascontiguousarray(data[1]).tobytes())
        digest.update(np.ascontiguousarray(data[0][:: max(1, len(data[0]) // 16)]).tobytes())
    shapes = [list(weight.shape) for weight in model.weights]  # names change when a notebook cell is run again
    settings = [shapes, dataclasses.asdict(recipe), seed, digest.hexdigest()]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()


class _Run:
    """The folder of one run: `history.json`, the state of the last epoch, the best weights so far."""

    PARTS = ("fingerprint", "history", "states", "digest")

    def __init__(self, folder, fingerprint):
        self.folder = pathlib.Path(folder) if folder is not None else None
        self.fingerprint = fingerprint
        self.record = {"states": {}}
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.record |= self._read_record()

    def restore(self, model):
        """Load the last whole epoch into the model; its history, or [] for a new run."""
        if not self.record["states"]:
            return []
        import tensorflow as tf

        values = self._arrays("state")
        variables = [*model.variables, *model.optimizer.variables]
        if len(values) != len(variables):
            raise BadModel(f"the run in {str(self.folder)!r} is of another net: choose another folder.")
        for variable, value in zip(variables, values):
            variable.assign(tf.cast(value, variable.dtype))
        return list(self.record["history"])

    def best_weights(self, model):
        return self._arrays("best") if "best" in self.record["states"] else None

    def save(self, model, history, best):
        """Write this epoch's state, then rename `history.json` into place, then forget older states."""
        if self.folder is None:
            return
        states = {"state": [np.asarray(v) for v in (*model.variables, *model.optimizer.variables)]}
        if best is not None:
            states["best"] = best
        names = {kind: self._write(f"{kind}-{len(history)}.npz", arrays) for kind, arrays in states.items()}
        record = {"fingerprint": self.fingerprint, "history": list(history), "states": names}
        record["digest"] = _digest(record)
        system.write_whole(self.folder / "history.json", json.dumps(record, indent=1).encode())
        self.record = record
        for old in self.folder.glob("*.npz"):  # drafts of another process in this folder are not ours to delete
            if old.name not in {name for name, _ in names.values()}:
                old.unlink(missing_ok=True)

    def _read_record(self):
        path = self.folder / "history.json"
        if not path.exists():
            return {}
        try:
            record = json.loads(path.read_bytes())
            same = record["fingerprint"] == self.fingerprint
            whole = record.get("digest", _digest(record)) == _digest(record)  # runs before 2026-11-22 had no digest
            whole = whole and set(self.PARTS[:3]) <= set(record) <= set(self.PARTS)
        except (ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            raise BadModel(f"the history {str(path)!r} is damaged: delete its folder and train again.") from None
        if not same:
            raise BadModel(
                f"the run in {str(self.folder)!r} had another net, recipe, seed or clips: "
                "delete the folder to start over, or choose another one."
            )
        return record

    def _write(self, name, arrays):
        import io

        buffer = io.BytesIO()
        np.savez(buffer, **{f"{place:04d}": array for place, array in enumerate(arrays)})
        content = buffer.getvalue()
        system.write_whole(self.folder / name, content)
        return name, hashlib.sha256(content).hexdigest()

    def _arrays(self, kind):
        import io

        name, digest = self.record["states"][kind]
        try:
            content = (self.folder / name).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise BadModel(f"the state {str(self.folder / name)!r} is damaged: delete its folder and train again.")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return [stored[key] for key in sorted(stored.files)]


def _digest(record):
    """SHA-256 of a run's record without its digest: one changed figure of the history is noticed, too."""
    text = json.dumps({name: record[name] for name in record if name != "digest"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
