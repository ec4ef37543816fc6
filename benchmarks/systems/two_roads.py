"""One net on two roads: the course's convolutions, and statistics of the same picture with a linear model behind them.

The statistics are those of `baselines.clip_functionals` without F0, computed inside the net by operations that
Keras and the light runtime know: whoever asks the net needs nothing but the picture.
"""

import numpy as np

from ser_lessons.config import EMOTIONS
from ser_lessons.net import bundle, models
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
    pictures = np.asarray(pictures, np.float32)[..., None]
    return _statistics_net().predict(pictures, batch_size=64, verbose=0)


def _statistics_net():
    inputs = wake().Input(INPUT_SHAPE)
    return wake().Model(inputs, statistics(inputs), name="statistics")


def build(convolutions, mean, spread, kernel, bias, weight):
    """The net: pictures (n, 128, 130, 1) in dB above -80 to probabilities (n, 8).

    Parameters
    ----------
    convolutions : keras.Model from `models.course_cnn`, trained on levels above -60 dB; left as it is
    mean, spread : float arrays (1751,), which standardize the statistics
    kernel, bias : float arrays (1751, 8) and (8,) of the linear model
    weight : float, how much the log-probabilities of the convolutions count
    """
    keras = wake()
    ops, layers = keras.ops, keras.layers
    inputs = keras.Input(INPUT_SHAPE, name="log_mel_db")
    seen = _statistics_net()(inputs)
    seen = layers.Rescaling((1 / spread).tolist(), (-mean / spread).tolist(), name="standard")(seen)
    linear = layers.Dense(len(EMOTIONS), name="linear")
    said = linear(ops.clip(seen, -CLIP, CLIP))
    linear.set_weights([kernel, bias])
    loud = layers.ReLU(name="above_floor")(layers.Rescaling(1, 60, name="raised")(inputs))
    heard = ops.log(ops.maximum(models.course_answer(layers.Rescaling(1, -60, name="lowered")(loud)), LEAST))
    both = layers.Add(name="both")([said, layers.Rescaling(weight, name="weighed")(heard)])
    net = keras.Model(inputs, layers.Softmax(name="answer")(both), name="two_roads")
    for layer in convolutions.layers[1:]:
        net.get_layer(layer.name).set_weights(layer.get_weights())
    return net


def as_bytes(convolutions, road, weight):
    """The net of a fitted `two_roads.Road`, as the bytes of a `.keras` file."""
    return bundle.keras_bytes(build(convolutions, road.mean, road.spread, road.kernel, road.bias, weight))


def headline(report):
    """The numbers of `two_roads.write_report` that the bundle is published with, a dict of plain numbers."""
    strange, known = report["systems"], report["sureness"]["plain"]["RAVDESS voices"]
    return {
        "uar": report["actors"]["plain"]["value"],
        "uar_strangers": strange["two roads, plain"]["mean of the three"]["value"],
        "uar_strangers_voice_known": strange["two roads, voice30"]["mean of the three"]["value"],
        "answered_accuracy": known["right"]["value"],
        "coverage": known["answered"]["value"],
    }


def card(report):
    """The model card, its figures taken from the report."""

    def percent(interval):
        value, low, high = (100 * interval[key] for key in ("value", "low", "high"))
        return f"{value:.1f} % [{low:.1f}, {high:.1f}]"

    def row(what, mode):
        strange, sure = report["systems"][f"two roads, {mode}"], report["sureness"][mode]
        table = [("24 RAVDESS voices, eight labels", report["actors"][mode], sure["RAVDESS voices"])]
        table += [
            ("25 strangers of three corpora, six or seven labels", strange["mean of the three"], sure["strangers"])
        ]
        return "".join(
            f"| {who}, {what} | {percent(uar)} | {percent(told['answered'])} | {percent(told['right'])} "
            f"| {told['calibration error']['value']:.3f} |\n"
            for who, uar, told in table
        )

    languages = {"emodb": "EMO-DB (German)", "emovo": "EMOVO (Italian)", "nemo": "nEMO (Polish)"}
    plain, known = (report["systems"][f"two roads, {mode}"] for mode in ("plain", "voice30"))
    corpora = "".join(
        f"| {name} | {plain[key]['labels']} | {percent(plain[key])} | {percent(known[key])} |\n"
        for key, name in languages.items()
    )
    sure = report["sureness"]
    return f"""# Model card: the course's net

**What it does.** Maps three seconds of one voice to probabilities of eight acted emotions, or says "not sure". It gets
to know a voice: from 10 s of other recordings of the same speaker on, in several moods, it judges a clip against them
(`ser-lessons predict --one-voice`). Neutral recordings alone helped strangers a little, and hurt RAVDESS voices.

**Net.** Two roads see one picture, and their logits are added: the convolutions of lesson 09, trained from scratch in
changing rooms, on RAVDESS and then on all four corpora (the mean of both weights), and a linear model on 1751
statistics that are computed inside the net. 606 344 parameters, no pretrained weights.

**Data.** RAVDESS, audio only (Livingstone & Russo 2018), 2452 clips of 24 North American actors; EMO-DB (Burkhardt et
al. 2005), EMOVO (Costantini et al. 2014), half of nEMO (Christop 2024). The shipped weights learned from all of them,
so no clip is left to test them on; the figures are those of nets trained the same way without the voices, or the whole
corpora, that they are asked about. Intervals (95 %) resample voices.

**Figures.** Protocol `actors` for RAVDESS (1440 speech clips, chance 12.5 % UAR), `lopo` for strangers: one corpus left
out, UAR among the labels common to both, chance 15.9 %; the other columns count eight labels, calm as neutral. "Known":
30 s of other clips of the voice, without labels. Temperature and threshold were fitted on strangers of the other
corpora; for RAVDESS voices they are too strict.

| who | UAR | answered | right of these | calibration error |
|---|---|---|---|---|
{row("voice unknown", "plain")}{row("voice known", "voice30")}
| corpus left out | labels | UAR | voice known |
|---|---|---|---|
{corpora}
Shipped are temperature {sure["plain"]["temperature"]:.3f} and threshold {sure["plain"]["threshold"]:.3f}, for known
voices {sure["voice30"]["temperature"]:.3f} and {sure["voice30"]["threshold"]:.3f}, fitted on all strangers
(the table's own were fitted on other corpora). On those they aimed at three right answers in four: they answer
{percent(sure["plain"]["answered at it"])}, {percent(sure["plain"]["right at it"])} right; of known voices
{percent(sure["voice30"]["answered at it"])}, {percent(sure["voice30"]["right at it"])} right.

**Limits.** Acted emotion; four languages; studios. Of RAVDESS voices it is right more often than its confidence says;
of strangers it is often wrong, and mostly "not sure". What noise, rooms and telephones cost stands in
reports/rooms.json. The gender gap of the course's own net is audited in lesson 07.

**Use.** Teaching, and comparing methods. Not for judging people: not hiring, policing, schooling, health or law.

**Licence.** Weights made from RAVDESS, EMO-DB, EMOVO and nEMO: CC BY-NC-SA 4.0, not for commercial use; see
LICENSE-WEIGHTS.md.
"""
