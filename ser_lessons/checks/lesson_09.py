"""Checks of lesson 09: pictures, copies, the net, three groups of voices, one change, its paired effect, the page."""

import base64
import html.parser
import pathlib
import sys
import tempfile

import numpy as np

from . import (
    close,
    exercise,
    expect,
    expect_even,
    expect_number,
    expect_repeatable,
    expect_shape,
    expect_white,
)

RATE = 22_050


def _tone(hz, seconds, level=0.3):
    return level * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)


def _wanted_picture(signal):
    from ..sound import audio, features

    return features.log_mel(audio.fit_length(signal.astype(np.float32)))


@exercise("9.1")
def log_mel(function):
    """Three seconds, 128 bands, decibels below the own maximum."""
    short = _tone(1000, 1.0) + 0.03 * np.random.default_rng(2).standard_normal(RATE)
    found = function(short.copy())
    yield "shape", expect_shape(found, (128, 130))
    found = np.asarray(found, dtype=float)
    yield close("highest value 0", found.max(), 0.0, "use ref=np.max", atol=1e-3)
    early, late = found[:, :40].max() > -60, found[:, -40:].max() > -60
    aside = "a clip of 1 s must sit in the middle, with silence on both sides"
    yield "in the middle", expect(not (early or late), aside)
    wanted = _wanted_picture(short)
    loud = (wanted > -35) & (wanted < -5)
    twice = abs(np.median(found[loud] / wanted[loud]) - 2) < 0.1
    complaint = "every decibel is twice as large as it should be: a mel spectrogram holds power, not amplitude"
    yield "decibels of power", expect(not twice, complaint)
    off = float(np.abs(found - wanted).max())
    hint = "check rate, n_fft, hop_length and n_mels, and fix the length of the wave, not of the picture"
    if abs(found.min() + 80) > 0.5:
        hint = f"its lowest value is {found.min():.0f} dB, expected -80: leave top_db as it is"
    yield "mel and window", expect(off < 0.2, f"up to {off:.1f} dB off: {hint}")
    long = np.concatenate([_tone(500, 2.0), _tone(1500, 3.0)])
    off = float(np.abs(np.asarray(function(long.copy()), dtype=float) - _wanted_picture(long)).mean())
    yield "a long clip", expect(off < 0.5, "of a clip of 5 s the first three seconds count, not the middle or the end")


@exercise("9.2")
def copies(function):
    """A clip as it is, with noise of one fixed strength, and two semitones higher."""
    rng = np.random.default_rng
    tone = _tone(440, 1.0)
    given = tone.copy()
    function(given, rng(1))
    yield "clip untouched", expect((given == tone).all(), "your function changed the clip that it was given")
    forms = [np.asarray(form, dtype=float) for form in function(tone.copy(), rng(1))]
    yield "three forms", expect(len(forms) == 3, f"expected a list of 3 signals, got {len(forms)}")
    sizes = {form.shape for form in forms}
    yield "same length", expect(sizes == {tone.shape}, f"expected signals of {len(tone)} samples, got {sizes}")
    yield "as it is", expect(np.allclose(forms[0], tone, atol=1e-6), "the first form is the clip itself, unchanged")
    noise, change = forms[1] - tone, forms[2] - tone
    swapped = np.isclose(change.std(), 0.005, rtol=0.05) and noise.std() > 0.05
    yield "in order", expect(not swapped, "the second form has noise, the third is raised: yours are in another order")
    even, clip = "evenly drawn numbers are not Gaussian: rng.normal", "do not multiply it by the clip's peak"
    mistakes = (
        (0, "one number moves the whole clip: draw one for each sample"),
        (0.005 / np.sqrt(3), even),
        (0.005 / np.sqrt(12), even),
        (0.005 * 0.3, f"the noise has sigma 0.005 whatever the clip: {clip}"),
    )
    said = next((said for sigma, said in mistakes if np.isclose(noise.std(), sigma, rtol=0.02, atol=1e-9)), "")
    hint = "0.005 is sigma, as rng.normal takes it: no square and no root"
    strength = close("its strength", noise.std(), 0.005, hint, what="the standard deviation of the noise", rtol=0.05)
    yield "its strength", said or strength[1]
    middle = 0.06 * noise.std()
    yield close("noise around zero", noise.mean(), 0, "normal, around 0", what="the mean of the noise", atol=middle)
    tails = np.mean(np.abs(noise) > 2 * noise.std())
    complaint = f"{100 * tails:.0f} % of the noise lies beyond two sigma, of Gaussian noise 5 % do"
    yield "Gaussian", expect(0.03 < tails < 0.06, complaint)
    yield "white", expect_white(noise)
    others = [np.asarray(function(scale * tone, rng(1))[1], dtype=float) - scale * tone for scale in (0.01, 10)]
    complaint = "for a quieter or louder clip the noise is another one: its sigma is 0.005 whatever the clip"
    alike = all(np.isclose(other.std(), noise.std(), rtol=0.05) for other in others)
    yield "whatever the clip", expect(alike, complaint)
    again, other = (np.asarray(function(tone.copy(), rng(seed))[1], dtype=float) for seed in (1, 2))
    complaint = "two equal generators gave two noises: draw from `rng` alone"
    yield "drawn from rng", expect(np.allclose(again, forms[1], atol=1e-6), complaint)
    alike = np.allclose(other, again, atol=1e-6)
    yield "fresh noise", expect(not alike, "another `rng` gave the same noise: draw from it")
    silent = np.asarray(function(np.zeros_like(tone), rng(1))[2], dtype=float)
    complaint = "of a silent clip the third form can be heard: raise the clip itself, not the noisy form"
    yield "raised without noise", expect(np.allclose(silent, 0, atol=1e-6), complaint)
    hz = float(np.abs(np.fft.rfft(forms[2] * np.hanning(len(tone)))).argmax())
    complaint = f"a tone of 440 Hz became {hz:.0f} Hz; two semitones higher is 494 Hz"
    yield "two semitones", expect(abs(hz - 493.9) < 5, complaint)
    yield "as loud, to the end", expect_even(forms[2], 0.3 * np.sqrt(0.5))


def _with_activations(net):
    """The layers of a net and the activations of its convolutions; a ReLU layer right after one is its activation."""
    layers, active = [], []
    for layer in net.layers:
        kind = type(layer).__name__
        after = bool(layers) and type(layers[-1]).__name__ == "Conv2D" and active[-1] == "linear"
        if after and kind in ("ReLU", "Activation"):
            active[-1] = "relu" if kind == "ReLU" else layer.activation.__name__
            continue
        if kind == "Conv2D":
            active.append(getattr(layer.activation, "__name__", ""))
        layers.append(layer)
    return layers, active


@exercise("9.3")
def build(function):
    """Four blocks of convolution, batch normalization, max pooling and dropout; 423 688 parameters with 32 kernels."""
    net = function((128, 130, 1), 32, 0.25)
    layers, active = _with_activations(net)
    kinds = [type(layer).__name__ for layer in layers]
    wanted = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Dropout"]
    first = kinds[:4]
    yield "a block", expect(sorted(first) == sorted(wanted), f"expected {', '.join(wanted)}, got {', '.join(first)}")
    yield "its order", expect(first == wanted, f"expected the order {', '.join(wanted)}, got {', '.join(first)}")
    yield "four blocks", expect(kinds[:16] == 4 * wanted, "expected the same four layers in each of the four blocks")
    convolutions, dropouts = layers[0:16:4], layers[3:16:4]
    sizes = [(layer.filters, *layer.kernel_size) for layer in convolutions]
    good = sizes == [(filters, 3, 3) for filters in (32, 64, 128, 256)]
    yield "kernels", expect(good, f"expected 32, 64, 128, 256 kernels of 3 x 3, got {sizes}")
    yield "ReLU", expect(active == ["relu"] * 4, f"the activation of the convolutions is {active[0]}, expected relu")
    padded = [layer.padding for layer in convolutions]
    yield "no padding", expect(padded == ["valid"] * 4, "the student project's convolutions have no padding")
    pools = [layer.pool_size for layer in layers[2:16:4]]
    yield "pooling", expect(pools == [(2, 2)] * 4, f"expected max pooling of 2 x 2, got {pools[0]}")
    yield close("parameters", net.count_params(), 423_688, rtol=0)
    rates = [layer.rate for layer in dropouts]
    yield "dropout", expect(rates == [0.25] * 4, f"asked for dropout 0.25, the blocks have {rates}")
    slim, _ = _with_activations(function((64, 65, 1), 8, 0.5))
    found = [layer.filters for layer in slim[0:16:4]]
    yield "a slim net", expect(found == [8, 16, 32, 64], f"asked for 8 kernels, the blocks have {found}")
    rates = [layer.rate for layer in slim[3:16:4]]
    yield "the given dropout", expect(rates == [0.5] * 4, f"asked for dropout 0.5, the blocks have {rates}")


@exercise("9.4")
def three_sets(function):
    """Positions for training, validation and test, no voice in two of them."""
    rng = np.random.default_rng(3)
    actors = rng.permutation(np.repeat(np.arange(101, 121), rng.integers(2, 7, 20)))
    parts = [np.asarray(part) for part in function(actors.copy(), 5)]
    yield "three sets", expect(len(parts) == 3, f"expected training, validation, test, got {len(parts)} things")
    whole = all(part.ndim == 1 and part.dtype.kind in "iu" for part in parts)
    yield "positions", expect(whole, "expected three arrays of positions, whole numbers, not clips or truth values")
    everything = np.sort(np.concatenate(parts))
    twice = len(np.unique(everything)) < len(everything)
    complaint = "positions of the second split count from 0 within what the first one left: use them as places there"
    yield "each clip once", expect(not twice, f"some clips are in two sets; {complaint}")
    missing = not np.array_equal(everything, np.arange(len(actors)))
    yield "every clip", expect(not missing, f"{len(actors) - len(everything)} clips are in no set")
    voices = [set(actors[part]) for part in parts]
    pairs = (0, 2, "training and test"), (1, 2, "validation and test"), (0, 1, "training and validation")
    for one, other, what in pairs:
        shared = sorted(int(voice) for voice in voices[one] & voices[other])
        complaint = f"voice {shared and shared[0]} is in {what}: pass the actors as groups"
        yield f"not in {what}", expect(not shared, complaint)
    sizes = [len(group) for group in voices]
    got = f"got {sizes[0]}, {sizes[1]} and {sizes[2]}"
    complaint = f"of 20 voices, 12 are for training, 3 for validation and 5 for the test; {got}"
    yield "sizes", expect(sizes == [12, 3, 5], complaint)
    again, other = ([*map(np.asarray, function(actors.copy(), seed))] for seed in (5, 6))
    same = all(map(np.array_equal, again, parts))
    yield "repeatable", expect(same, "one seed gave two results: pass random_state=seed, both times")
    alike = np.array_equal(other[2], again[2])
    yield "the seed counts", expect(not alike, "two seeds gave the same voices: use `seed`")


LIMITS = {"learning_rate": (1e-7, 10), "dropout": (0, 0.9)}  # fractions; the others are whole numbers
LIMITS |= {"epochs": (1, 50), "batch_size": (1, 1000), "kernels": (1, 64), "copies": (1, 3), "step": (1, 2)}


def _bare_number(value, what):
    """As `expect_number`, but without brackets: the lesson's later cells use the value as it is."""
    return expect_number(value, what) or expect(np.ndim(value) == 0, f"{what}: leave the brackets out of {value!r}")


@exercise("9.5")
def one_change(change, guess, recipe):
    """One entry of the recipe with a new value, and the predicted effect in points."""
    kind = type(change).__name__
    yield "a dict", expect(isinstance(change, dict), f"expected a dict such as {{'dropout': 0.5}}, got {kind}")
    yield "not empty", expect(change, "the dict is empty: give one entry another value, such as {'dropout': 0.5}")
    several = f"change one thing, not {len(change)}: nobody would know which one worked"
    yield "one thing", expect(len(change) == 1, several)
    name, value = next(iter(change.items()))
    complaint = f"the recipe has no {name!r}; it has {', '.join(recipe)}"
    yield "an entry of the recipe", expect(name in recipe, complaint)
    yield "a number as value", _bare_number(value, name)
    value = np.asarray(value).item()
    same = f"{name} is {recipe[name]} already: this change changes nothing"
    yield "another value", expect(value != recipe[name], same)
    whole = name in ("learning_rate", "dropout") or isinstance(value, int)
    yield "a value that fits", expect(whole, f"{name} is a whole number: write {round(value)}, not {value}")
    yield "a possible value", expect_number(value, name, low=LIMITS[name][0], high=LIMITS[name][1])
    yield "a prediction", _bare_number(guess, "the prediction")
    complaint = f"{guess:g} looks like a fraction, or beyond all there is: write percentage points, such as 5"
    yield "in points", expect(guess == 0 or 1 <= abs(guess) <= 100, complaint)


def _paired_case():
    """Hits before and after of eight voices of unlike quality; each gains a little, one loses."""
    rng = np.random.default_rng(11)
    rights = np.array([(2, 3), (5, 8), (10, 11), (18, 19), (17, 20), (3, 6), (14, 13), (8, 10)])
    places, voices = np.tile(np.arange(20), 8), np.repeat(np.arange(8), 20)
    mixed = rng.permutation(len(voices))
    before, after = ((places < rights[voices, side]).astype(float)[mixed] for side in (0, 1))
    return before, after, 31 + voices[mixed]


def _ends(values):
    """Both ends of the percentile interval that draws of these values have, from many draws."""
    draws = np.random.default_rng(0).choice(values, (40_000, len(values))).mean(axis=1)
    return np.quantile(draws, [0.025, 0.975])


@exercise("9.6")
def paired_effect(function):
    """The mean over voices of after minus before, in points, and its 95 % interval by drawing voices."""
    rng = np.random.default_rng
    before, after = np.array([0.0, 1, 1]), np.array([1.0, 1, 0])
    told = function(before.copy(), after.copy(), np.array([1, 2, 2]), rng(0))
    yield "three numbers", expect(np.size(told) == 3, f"expected effect, low, high, got {np.size(told)} numbers")
    once = "after minus before, and each voice counts once, however many clips it has"
    yield close("the effect", told[0], 25.0, once, what="the effect on two voices (+100 and -50)")
    hint = "two voices can be drawn in three ways, with means of -50, 25 and 100: no formula, but drawn voices"
    yield close("drawn, not computed", np.ravel(told)[1:], [-50.0, 100.0], hint, what="the ends for two voices")
    before, after, voices = _paired_case()
    effect, low, high = (float(number) for number in function(before.copy(), after.copy(), voices.copy(), rng(1)))
    gains = np.array([100 * (after - before)[voices == voice].mean() for voice in np.unique(voices)])
    yield close("eight voices", effect, gains.mean(), once, what="the effect on eight voices")
    turned = f"expected low, effect, high in order, got {low}, {effect}, {high}"
    yield "low before high", expect(low <= effect <= high, turned)
    wanted_low, wanted_high = _ends(gains)
    width, wanted = high - low, wanted_high - wanted_low
    complaint = f"the interval is {width:.1f} points wide, expected about {wanted:.1f}"
    wide = "take the difference of each voice first, and draw voices once for both"
    yield "not too wide", expect(width < 1.12 * wanted, f"{complaint}: {wide}")
    narrow = "draw as many voices as there are, repeats counted, and take the middle 95 %"
    yield "not too narrow", expect(width > 0.88 * wanted, f"{complaint}: {narrow}")
    near = abs(low - wanted_low) < 1.2 and abs(high - wanted_high) < 1.2
    complaint = f"the ends are {low:.1f} and {high:.1f}, expected about {wanted_low:.1f} and {wanted_high:.1f}"
    yield "its ends", expect(near, f"{complaint}: take the 2.5th and the 97.5th percentile of the means")
    alike = function(np.tile([0.0, 0, 0, 1], 4), np.tile([0.0, 0, 1, 1], 4), np.repeat([1, 2, 3, 4], 4), rng(2))
    hint = "every voice gains 25 points, so every draw of voices does: do not draw clips"
    yield close("draws of voices", alike, [25, 25, 25], hint, what="four voices alike")
    told = function(np.zeros(8), np.eye(8)[0], np.arange(8), rng(4))
    hint = "the effect is the mean over all voices, not the middle of the interval"
    yield close("not the middle", told[0], 12.5, hint, what="one of eight voices gains 100")
    voices = np.repeat(np.arange(9), [7, 11, 13, 17, 19, 23, 29, 31, 37])  # no two draws of these have equal means
    before, after = rng(3).integers(0, 2, (2, len(voices))).astype(float)

    def ends(seed):
        return np.round(function(before.copy(), after.copy(), voices, rng(seed)), 9)

    yield "repeatable", expect_repeatable(lambda: ends(1), 3)
    alike = np.array_equal(ends(1), ends(2))
    yield "drawn from rng", expect(not alike, "two generators gave the same draws: draw from `rng`")


def _contents_during(act, path):
    """What a file holds, or None where there is none, after each step of `act`, as a set of bytes."""
    seen, before = set(), sys.getprofile()

    def look(*_):
        seen.add(path.read_bytes() if path.exists() else None)

    sys.setprofile(look)
    try:
        act()
    finally:
        sys.setprofile(before)
    return seen


class _Page(html.parser.HTMLParser):
    """The text, the tags and the pictures of a page."""

    def __init__(self, page):
        super().__init__()
        self.text, self.tags, self.pictures, self.charset = "", [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs))
        if tag == "meta":
            self.charset = dict(attrs).get("charset") or dict(attrs).get("content") or self.charset

    def handle_data(self, data):
        self.text += data


@exercise("9.7")
def write_page(function):
    """One whole HTML file with escaped text and the picture inside; an older page is replaced in one step."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    title, facts = "1 < 2 & <u2>é</u2>", {"by": "A & B <b3>both</b3>", "change <i4>": '"dropout" 0.5 -> 0.3'}
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "page.html"
        path.write_text("an older page", encoding="utf-8")
        seen = _contents_during(lambda: function(path, title, dict(facts), picture), path)
        yield "a file", expect(path.exists(), "there is no file at the given path")
        content = path.read_bytes()
        yield "a new one", expect(content != b"an older page", "the older page still stands there: nothing was written")
        left = sorted(found.name for found in pathlib.Path(place).iterdir() if found != path)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    yield "in UTF-8", expect(text, "the file is empty or not in UTF-8: give write_text its encoding")
    page = _Page(text)
    declared = "utf-8" in str(page.charset).lower() or text.startswith("\ufeff")
    hint = 'without <meta charset="utf-8"> a browser may show é as Ã©'
    yield "says so", expect(declared, f"the page does not say that it is in UTF-8: {hint}")
    odd = [tag for tag in ("u2", "b3", "i4") if tag in page.tags]  # names of no tags that a learner's page may have
    complaint = f"a <{odd and odd[0]}> of the text became a tag of the page: escape names and texts"
    yield "escaped", expect(not odd, complaint)
    yield "not escaped twice", expect("&amp;" not in page.text, "a reader sees '&amp;': the text was escaped twice")
    missing = [words for words in (title, *facts, *facts.values()) if words not in page.text]
    yield "title and facts", expect(not missing, f"a reader of the page does not find {missing and missing[0]!r}")
    yield "a picture", expect(page.pictures, "there is no <img> in the page")
    shown = page.pictures[0].get("src") or ""
    inside = shown.startswith("data:image/png;base64,")
    yield "inside the page", expect(inside, f"the picture's src starts with {shown[:24]!r}, not data:image/png;base64,")
    whole = shown.split(",", 1)[1].strip() == base64.b64encode(picture).decode()
    yield "its bytes", expect(whole, "the picture in the page is not the one that was given (b64encode, then decode)")
    yield "alt text", expect((page.pictures[0].get("alt") or "").strip(), "the picture has no alt text")
    gone = expect(None not in seen, "for a moment there was no page: os.replace the old one, and delete nothing")
    complaint = "for a moment the page was half there: write a draft beside it, then os.replace"
    yield "replaced in one step", gone or expect(seen <= {b"an older page", content}, complaint)
    yield "no draft left", expect(not left, f"beside the page there is still {left and left[0]}")
