"""Everything the playground says in words: headline, warnings, descriptions of its pictures."""

import numpy as np

from .settings import Settings


def headline(answer, *, foreign=False):
    """The net's answer in one line, the top two named; `foreign` says why a high bar is no answer."""
    first, second = answer.ranked()[:2]
    p = dict(zip(answer.labels, answer.probabilities))
    then = f"{p[first]:.0%}, then {second} {p[second]:.0%}"
    if foreign:
        return f"Not sure, no clear voice: {first} {then}"
    return f"Not sure: {first} {then}" if answer.abstained else f"The net hears {first}: {then}"


def bar_rows(answer, moved):
    """One dict a label for the bars: name, percent, move in points, rank (1 is the top)."""
    rank = {label: place for place, label in enumerate(answer.ranked(), start=1)}
    return [
        {"label": label, "percent": round(100 * float(p), 3), "move": round(moved[label], 3), "rank": rank[label]}
        for label, p in zip(answer.labels, answer.probabilities)
    ]


def describe_wave(analysis):
    """Alt text of the waveform picture."""
    sound = analysis.sound
    rate = sound.sample_rate
    total, kept = len(sound.signal) / rate, np.asarray(analysis.kept) / rate
    peak, rms = np.abs(analysis.changed).max(), np.sqrt(np.mean(analysis.changed**2))
    return (
        f"Line plot: two waveforms of {sound.name}. Before: {total:.1f} s, of which {kept[0]:.1f} s at the start and "
        f"{total - kept[1]:.1f} s at the end are trimmed. After: {len(analysis.changed) / rate:.1f} s, "
        f"peak {peak:.2f}, RMS {rms:.3f}."
    )


def describe_picture(analysis, config, *, activation=None):
    """Alt text of the spectrogram picture: size, range, strongest point, F0, where the net looked."""
    from ..sound.features import mel_band_edges

    mel_db = analysis.mel_db
    picture = analysis.settings.front_end(config)
    band, frame = np.unravel_index(np.argmax(mel_db), mel_db.shape)
    hz = mel_band_edges(picture)[1:-1]
    text = (
        f"Heat map: {mel_db.shape[1]} frames (0-{config.seconds:.1f} s) by {mel_db.shape[0]} mel bands "
        f"(0-{config.sample_rate / 2000:.1f} kHz), {mel_db.min():.0f} to {mel_db.max():.0f} dB; strongest at "
        f"{frame * picture.hop_length / picture.sample_rate:.1f} s near {hz[band]:.0f} Hz."
    )
    return text + _describe_contour(analysis.contour) + _describe_activation(activation, config)


def _describe_contour(contour):
    if contour is None:
        return ""
    voiced = contour[1][np.isfinite(contour[1])]
    if len(voiced) == 0:
        return " No F0: nothing voiced was found."
    low, middle, high = np.percentile(voiced, [10, 50, 90])
    return f" F0 median {middle:.0f} Hz, mostly {low:.0f} to {high:.0f} Hz."


def _describe_activation(activation, config):
    if activation is None:
        return ""
    column = activation.sum(axis=0)
    if column.sum() <= 0:
        return " No part of the picture spoke for the answer."
    second = float((column * np.arange(len(column))).sum() / column.sum()) * config.seconds / len(column)
    return f" The net looked mostly around {second:.1f} s (the part without gray)."


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
    stretched = " and sees it stretched to its own size" if analysis.fitted_to_net else ""
    return [f"The net was never trained on such pictures ({', '.join(changed)}){stretched}: do not trust this answer."]
