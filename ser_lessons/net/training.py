"""One way to train: Keras' `fit`, seeded, resumable after any kill, its schedule a function of the history.

After each epoch the whole state (weights, optimizer, dropout seeds, best weights) is written beside `history.json`,
which is renamed into place last and names the state by its hash; so a run killed at any moment goes on from the last
whole epoch and ends with the same numbers. Keras' BackupAndRestore keeps neither the best weights nor the patience of
its sister callbacks, and takes a half file for a whole one. Lesson: 05_training.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import pathlib
import time
from typing import NamedTuple

import numpy as np

from .. import system
from ..config import SEED
from ..errors import BadModel
from .backend import wake


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to train. The defaults are the student project's callbacks and optimizer. Lesson: 05_training."""

    epochs: int = 50  # at most
    batch_size: int = 64  # clips
    learning_rate: float = 1e-3  # of Adam (or the peak of the cosine schedule)
    patience: int | None = 10  # epochs without a better validation loss until the run stops; None never stops early
    plateau: int | None = 5  # epochs without a better validation loss until the learning rate falls; None keeps it
    factor: float = 0.2  # what the learning rate is then multiplied by
    smallest_rate: float = 1e-5  # its lower end
    cosine: bool = False  # warm up over two epochs, then fall to zero along a cosine (needs no validation clips)
    weight_decay: float = 0.0  # decoupled (AdamW) when above 0
    label_smoothing: float = 0.0  # in [0, 1)
    mixup: float = 0.0  # alpha of the beta distribution; 0 mixes nothing
    ema: float = 0.0  # momentum of the running average of the weights; 0 takes the last weights


class Schedule(NamedTuple):
    """What the callbacks say after the epochs seen so far; epochs count from 0."""

    stop: bool
    best_epoch: int
    learning_rate: float


def schedule(validation_losses, recipe=Recipe()):
    """Early stopping and the next learning rate: a `Schedule`, a pure function of the validation losses so far.

    Tested equal to Keras' EarlyStopping and ReduceLROnPlateau, whose improvements of less than 1e-4 do not count for
    the latter. Lesson: 05_training.
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

    The model maps (n, 128, 130, 1) to probabilities (n, 8); the data are pairs (batch, labels): float32 (n, 128, 130,
    1) dB, int (n,); for validation None when the recipe needs none (cosine, no patience). `run_dir` is the folder of
    the run's state, or None to keep nothing; `augment` a function (batch, rng) -> batch, applied afresh each epoch to
    the training clips; `log` is called with each epoch's row. The same seed on the same machine gives the same numbers.

    Returns (model, history): the model with its best (or averaged, or last) weights; one dict an epoch.
    Raises `BadModel`: shapes that do not fit, no validation where the recipe needs it, a damaged run folder (the
    message says what to delete), or another training at work in it; KeyboardInterrupt, stopped by hand: its message
    says from which epoch the same call goes on. Lesson: 05_training.
    """
    _check_data(train_data, validation_data, recipe)
    with contextlib.nullcontext(True) if run_dir is None else system.alone(run_dir) as is_alone:
        if not is_alone:
            told = f"another training is at work in {str(run_dir)!r}"
            raise BadModel(f"{told}: wait until it is done, or choose another folder.")
        run = _Run(run_dir, _fingerprint(model, train_data, validation_data, recipe, seed), recipe, log)
        return _fit(model, train_data, validation_data, run, augment, seed)


def _fit(model, train_data, validation_data, run, augment, seed):
    """What `train` says, alone in the folder of the run."""
    keras, recipe = wake(), run.recipe
    n_steps, n_classes = -(-len(train_data[1]) // recipe.batch_size), model.output_shape[-1]
    twin = fuse_batch_norm(model)
    twin.compile(
        _optimizer(recipe, n_steps),
        keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
    )
    twin.optimizer.build(twin.trainable_variables)
    run.restore(twin)
    keras.utils.set_random_seed(seed)
    first = recipe.epochs if run.plan.stop else len(run.history)
    if validation_data is not None:
        validation_data = validation_data[0], np.eye(n_classes, dtype=np.float32)[validation_data[1]]
    try:
        if first < recipe.epochs:
            twin.fit(
                _batches(train_data, n_classes, recipe, augment, seed, first),
                shuffle=False,
                steps_per_epoch=n_steps,
                epochs=recipe.epochs,
                initial_epoch=first,
                validation_data=validation_data,
                validation_batch_size=128,
                callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=run.begin, on_epoch_end=run.end)],
                verbose=0,
            )
        elif recipe.ema:  # at its end `fit` puts the running average in place; so it is here
            twin.optimizer.finalize_variable_values(twin.trainable_variables)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(run.said_when_stopped()) from None
    if run.best is not None and not recipe.ema:
        twin.set_weights(run.best)
    model.set_weights(twin.get_weights())
    return model, run.history


def _batches(data, n_classes, recipe, augment, seed, first):
    """Yield the batches of all epochs from `first` on; each epoch is shuffled and changed afresh by its own seed."""
    for epoch in range(first, recipe.epochs):
        rng = np.random.default_rng([seed, epoch])
        order = rng.permutation(len(data[1]))
        batch, targets = data[0][order], np.eye(n_classes, dtype=np.float32)[data[1][order]]
        if augment is not None:
            batch = augment(batch, rng)
        if recipe.mixup:
            batch, targets = _mix(batch, targets, recipe.mixup, rng)
        for start in range(0, len(batch), recipe.batch_size):
            clips = slice(start, start + recipe.batch_size)
            yield batch[clips], targets[clips]


def fuse_batch_norm(model):
    """The same net, but normalizing batches by TensorFlow's fused kernel: a third less time a step on a CPU.

    It shares all other layers, and is to hand its weights back. A net that is no graph of layers is returned as it is.
    """
    keras = wake()
    import tensorflow as tf

    class FusedNormalization(keras.layers.BatchNormalization):
        def call(self, inputs, training=None, mask=None):
            if not (training and self.trainable and inputs.ndim == 4 and self.axis in (-1, 3)):
                return super().call(inputs, training=training, mask=mask)
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs, scale=self.gamma, offset=self.beta, mean=[], variance=[], epsilon=self.epsilon
            )
            for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                average.assign(self.momentum * average + (1 - self.momentum) * value)
            return outputs

    def fused(layer):
        if type(layer) is keras.layers.BatchNormalization and layer.center and layer.scale:
            return FusedNormalization.from_config(layer.get_config())
        return layer

    try:
        twin = keras.models.clone_model(model, clone_function=fused)
    except ValueError:
        return model
    twin.set_weights(model.get_weights())
    return twin


def _optimizer(recipe, n_steps):
    keras, rate = wake(), recipe.learning_rate
    if recipe.cosine:
        warm_up = 2 * n_steps
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 20, max(1, recipe.epochs * n_steps - warm_up), warmup_target=rate, warmup_steps=warm_up
        )
    options = {"use_ema": True, "ema_momentum": recipe.ema} if recipe.ema else {}
    if not recipe.weight_decay:
        return keras.optimizers.Adam(rate, **options)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, **options)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _mix(batch, targets, alpha, rng):
    """Mix each clip and its target with another's: mixup after Zhang et al. (2018)."""
    share = rng.beta(alpha, alpha, len(batch)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(batch))
    wide = share[:, None, None, None]
    return wide * batch + (1 - wide) * batch[other], share[:, None] * targets + (1 - share[:, None]) * targets[other]


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
        told = "this recipe watches the validation loss"
        raise BadModel(f"{told}: pass validation clips, or patience=None, plateau=None.")


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
    """The folder of one run, `history.json` and the state that it names; and what happens around each epoch."""

    def __init__(self, folder, fingerprint, recipe, log):
        self.folder = pathlib.Path(folder) if folder is not None else None
        self.fingerprint, self.recipe, self.log = fingerprint, recipe, log
        self.history, self.best, self.arrays, self.model = [], None, [], None
        if self.folder is not None and (self.folder / "history.json").exists():
            self._read()

    @property
    def plan(self):
        """What `schedule` says after the epochs so far."""
        return schedule([row["val_loss"] for row in self.history if "val_loss" in row], self.recipe)

    def restore(self, model):
        """Load the last whole epoch into the model that trains."""
        self.model = model
        variables = [*model.variables, *model.optimizer.variables]
        for variable, value in zip(variables, self.arrays):
            variable.assign(value)
        self.best = self.arrays[len(variables) :] or None

    def begin(self, epoch, logs=None):
        self.started = time.perf_counter(), time.process_time()
        self.epoch = epoch + 1
        if not self.recipe.cosine:
            self.model.optimizer.learning_rate = self.plan.learning_rate

    def end(self, epoch, logs):
        """Add the epoch's row to the history, keep its state, and stop where the schedule says so."""
        row = {"epoch": epoch + 1, **logs, "learning_rate": np.asarray(self.model.optimizer.learning_rate)}
        row["seconds"] = time.perf_counter() - self.started[0]
        row["cpu_seconds"] = time.process_time() - self.started[1]
        self.history.append({name: round(float(value), 7) if name != "epoch" else value for name, value in row.items()})
        self.model.stop_training = self.plan.stop
        if self.recipe.patience is not None and self.plan.best_epoch == epoch:
            self.best = self.model.get_weights()
        if self.folder is not None:
            self._save()
        if self.log is not None:
            self.log(self.history[-1])

    def said_when_stopped(self):
        """From which epoch the same call goes on after the stop button."""
        then = "nothing of it is kept, so the same again starts with epoch 1"
        if self.folder is not None and self.history:
            then = (
                f"run the same again and it goes on after epoch {len(self.history)}, "
                f"the last whole one, kept in {self.folder}"
            )
        return f"The training was stopped in epoch {self.epoch} of {self.recipe.epochs}: {then}."

    def _save(self):
        """Write this epoch's state, then rename `history.json` into place, then forget older states."""
        variables = [*self.model.variables, *self.model.optimizer.variables]
        buffer = io.BytesIO()
        np.savez(buffer, *map(np.asarray, variables), *(self.best or ()))
        name = f"state-{len(self.history)}.npz"
        state = [name, hashlib.sha256(buffer.getvalue()).hexdigest()]
        record = {"fingerprint": self.fingerprint, "history": self.history, "state": state}
        record["digest"] = _digest(record)
        try:
            system.write_whole(self.folder / name, buffer.getvalue())
            system.write_whole(self.folder / "history.json", json.dumps(record, indent=1).encode())
        except OSError as error:
            raise BadModel(
                f"{str(self.folder)!r} cannot keep this training ({error.strerror or error}): free some space, or "
                "choose another folder; the same again goes on after the last epoch that is kept."
            ) from None
        for old in self.folder.glob("*.npz"):  # drafts of another process in this folder are not ours to delete
            if old.name != name:
                old.unlink(missing_ok=True)

    def _read(self):
        """History and state of the last whole epoch, each byte of them checked."""
        path = self.folder / "history.json"
        try:
            record = json.loads(path.read_bytes())
            whole = record.pop("digest") == _digest(record)
        except (ValueError, TypeError, KeyError, AttributeError):
            whole = False
        if not whole:
            raise BadModel(f"the history {str(path)!r} is damaged: delete its folder and train again.")
        if record["fingerprint"] != self.fingerprint:
            told = f"the run in {str(self.folder)!r} had another net, recipe, seed or clips"
            raise BadModel(f"{told}: delete the folder to start over, or choose another one.")
        name, digest = record["state"]
        try:
            content = (self.folder / name).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise BadModel(f"the state {str(self.folder / name)!r} is damaged: delete its folder and train again.")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            self.arrays = [stored[f"arr_{place}"] for place in range(len(stored.files))]
        self.history = record["history"]


def _digest(record):
    """SHA-256 of a run's record: one changed figure of the history is noticed, too."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
