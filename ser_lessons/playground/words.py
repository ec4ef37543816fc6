"""Everything the playground says in words: headline, bars, warnings, descriptions of its pictures."""

import numpy as np

from ..config import PALETTE
from ..sound.features import mel_band_edges
from .settings import Settings


def color(label):
    """The emotion's color in all figures; gray for one that a net of one's own knows."""
    return PALETTE.get(label, "#767676")


def ranked(answer):
    """Labels of a Prediction from the most to the least probable."""
    return sorted(answer.probabilities, key=answer.probabilities.get, reverse=True)


def headline(answer, *, foreign=False):
    """The net's answer in one line, the top two named; `foreign` says why a high bar is no answer."""
    first, second = ranked(answer)[:2]
    p = answer.probabilities
    said = "Not sure" if answer.abstained else f"The net hears {first}"
    said = "Not sure, no clear voice" if foreign else said
    return f"{said}: {first + ' ' if answer.abstained or foreign else ''}{p[first]:.0%}, then {second} {p[second]:.0%}"


def bar_rows(answer, before=None):
    """One dict a label for the bars: name, percent, points moved since the answer before, rank (1 is the top)."""
    order, was = ranked(answer), (before or answer).probabilities
    rows = [(label, round(100 * p, 3), round(100 * was[label], 3)) for label, p in answer.probabilities.items()]
    return [{"label": name, "percent": p, "move": p - q, "rank": 1 + order.index(name)} for name, p, q in rows]


def timeline(windows):
    """What the page shows of `predict.Window`s: blocks from a start to the next, in the row of their emotion (in %)."""
    labels, whole = list(windows[0].probabilities), windows[-1].end
    return {
        "labels": labels,
        "row": 100 / len(labels),
        "blocks": [
            {
                "said": f"{'not sure, ' if one.abstained else ''}{one.label} {one.confidence:.0%}",
                "window": one,
                "left": 100 * one.start / whole,
                "width": 100 * (min(one.end, then) - one.start) / whole,
                "top": 100 * labels.index(one.label) / len(labels),
                "color": color(one.label),
            }
            for one, then in zip(windows, [*(window.start for window in windows[1:]), whole])
        ],
    }


def describe_wave(analysis, name):
    """Alt text of the waveform picture."""
    sound, changed = analysis.sound, analysis.sound.changed
    rate, total, (first, last) = sound.sample_rate, len(sound.signal), sound.kept
    peak, rms = np.abs(changed).max(), np.sqrt(np.mean(changed**2))
    return (
        f"Line plot: two waveforms of {name}. Before: {total / rate:.1f} s, of which {first / rate:.1f} s at the start "
        f"and {(total - last) / rate:.1f} s at the end are trimmed. After: {len(changed) / rate:.1f} s, "
        f"peak {peak:.2f}, RMS {rms:.3f}."
    )


def describe_picture(analysis, config, *, activation=None):
    """Alt text of the spectrogram picture: size, range, strongest point, F0, where the net looked."""
    mel_db, picture = analysis.mel_db, analysis.settings.front_end(config)
    bands, frames = mel_db.shape
    band, frame = np.unravel_index(np.argmax(mel_db), mel_db.shape)
    text = (
        f"Heat map: {frames} frames (0-{config.seconds:.1f} s) by {bands} mel bands "
        f"(0-{config.sample_rate / 2000:.1f} kHz), {mel_db.min():.0f} to {mel_db.max():.0f} dB; strongest at "
        f"{frame * picture.hop_length / picture.sample_rate:.1f} s near {mel_band_edges(picture)[band + 1]:.0f} Hz."
    )
    voiced = analysis.contour[1][np.isfinite(analysis.contour[1])]
    if len(voiced):
        low, middle, high = np.percentile(voiced, [10, 50, 90])
        text += f" F0 median {middle:.0f} Hz, mostly {low:.0f} to {high:.0f} Hz."
    else:
        text += " No F0: nothing voiced was found."
    if activation is None:
        return text
    if not activation.any():
        return text + " No part of the picture spoke for the answer."
    frame = np.average(np.arange(activation.shape[1]), weights=activation.sum(axis=0))
    second = frame * config.seconds / activation.shape[1]
    return text + f" The net looked mostly around {second:.1f} s (the part without gray)."


def mismatch_warnings(analysis, config):
    """A sentence when the picture is not made the way the net was trained."""
    settings, default = analysis.settings, Settings.resting(config)
    changed = [
        f"{name} {getattr(settings, field)} instead of {getattr(default, field)}"
        for field, name in (("n_mels", "mel bands"), ("n_fft", "window"), ("hop_length", "hop"))
        if getattr(settings, field) != getattr(default, field)
    ]
    if not changed:
        return []
    stretched = "" if analysis.mel_db.shape == config.input_shape[:2] else " and sees it stretched to its own size"
    return [f"The net was never trained on such pictures ({', '.join(changed)}){stretched}: do not trust this answer."]
