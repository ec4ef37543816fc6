"""The net that travels: pictures of several corpora in balanced batches, light changes, known and unknown voices.

Used by strangers.py. A picture is made comparable before the net sees it: an unknown voice by the level of its clip,
a known one may be by its mean spectrum over sounding frames, which then becomes that of the average voice.
"""

import dataclasses
import json
import os
import pathlib
import time

import numpy as np

BANDS = 112
"""The first 112 of 128 mel bands end at 7.2 kHz: what lies above would tell corpora of 16 kHz from the others."""
FLOOR, LEVEL = -50.0, 0.0
"""dB: the lowest and the highest level of a normalized picture."""
PAUSE = os.environ.get("SER_PAUSE", "")
"""While a file of this name exists, trainings sleep between two steps."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a training varies.

    Parameters
    ----------
    epochs, clips : int; each epoch draws `clips` clips, every corpus, voice and emotion equally often
    voices, each : int; a batch holds `each` clips of every one of its `voices`
    rate, decay, smoothing : floats, of AdamW and of the labels
    known : float, share of the loss that comes from logits from which the mean of the other clips of the voice in the
        batch is taken away
    equalized : float, share of the voices whose mean spectrum is made that of the average voice
    swapped : float, share of the voices that get the mean spectrum of another voice of the training clips
    warp, channel, mask : floats, strength of changes of the vocal tract and tempo, of the channel, and of masks
    song : float, share of the clips of RAVDESS that are sung
    """

    epochs: int = 20
    clips: int = 3072
    voices: int = 6
    each: int = 8
    rate: float = 2e-3
    decay: float = 0.02
    smoothing: float = 0.1
    known: float = 0.5
    equalized: float = 0.0
    swapped: float = 0.7
    warp: float = 0.7
    channel: float = 0.4
    mask: float = 0.5
    song: float = 0.3
    drop: float = 0.3
    seed: int = 7


def wait_while_paused():
    """Sleep while the file that SER_PAUSE names exists."""
    while PAUSE and os.path.exists(PAUSE):
        time.sleep(5)


class Pictures:
    """Pictures (clips, 112, 130) in dB re a mel power of 1, with what normalizes them."""

    def __init__(self, pictures):
        self.raw = pictures[:, :BANDS].astype(np.float32)
        power = np.power(10, self.raw / 10).sum(axis=1)
        loud = 10 * np.log10(power)
        self.sounding = loud > loud.max(axis=1, keepdims=True) - 30
        self.level = self.raw.max(axis=(1, 2))
        weights = self.sounding.astype(np.float32)
        self.count = weights.sum(axis=1)
        self.total = np.einsum("cbf,cf->cb", self.raw, weights)
        self.seconds = self.count * 512 / 22_050

    def spectrum(self, rows):
        """Mean spectrum (112,) over the sounding frames of some clips, levels as recorded."""
        return self.total[rows].sum(axis=0) / self.count[rows].sum()

    def default(self, rows, speakers):
        """The average voice: mean over speakers of their mean spectrum after normalizing each clip by its level."""
        return np.mean(list(self.voices(rows, speakers).values()), axis=0)

    def voices(self, rows, speakers):
        """Mean spectrum (112,) of each voice after normalizing each clip by its level, a dict."""
        relative = self.total[rows] / self.count[rows, None] - self.level[rows, None] + LEVEL
        return {one: relative[speakers[rows] == one].mean(axis=0) for one in np.unique(speakers[rows])}

    def plain(self, rows):
        """Pictures of unknown voices, float32 (n, 112, 130)."""
        return self.raw[rows] - self.level[rows, None, None] + LEVEL

    def voiced(self, rows, spectra, default):
        """Pictures of known voices: `spectra` (n, 112) become `default` (112,)."""
        return self.raw[rows] + (default - spectra)[:, :, None]


def others(speakers, spoken, seconds, wanted, rng):
    """For each clip, rows of other spoken clips of its speaker, in random order, until `wanted` seconds are reached."""
    chosen = [None] * len(speakers)
    for speaker in np.unique(speakers):
        own = np.flatnonzero((speakers == speaker) & spoken)
        for row in np.flatnonzero(speakers == speaker):
            order = rng.permutation(own[own != row])
            enough = np.searchsorted(np.cumsum(seconds[order]), wanted) + 1
            chosen[row] = order[:enough]
    return chosen


def change_channel(batch, rng, strength, each, known, default):
    """Gentle equalizer, noise, and band limits, as of another room, microphone or line; in place of `batch`.

    `each` clips in a row share a voice, and so a channel; `known` says whose spectrum was made the `default`.
    """
    n, bands, _ = batch.shape
    place, voices = np.linspace(0, 1, bands, dtype=np.float32), n // each

    def once(low, high):
        return np.repeat(rng.uniform(low, high, voices), each)[:, None].astype(np.float32)

    curve = 0
    for k in (1, 2, 3):
        curve = curve + 5 * strength / k * once(-1, 1) * np.cos(np.pi * k * place + once(0, 6.28))
    curve[known] = 0  # the spectrum of a known voice takes the equalizer away again
    batch += curve[:, :, None].astype(np.float32)
    noisy = (once(0, 1) < 0.5 * strength)[:, 0]
    level = (LEVEL - 12 - once(15, 40) + once(-12, 6) * place)[noisy]
    noise = level[:, :, None] + 2 * rng.standard_normal((noisy.sum(), bands, batch.shape[2]), np.float32)
    part = batch[noisy]
    batch[noisy] = np.maximum(part, noise) + 4.343 * np.log1p(np.exp(-np.abs(part - noise) / 4.343))
    limited, low, high = once(0, 1) < 0.3 * strength, once(-14, 14), once(80, bands)
    for i in np.flatnonzero(limited):
        for cut in (slice(0, max(0, int(low[i, 0]))), slice(int(high[i, 0]), None)):
            batch[i, cut] = default[cut, None] if known[i] else FLOOR
    return batch


def mask_parts(batch, rng, strength):
    """One stretch of bands and one of frames of each clip at its mean level (SpecAugment)."""
    for picture in batch:
        mean = picture.mean()
        for axis in (0, 1):
            length = int(rng.integers(0, round(16 * strength) + 1))
            start = int(rng.integers(0, picture.shape[axis] - length + 1))
            np.moveaxis(picture, axis, 0)[start : start + length] = mean
    return batch


def draw(table, rows, settings, rng):
    """Rows of one epoch, shape (voices, each): corpora, in them voices, and in these emotions equally often.

    Calm and neutral count as one emotion.
    """
    frame = table.iloc[rows].assign(row=rows)
    pools = {}
    for (corpus, actor, emotion, channel), part in frame.groupby(["corpus", "actor", "emotion", "channel"]):
        pools.setdefault(corpus, {}).setdefault(actor, {}).setdefault(emotion, {})[channel] = part["row"].to_numpy()
    corpora = list(pools)
    voices = []
    for place in range(settings.clips // settings.each):
        actors = pools[corpora[place % len(corpora)]]
        emotions = actors[list(actors)[rng.integers(len(actors))]]
        names = list(emotions)
        share = np.array([0.5 if name == "calm" or (name == "neutral" and "calm" in names) else 1 for name in names])
        chosen = []
        for name in rng.choice(names, settings.each, p=share / share.sum()):
            channels = emotions[name]
            sung = "song" in channels and rng.random() < settings.song
            chosen.append(rng.choice(channels["song" if sung else "speech"]))
        voices.append(chosen)
    return np.array(voices)


def build(settings, n_classes=8):
    """The course's four stages on 112 bands; logits."""
    import keras

    from ser_lessons.net import models

    keras.utils.set_random_seed(settings.seed)
    net = models.course_cnn(n_classes, input_shape=(BANDS, 130, 1))
    net.layers[-1].activation = keras.activations.linear
    net.layers[-2].rate = settings.drop
    return net


def train(pictures, table, rows, settings, folder, log=print):
    """Train on the given rows; resumable after each epoch. Returns the net (logits) and the default spectrum."""
    import keras
    import tensorflow as tf

    from ser_lessons.config import EMOTIONS
    from ser_lessons.sound import augment

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = rows[(table["emotion"].isin(EMOTIONS)).to_numpy()[rows]]
    labels = table["emotion"].map({name: i for i, name in enumerate(EMOTIONS)}).fillna(-1).astype(int).to_numpy()
    speakers, corpora = table["actor"].to_numpy(), table["corpus"].to_numpy()
    spoken = (table["channel"] == "speech").to_numpy()
    default = pictures.default(rows[spoken[rows]], speakers).astype(np.float32)
    allowed = {c: np.isin(np.arange(8), labels[rows[corpora[rows] == c]]) for c in np.unique(corpora[rows])}
    mates = {s: np.flatnonzero((speakers == s) & spoken) for s in np.unique(speakers[rows])}
    timbre = pictures.voices(rows[spoken[rows]], speakers)
    net, steps = build(settings), settings.clips // (settings.each * settings.voices)
    total, warm = settings.epochs * steps, 2 * steps
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.rate / 20, total - warm, warmup_target=settings.rate, warmup_steps=warm
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(net.trainable_variables)

    @tf.function
    def step(batch, targets, closed):
        with tf.GradientTape() as tape:
            logits = net(batch, training=True)
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits + closed))
            together = tf.reshape(logits, (-1, settings.each, 8))
            mean = (tf.reduce_sum(together, 1, keepdims=True) - together) / (settings.each - 1)
            relative = tf.reshape(together - mean, (-1, 8)) + closed
            loss_known = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, relative))
            joint = (1 - settings.known) * loss + settings.known * loss_known
        optimizer.apply_gradients(zip(tape.gradient(joint, net.trainable_variables), net.trainable_variables))
        truth = tf.argmax(targets, 1)
        hits = [tf.reduce_mean(tf.cast(tf.argmax(z, 1) == truth, tf.float32)) for z in (logits + closed, relative)]
        return loss, loss_known, *hits

    state, done = folder / "state.npz", 0
    if state.exists():
        with np.load(state) as kept:
            done = int(kept["done"])
            for place, variable in enumerate([*net.variables, *optimizer.variables]):
                variable.assign(kept[f"v{place}"])
    for epoch in range(done, settings.epochs):
        wait_while_paused()
        started, rng, seen = time.time(), np.random.default_rng([settings.seed, epoch]), []
        drawn = draw(table, rows, settings, rng)
        for start in range(0, steps * settings.voices, settings.voices):
            some = drawn[start : start + settings.voices].reshape(-1)
            voices = np.repeat(rng.random(settings.voices) < settings.equalized, settings.each)
            batch = pictures.plain(some)
            for first in range(0, len(some), settings.each):
                if rng.random() < settings.swapped:
                    other = timbre[list(timbre)[rng.integers(len(timbre))]]
                    batch[first : first + settings.each] += (other - timbre[speakers[some[first]]])[:, None]
            if voices.any():
                spectra = [pictures.spectrum(rng.choice(mates[speakers[row]], 10)) for row in some[voices]]
                batch[voices] = pictures.voiced(some[voices], np.stack(spectra), default)
            batch = np.maximum(batch, FLOOR)
            if settings.warp:
                batch = augment.warp_batch(
                    batch, rng, frequency=0.08 * settings.warp, tempo=0.08 * settings.warp, roll=20, group=settings.each
                )
            if settings.channel:
                batch = change_channel(batch, rng, settings.channel, settings.each, voices, default)
            if settings.mask:
                batch = mask_parts(batch, rng, settings.mask)
            batch = np.maximum(batch, FLOOR)[..., None]
            open_ = np.stack([allowed[c] for c in corpora[some]])
            share = open_ / open_.sum(axis=1, keepdims=True)
            targets = (1 - settings.smoothing) * np.eye(8)[labels[some]] + settings.smoothing * share
            closed = np.where(open_, 0, -30).astype(np.float32)
            seen.append([float(x) for x in step(batch, targets.astype(np.float32), closed)])
        values = {f"v{i}": np.asarray(v) for i, v in enumerate([*net.variables, *optimizer.variables])}
        np.savez(folder / "draft.npz", done=epoch + 1, **values)
        (folder / "draft.npz").replace(state)
        said = " ".join(f"{value:.3f}" for value in np.mean(seen, axis=0))
        log(
            f"{folder.name} epoch {epoch + 1} loss, of a known voice, hits, of a known voice: {said}, "
            f"{time.time() - started:.0f} s"
        )
    (folder / "settings.json").write_text(json.dumps(dataclasses.asdict(settings)))
    return net, default


def answer(net, batch):
    """Logits (n, 8) of normalized pictures (n, 112, 130)."""
    return net.predict(np.maximum(batch, FLOOR)[..., None], batch_size=128, verbose=0)


def relative_to_voice(logits, rows, mates):
    """Logits of each row minus their mean over other clips of its voice; `mates` lists rows for each row."""
    place = {row: i for i, row in enumerate(rows)}
    return np.stack([logits[i] - logits[[place[m] for m in mates[row]]].mean(axis=0) for i, row in enumerate(rows)])
