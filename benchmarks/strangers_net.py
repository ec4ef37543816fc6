"""The net that travels: pictures of several corpora in balanced batches, light channel changes, known and unknown voices.

Used by strangers.py. A picture is made comparable before the net sees it: an unknown voice by the level of its clip,
a known one by its mean spectrum over sounding frames, which then becomes that of the average voice. One net learns both.
"""

import dataclasses
import functools
import json
import pathlib
import time

import numpy as np

BANDS = 112
"""The first 112 of 128 mel bands end at 7.2 kHz: what lies above would tell corpora of 16 kHz from the others."""
FLOOR, LEVEL = -60.0, -10.0
"""dB: the lowest level of a normalized picture, and the loudness of its loud frames."""
PAUSE = pathlib.Path("/tmp/w/PAUSE")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a training varies.

    Parameters
    ----------
    epochs, clips, batch : int; each epoch draws `clips` clips, every corpus and emotion equally often
    known : float, share of the training clips whose voice is known
    level : bool, normalize the clip of an unknown voice by its level; otherwise a gain of +-10 dB is drawn
    warp, channel, mask : floats, strength of changes of the vocal tract and tempo, of the channel, and of masks
    song : float, share of the clips of RAVDESS that are sung
    masked : bool, the softmax runs over the labels of the clip's corpus only
    """

    epochs: int = 20
    clips: int = 3072
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    smoothing: float = 0.1
    known: float = 0.5
    level: bool = True
    warp: float = 1.0
    channel: float = 1.0
    mask: float = 1.0
    song: float = 0.3
    masked: bool = True
    drop_maps: float = 0.0
    seed: int = 7


class Pictures:
    """Pictures (clips, 112, 130) in dB re full scale, with what normalizes them."""

    def __init__(self, pictures):
        self.raw = pictures[:, :BANDS].astype(np.float32)
        power = np.power(10, self.raw / 10).sum(axis=1)
        loud = 10 * np.log10(power)
        self.sounding = loud > loud.max(axis=1, keepdims=True) - 30
        self.level = np.array([np.percentile(row[keep], 90) for row, keep in zip(loud, self.sounding)], np.float32)
        weights = self.sounding.astype(np.float32)
        self.count = weights.sum(axis=1)
        self.total = np.einsum("cbf,cf->cb", self.raw, weights)
        self.seconds = self.count * 512 / 22_050

    def spectrum(self, rows):
        """Mean spectrum (112,) over the sounding frames of some clips, levels as recorded."""
        return self.total[rows].sum(axis=0) / self.count[rows].sum()

    def default(self, rows, speakers):
        """The average voice: mean over speakers of their mean spectrum after normalizing each clip by its level."""
        relative = self.total[rows] / self.count[rows, None] - self.level[rows, None] + LEVEL
        return np.mean([relative[speakers[rows] == one].mean(axis=0) for one in np.unique(speakers[rows])], axis=0)

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


def change_channel(batch, rng, strength, known, default):
    """Gentle equalizer, noise, and band limits, as of another room, microphone or line; in place of `batch`."""
    n, bands, _ = batch.shape
    place = np.linspace(0, 1, bands, dtype=np.float32)
    curve = sum(
        rng.normal(0, 3 * strength / (k + 1), (n, 1)) * np.cos(np.pi * (k + 1) * place + rng.uniform(0, 6.28, (n, 1)))
        for k in range(3)
    )
    curve[known] = 0  # a known voice comes through the same channel: its spectrum takes the equalizer away again
    batch += curve.astype(np.float32)[:, :, None]
    noisy = rng.random(n) < 0.5 * strength
    if noisy.any():
        noise = LEVEL - 18 - rng.uniform(15, 40, (noisy.sum(), 1)) + rng.uniform(-12, 6, (noisy.sum(), 1)) * place
        noise = (noise[:, :, None] + rng.normal(0, 2, (noisy.sum(), bands, batch.shape[2]))).astype(np.float32)
        part = batch[noisy]
        batch[noisy] = np.maximum(part, noise) + 4.343 * np.log1p(np.exp(-np.abs(part - noise) / 4.343))
    for i in np.flatnonzero(rng.random(n) < 0.3 * strength):
        low, high = (rng.integers(0, 14) if rng.random() < 0.5 else 0), rng.integers(80, bands)
        for cut in (slice(0, low), slice(high, None)):
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
    """Rows of one epoch: every corpus equally often, in it every emotion (calm and neutral count as one)."""
    weights = np.zeros(len(rows))
    corpora, emotions = table["corpus"].to_numpy()[rows], table["emotion"].to_numpy()[rows]
    songs = table["channel"].to_numpy()[rows] == "song"
    for name in np.unique(corpora):
        for emotion in np.unique(emotions[corpora == name]):
            here = (corpora == name) & (emotions == emotion)
            for part, share in ((here & songs, settings.song), (here & ~songs, 1 - settings.song)):
                share = share if (here & songs).any() else 1.0
                if part.any() and share:
                    weights[part] = share / part.sum()
            if name == "ravdess" and emotion in ("neutral", "calm"):
                weights[here] /= 2
        weights[corpora == name] /= weights[corpora == name].sum()
    return rng.choice(rows, settings.clips, p=weights / weights.sum())


def build(settings, n_classes=8):
    """The course's four stages on 112 bands; logits."""
    import keras

    from ser_lessons import models

    keras.utils.set_random_seed(settings.seed)
    net = models.course_cnn(n_classes, input_shape=(BANDS, 130, 1), drop_maps=settings.drop_maps)
    net.layers[-1].activation = keras.activations.linear
    return models.fuse_batch_norm(net)


def train(pictures, table, rows, settings, folder, log=print):
    """Train on the given rows; resumable after each epoch. Returns the net (logits) and the default spectrum."""
    import keras
    import tensorflow as tf

    from ser_lessons import augment
    from ser_lessons.config import EMOTIONS

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = rows[(table["emotion"].isin(EMOTIONS)).to_numpy()[rows]]
    labels = table["emotion"].map({name: i for i, name in enumerate(EMOTIONS)}).fillna(-1).astype(int).to_numpy()
    speakers, corpora = table["actor"].to_numpy(), table["corpus"].to_numpy()
    spoken = (table["channel"] == "speech").to_numpy()
    default = pictures.default(rows[spoken[rows]], speakers).astype(np.float32)
    allowed = {c: np.isin(np.arange(8), labels[rows[corpora[rows] == c]]) for c in np.unique(corpora[rows])}
    net, steps = build(settings), settings.clips // settings.batch
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
            logits = net(batch, training=True) + closed
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
        hits = tf.reduce_mean(tf.cast(tf.argmax(logits, 1) == tf.argmax(targets, 1), tf.float32))
        return loss, hits

    state, done = folder / "state.npz", 0
    if state.exists():
        with np.load(state) as kept:
            done = int(kept["done"])
            for place, variable in enumerate([*net.variables, *optimizer.variables]):
                variable.assign(kept[f"v{place}"])
    for epoch in range(done, settings.epochs):
        while PAUSE.exists():
            time.sleep(5)
        started, rng = time.time(), np.random.default_rng([settings.seed, epoch])
        drawn = draw(table, rows, settings, rng)
        known = rng.random(len(drawn)) < settings.known
        mates = {s: np.flatnonzero((speakers == s) & spoken) for s in np.unique(speakers[drawn])}
        seen = []
        for start in range(0, len(drawn), settings.batch):
            part = slice(start, start + settings.batch)
            some, voices = drawn[part], known[part]
            batch = pictures.plain(some)
            if not settings.level:
                batch += (pictures.level[some] - LEVEL - 15 + rng.uniform(-10, 10, len(some)))[:, None, None]
            if voices.any():
                spectra = np.stack(
                    [
                        pictures.spectrum(rng.choice(mates[speakers[row]], int(rng.integers(5, 16))))
                        for row in some[voices]
                    ]
                )
                batch[voices] = pictures.voiced(some[voices], spectra, default)
            batch = np.maximum(batch, FLOOR).astype(np.float32)
            if settings.warp:
                batch = augment.warp_batch(
                    batch, rng, frequency=0.08 * settings.warp, tempo=0.08 * settings.warp, roll=20, group=8
                )
            if settings.channel:
                batch = change_channel(batch, rng, settings.channel, voices, default)
            if settings.mask:
                batch = mask_parts(batch, rng, settings.mask)
            batch = np.maximum(batch, FLOOR)[..., None]
            open_ = np.stack([allowed[c] if settings.masked else np.ones(8, bool) for c in corpora[some]])
            share = open_ / open_.sum(axis=1, keepdims=True)
            targets = (1 - settings.smoothing) * np.eye(8)[labels[some]] + settings.smoothing * share
            closed = np.where(open_, 0, -30).astype(np.float32)
            seen.append([float(x) for x in step(batch, targets.astype(np.float32), closed)])
        values = {f"v{i}": np.asarray(v) for i, v in enumerate([*net.variables, *optimizer.variables])}
        np.savez(folder / "draft.npz", done=epoch + 1, **values)
        (folder / "draft.npz").replace(state)
        loss, hits = np.mean(seen, axis=0)
        log(f"{folder.name} epoch {epoch + 1} loss {loss:.3f} hits {hits:.3f} {time.time() - started:.0f} s")
    (folder / "settings.json").write_text(json.dumps(dataclasses.asdict(settings)))
    return net, default


def answer(net, batch):
    """Log-probabilities (n, 8) of normalized pictures (n, 112, 130), mean over three places in time."""
    batch = np.maximum(batch, FLOOR)[..., None]
    logits = net.predict(batch, batch_size=128, verbose=0)
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
