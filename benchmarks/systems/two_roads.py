"""One net on two roads: the course's convolutions, and statistics of the same picture with a linear model behind them.

The statistics are those of `baselines.clip_functionals` without F0, computed inside the net by operations that
Keras and the light runtime know: whoever asks the net needs nothing but the picture.
"""

import numpy as np

from ser_lessons.config import EMOTIONS
from ser_lessons.net.backend import wake

INPUT_SHAPE = (128, 130, 1)
BANDS, FLOOR = 112, -80.0
"""Nothing above 7.2 kHz is looked at: it would tell corpora of 16 kHz from the others. Lowest level in dB."""
CLIP = 4.0
"""A standardized statistic lies between -CLIP and CLIP."""
LEAST = 1e-6
"""The least probability that the convolutions' road may say."""


def statistics(pictures):
    """Statistics (n, 1751) of symbolic pictures (n, 128, 130, 1), levels in dB re full scale above -80.

    58 contours (20 cepstra, 32 bands, tilt, loudness, center, width, flux and peak), their changes and the changes of
    the cepstra's changes; of each mean, spread, skew, five percentiles, range, slope, bend and restlessness over the
    frames with sound; mean and spread over loud frames; how much there is of either.
    """
    ops = wake().ops
    contours, tops = _contours(ops, pictures)
    changes = _changes(ops, contours)
    sound = ops.cast(tops > FLOOR + 1, "float32")
    sound = ops.where(ops.sum(sound, axis=2, keepdims=True) < 10, 1.0, sound)
    moving = ops.concatenate([contours, changes, _changes(ops, changes)[:, :20]], axis=1)
    described, levels = _describe(ops, moving, sound)
    loudness = contours[:, 53:54]
    loud = sound * ops.cast(loudness >= 0.6 * levels[:, 53:54, 2:3] + 0.4 * levels[:, 53:54, 3:4], "float32")
    mean, spread, _ = _moments(ops, contours, loud)
    top = ops.max(ops.where(sound > 0, loudness, -200.0), axis=2, keepdims=True)
    frames = ops.sum(sound, axis=2, keepdims=True)
    near = [ops.sum(sound * ops.cast(loudness > top - db, "float32"), axis=2, keepdims=True) for db in (20.0, 10.0)]
    near = [count / ops.maximum(frames, 1.0) for count in near]
    return ops.concatenate([_flat(ops, part) for part in (described, mean, spread, frames, *near)], axis=1)


def _contours(ops, pictures):
    """Contours (n, 58, frames), and the highest level of each frame (n, 1, frames)."""
    from scipy.fft import dct

    heard = ops.transpose(pictures[:, :BANDS, :, 0], (0, 2, 1))
    heard = ops.concatenate([heard, ops.zeros_like(heard[:, :, : 128 - BANDS]) + FLOOR], axis=2)
    cepstra = dct(np.eye(128), axis=0, norm="ortho")[:20]
    groups = np.kron(np.eye(32), np.full((1, 4), 0.25))
    tilt = np.r_[np.full(40, 1 / 40), np.zeros(30), np.full(58, -1 / 58)][None]
    weighted = ops.matmul(heard, np.vstack([cepstra, groups, tilt]).T.astype(np.float32))
    peak = ops.max(heard, axis=2, keepdims=True)
    power = ops.exp((heard - peak) * float(np.log(10) / 10))
    total = ops.sum(power, axis=2, keepdims=True)
    place = np.stack([np.arange(128), np.arange(128) ** 2], axis=1).astype(np.float32)
    moments = ops.matmul(power / total, place)
    center = moments[:, :, :1]
    width = ops.sqrt(ops.maximum(moments[:, :, 1:] - center**2, 0.0) + 1e-3)
    loudness = peak + ops.log(total) * float(10 / np.log(10))
    flux = ops.mean(ops.relu(heard[:, 1:] - heard[:, :-1]), axis=2, keepdims=True)
    flux = ops.concatenate([ops.zeros_like(flux[:, :1]), flux], axis=1)
    contours = ops.concatenate([weighted, loudness, center, width, flux, peak], axis=2)
    return ops.transpose(contours, (0, 2, 1)), ops.transpose(peak, (0, 2, 1))


def _changes(ops, contours):
    """Slopes along the last axis, as `numpy.gradient` has them."""
    inner = (contours[:, :, 2:] - contours[:, :, :-2]) * 0.5
    first, last = contours[:, :, 1:2] - contours[:, :, :1], contours[:, :, -1:] - contours[:, :, -2:-1]
    return ops.concatenate([first, inner, last], axis=2)


def _moments(ops, contours, mask):
    """Mean and spread (n, contours, 1) over the frames of a mask (n, 1, frames), and what is left of the mean."""
    count = ops.maximum(ops.sum(mask, axis=2, keepdims=True), 1.0)
    mean = ops.sum(contours * mask, axis=2, keepdims=True) / count
    left = (contours - mean) * mask
    return mean, ops.sqrt(ops.sum(left**2, axis=2, keepdims=True) / count + 1e-6), left


def _describe(ops, contours, mask):
    """Twelve statistics (n, contours, 12) over the frames of a mask (n, 1, frames), and the five percentiles."""
    frames = INPUT_SHAPE[1]
    count = ops.maximum(ops.sum(mask, axis=2, keepdims=True), 2.0)
    mean, spread, left = _moments(ops, contours, mask)
    skew = ops.sum(left**3, axis=2, keepdims=True) / count / (spread**3 + 1e-3)
    ordered = ops.sort(contours * mask + (1 - mask) * 1e4, axis=2)
    ordered = ops.where(ordered > 5e3, 0.0, ordered)
    places = (count - 1) * np.array([0.05, 0.25, 0.5, 0.75, 0.95], np.float32)[None, :, None]
    shares = ops.relu(1 - ops.abs(places - np.arange(frames, dtype=np.float32)[None, None]))
    levels = ops.matmul(ordered, ops.transpose(shares, (0, 2, 1)))
    passed = ops.matmul(mask, np.triu(np.ones((frames, frames), np.float32)))
    time = (2 * (passed - 1) / (count - 1) - 1) * mask
    square = ops.sum(time * time, axis=2, keepdims=True)
    slope = ops.sum(left * time, axis=2, keepdims=True) / ops.maximum(square, 1e-3)
    bend = ops.sum(left * (time * time - square / count), axis=2, keepdims=True) / count
    both = mask[:, :, 1:] * mask[:, :, :-1]
    steps = ops.sum(ops.abs(contours[:, :, 1:] - contours[:, :, :-1]) * both, axis=2, keepdims=True)
    restless = steps / ops.maximum(ops.sum(both, axis=2, keepdims=True), 1.0)
    spans = levels[:, :, 4:] - levels[:, :, :1]
    return ops.concatenate([mean, spread, skew, levels, spans, slope, bend, restless], axis=2), levels


def _flat(ops, values):
    return ops.reshape(values, (-1, int(np.prod(values.shape[1:]))))


def describe(pictures):
    """Statistics, float32 (n, 1751), of pictures (n, 128, 130)."""
    keras = wake()
    inputs = keras.Input(INPUT_SHAPE)
    net = keras.Model(inputs, statistics(inputs))
    return net.predict(np.asarray(pictures, np.float32)[..., None], batch_size=64, verbose=0)


def build(convolutions, mean, spread, kernel, bias, weight):
    """The net: pictures (n, 128, 130, 1) in dB above -80 to probabilities (n, 8).

    Parameters
    ----------
    convolutions : keras.Model, such as `models.course_cnn`, trained on levels above -60 dB; left as it is
    mean, spread : float arrays (1751,), which standardize the statistics
    kernel, bias : float arrays (1751, 8) and (8,) of the linear model
    weight : float, how much the log-probabilities of the convolutions count
    """
    keras = wake()
    ops, layers = keras.ops, keras.layers
    inputs = keras.Input(INPUT_SHAPE, name="log_mel_db")
    seen = layers.Rescaling((1 / spread).tolist(), (-mean / spread).tolist(), name="standard")(statistics(inputs))
    linear = layers.Dense(len(EMOTIONS), name="linear")
    said = linear(ops.clip(seen, -CLIP, CLIP))
    linear.set_weights([kernel, bias])
    heard = ops.log(ops.maximum(convolutions(ops.maximum(inputs, -60.0)), LEAST))
    answer = layers.Softmax(name="emotion")(said + weight * heard)
    return keras.Model(inputs, answer, name="two_roads")
