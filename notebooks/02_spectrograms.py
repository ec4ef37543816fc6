# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 - Spectrograms
#
# **Question: how does a sound become a picture?**
#
# After this lesson you can
#
# * **say** what a Fourier coefficient is, and choose a window and a hop;
# * **turn** a sound into a mel picture, first by hand and then with librosa;
# * **explain** what `ref=np.max` and padding do to the picture, and how much of the sound is still in it.
#
# Minutes: 30 to read, 40 to do, under 1 to compute. You need: lesson 01 (waveforms, decibels), sine and cosine.

# %% tags=["setup"]
# Set-up: does nothing where the course is installed.
# On Colab it installs the course, once.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("ser_lessons") is None:
    colab = "google.colab" in sys.modules
    fix = "choose the kernel of the folder .venv, or run `make lab`."
    assert colab, f"The course is not in {sys.executable}: {fix}"
    ours = (3, 11) <= sys.version_info[:2] <= (3, 13)
    fix = "On Colab: Runtime > Change runtime type > Runtime version."
    assert ours, f"The course needs Python 3.11 to 3.13. {fix}"
    question = "Address of this lesson's repository (https://...): "
    address = input(question)
    pip = [sys.executable, "-m", "pip", "install", "-q"]
    subprocess.run([*pip, "git+" + address], check=True)

# %%
import functools

import ipywidgets
import librosa
import matplotlib.pyplot as plt
import numpy as np

from ser_lessons import checks, corpus, plots
from ser_lessons.config import SEED, AudioConfig
from ser_lessons.sound import features, hearing

plots.course_style()

# %% [markdown]
# ## 1. Which frequencies are in a sound?
#
# A waveform shows when a voice is loud, but not how high it is, or which vowel it speaks. For that you need to know which
# frequencies it is made of. We start where we know the answer: a tone of 150 Hz and one of 400 Hz, half as strong.

# %%
rate = 22_050
time = np.arange(441) / rate
wave = np.sin(2 * np.pi * 150 * time) + 0.5 * np.sin(2 * np.pi * 400 * time)
print(f"{len(wave)} samples, {1000 * len(wave) / rate:.0f} ms")

# %% [markdown]
# How could we find the two tones if we did not know them? Take a **probe**: a sine of a frequency that we choose.
# Multiply wave and probe, moment by moment, and add up the products. If the two swing together, plus meets plus and minus
# meets minus: the products are mostly positive, and their sum is large. If not, positive and negative products cancel.
#
# **Predict first:** which probes between 0 and 1000 Hz will give a large sum? Then move the upper slider.

# %%
probe_hz = ipywidgets.IntSlider(150, 0, 1000, 50, description="probe (Hz)")
shift = ipywidgets.IntSlider(0, 0, 90, 15, description="shift (degrees)")


def draw_probe(hz, degrees):
    """Draw the shifted wave, a probe of one frequency, and their products."""
    turned = np.radians(degrees)
    low = np.sin(2 * np.pi * 150 * time + turned)
    high = 0.5 * np.sin(2 * np.pi * 400 * time + turned)
    return plots.show_probe(low + high, hz, sample_rate=rate)


plots.moving(draw_probe, hz=probe_hz, degrees=shift)


# %% [markdown]
# The sum is large at 150 Hz, half as large at 400 Hz, and zero at all other steps. Now set the probe to 150 Hz and move the
# *lower* slider. The wave starts later and later in its swing, and at 90 degrees the sum is gone, although the tone is
# still there!
#
# The cure is a second probe, a cosine. What the sine misses, the cosine finds, and Pythagoras puts both together: the root
# of (sum with the sine)² + (sum with the cosine)² does not care where the wave starts.
#
# These two sums are a **Fourier coefficient**. They say *how much* of one frequency is in the sound (their size, by
# Pythagoras) and *where in its swing* it starts (the **phase**, by their ratio). The sizes at all frequencies are the
# **spectrum**, in the lowest panel.
#
# ### Exercise 2.1 - Code: the size of a Fourier coefficient (8 min)
#
# Given: a wave, shape (n,), a frequency in Hz, and the sample rate in Hz. Expected: one number, the size. Worked example:
# a sine of amplitude 1 that swings a whole number of times has, at its own frequency, size n / 2, wherever it starts.
#
# <details><summary>Hint 1: where to look</summary>Sample number i lies at i / rate seconds. A probe is a sine or a cosine at these times.</details>
# <details><summary>Hint 2: the key functions</summary><code>np.arange</code> for the samples, <code>np.sum</code> of a product for each probe, <code>np.hypot</code> for Pythagoras.</details>

# %%
def magnitude(wave, hz, rate):
    """Return how much of one frequency is in a wave."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_02.magnitude(magnitude)

# %% [markdown]
# NumPy tries all probes at once: `np.fft.rfft`, the *fast Fourier transform*. It takes the frequencies that fit a whole
# number of times into the piece, here 0, 50, 100, ... Hz; each is called a **bin**. The two sums come as one complex
# number, and `np.abs` gives its size. Your function, if it passed, now does the same:

# %%
by_numpy = np.abs(np.fft.rfft(wave))
bins_hz = np.fft.rfftfreq(len(wave), 1 / rate)


def looked_up(wave, hz, rate):
    """Look NumPy's up in its list: used until your function passes."""
    return by_numpy[round(hz / 50)]


magnitude = magnitude if check.ok else looked_up
by_hand = np.array([magnitude(wave, hz, rate) for hz in bins_hz])
print(len(bins_hz), "bins,", bins_hz[1].round(1), "Hz apart")
print("the same to 0.001:", bool(np.allclose(by_hand, by_numpy, atol=1e-3)))


# %% [markdown]
# ## 2. A voice is many sines at once
#
# Your vocal folds open and close perhaps 150 times a second. You hear that number, the fundamental frequency **F0**, as
# pitch. The wave they make is no pure sine. But every wave that repeats 150 times a second is a sum of sines of 150, 300,
# 450 Hz and so on. These multiples of F0 are its **harmonics**; the first one is F0 itself.
#
# **Predict first:** if you add harmonics to a tone of 150 Hz, one by one, will it sound higher? Move the slider and
# press play.

# %%
def add_harmonics(harmonics):
    """Draw and play the first harmonics of 150 Hz, each one weaker."""
    second = np.arange(rate) / rate
    numbers = np.arange(1, harmonics + 1)[:, None]
    waves = np.sin(2 * np.pi * 150 * numbers * second)
    sound = 0.1 * np.sum(waves / numbers, axis=0)
    words = f"harmonics 1 to {harmonics} of 150 Hz"
    picture = plots.show_spectrum(sound, title=f"harmonics 1 to {harmonics}")
    return picture, plots.listen(sound, title=words, loud=True)


plots.moving(add_harmonics, harmonics=ipywidgets.IntSlider(2, 1, 16))

# %% [markdown]
# The pitch stays, because the wave still repeats 150 times a second. What changes is the *color* of the sound. Throat and
# mouth make some harmonics strong and others weak, which turns the same pitch into an "ah", an "ee", or an angry voice.
#
# ## 3. A window that glides
#
# A sentence is many sounds, one after the other. So we cut out a short piece, a **frame**, and paint its spectrum as a
# column: low frequencies at the bottom, strong ones bright. Then we move on a little and paint the next column. All
# columns together are a **spectrogram**, and two numbers describe how it was made:
#
# * `n_fft`, the samples in one frame - here 2048, which are 93 ms;
# * `hop_length`, the samples from one frame to the next - here 512, which are 23 ms.
#
# One detail: a cut makes a click, which holds all frequencies. So each frame is multiplied by a bell that fades it in and
# out, the **Hann window**. `librosa.stft` (*short-time Fourier transform*) does all this. Here is a sentence, trimmed and
# brought to three seconds as in lesson 01:

# %%
table = corpus.open_corpus(channel="speech")
one_voice = "actor == 1 and statement == 1 and repetition == 1"
rows = table.query(f"{one_voice} and intensity == 'normal'")
rows = rows.set_index("emotion")
clip, rate = librosa.load(rows.loc["neutral", "path"], sr=22_050)
clip, _ = librosa.effects.trim(clip, top_db=20)
signal = librosa.util.pad_center(clip, size=3 * rate)
print(corpus.corpus_title(table), f"- {len(clip) / rate:.1f} s of voice")

# %%
spectra = librosa.stft(signal, n_fft=2048, hop_length=512)
print("shape:", spectra.shape, "of", spectra.dtype, "numbers")

# %% [markdown]
# That is 1025 bins (half of 2048, and one for 0 Hz) by 130 frames (one for each whole hop in the clip, and one more,
# which librosa centers on the first sample).

# %% [markdown]
# Now watch it being painted. **Predict first:** what will change in the lower panel with a much longer window, and what
# with a much shorter one?

# %%
frames = ipywidgets.IntSlider(64, 0, 129, description="frame")
sizes = ipywidgets.Dropdown(options=[2048, 256, 4096], description="n_fft")


@functools.cache
def levels_for(n_fft):
    """Return the spectrogram with this window, in dB below its peak."""
    size = np.abs(librosa.stft(signal, n_fft=n_fft, hop_length=512))
    return librosa.amplitude_to_db(size, ref=np.max)


def glide(frame, n_fft):
    """Draw the window at one frame, and the columns painted so far."""
    return plots.show_gliding(signal, levels_for(n_fft), frame, n_fft=n_fft)


plots.moving(glide, frame=frames, n_fft=sizes)

# %% [markdown]
# The bright stripes are harmonics; they rise and fall with the melody. (`librosa.amplitude_to_db` turned sizes into
# decibels below the loudest point.)
#
# The choice of the window is a choice of blur. Here is a fifth of a second, with a very short window and a very long one,
# drawn by `librosa.display.specshow`. **Look for** stripes that lie and stripes that stand.

# %%
middle = len(clip) // 2
piece = clip[middle - rate // 4 : middle + rate // 4]
figure, axes = plt.subplots(1, 2, sharey=True, layout="constrained")
for n_fft, ax in zip((256, 4096), axes):
    sizes_of_piece = np.abs(librosa.stft(piece, n_fft=n_fft, hop_length=32))
    level_db = librosa.amplitude_to_db(sizes_of_piece, ref=np.max)
    axis = {"x_axis": "time", "y_axis": "linear", "hop_length": 32}
    mesh = librosa.display.specshow(level_db, n_fft=n_fft, ax=ax, **axis)
    ax.set(xlabel="time (s)", ylabel="", xlim=(0.15, 0.35), ylim=(0, 2000))
    ax.set_xticks((0.2, 0.3))
    ax.set_title(f"{n_fft} samples, {1000 * n_fft / rate:.0f} ms")
axes[0].set_ylabel("frequency (Hz)")
figure.colorbar(mesh, ax=axes, label="level (dB re max)")
figure

# %% [markdown]
# The long window (right) tells the harmonics apart, since its bins are only 5 Hz apart, but it smears whatever happens
# within 186 ms. The short one (left) is sharp in time: of a low voice you see single pulses, as standing stripes. But its
# bins are 86 Hz apart, so harmonics flow together. You cannot have both: **the blur in time is n_fft divided by the rate,
# the blur in frequency is the rate divided by n_fft.** The course takes 2048, as the student project does.
#
# ### Exercise 2.2 - Explain: which window shows that a voice trembles? (6 min)
#
# In fear, F0 may wobble six times a second. You want to measure how deep the wobble is. Would you take 4096, 2048, 1024 or
# 256 samples? Write one sentence, then open the model answer and run the cell below.
#
# <details><summary>Hint 1: where to look</summary>How long does one wobble last, and how long is each window?</details>
# <details><summary>Hint 2: the key numbers</summary>A wobble: 167 ms. Windows: 186, 93, 46 and 12 ms; bins 5, 11, 22 and 86 Hz apart.</details>
# <details><summary>Model answer</summary>1024 or 2048. A window of 4096 samples is longer than a whole wobble, so each column averages over up and down, and much of the depth is lost. 256 follows every movement, but cannot tell the harmonics of a low voice apart. In between, 1024 keeps nearly all of the depth, and 2048 most of it.</details>

# %%
seconds = np.arange(2 * rate) / rate
semitones = 0.5 * np.sin(2 * np.pi * 6 * seconds)
trembling = np.sin(2 * np.pi * np.cumsum(220 * 2 ** (semitones / 12)) / rate)
for n_fft in (4096, 2048, 1024):
    power = np.abs(librosa.stft(trembling, n_fft=n_fft, hop_length=64)) ** 2
    seen_hz = librosa.feature.spectral_centroid(S=power, sr=rate)[0, 200:-200]
    seen = 12 * np.log2(seen_hz.max() / seen_hz.min())
    print(f"n_fft {n_fft}: {seen:.0%} of the depth")

# %% [markdown]
# (The tone of 220 Hz wobbles by a semitone; we measured the middle of each column's power.)
#
# ## 4. Mel: rows where the ear needs them
#
# Most of the 1025 rows are wasted. From 100 to 200 Hz is an octave; from 5000 to 5100 Hz is hardly a step that you can hear.
# The **mel scale** bends the frequency axis as the ear does: in equal steps below about 1 kHz, in equal ratios above.
# **Mel bands** are overlapping triangles, equally wide *on that scale*. Each adds up the *power* (size squared) of the bins below it,
# weighted by its height. Move the slider: where are the triangles narrow?

# %%
fft_hz = librosa.fft_frequencies(sr=rate, n_fft=2048)


def triangles(bands):
    """Draw all mel bands over frequency, each scaled to a peak of 1."""
    weights = librosa.filters.mel(sr=rate, n_fft=2048, n_mels=bands)
    fig, ax = plt.subplots(figsize=(8, 2.8))
    ax.plot(fft_hz, (weights / weights.max(axis=1, keepdims=True)).T)
    ax.set(xlabel="frequency (Hz)", ylabel="weight (fraction of peak)")
    ax.set(title=f"{bands} mel bands", xlim=(0, rate / 2))
    return fig


plots.moving(triangles, bands=ipywidgets.IntSlider(12, 4, 128, 4))

# %% [markdown]
# ### Exercise 2.3 - Predict: where will 440 Hz light up? (4 min)
#
# There are 128 bands, counted from 0 to 127, up to 11 025 Hz. 1000 Hz falls into band 37. In which band will 440 Hz be
# brightest?
#
# Given: the numbers above. Expected: the number of a band, for example `100`. Within two is fine.
#
# <details><summary>Hint 1: where to look</summary>Below 1 kHz, the scale is a straight line.</details>
# <details><summary>Hint 2: the key step</summary>440 Hz is a bit less than half of 1000 Hz.</details>

# %%
my_band = ...  # YOUR ANSWER HERE
peaks_hz = librosa.mel_frequencies(n_mels=130, fmax=rate / 2)[1:-1]
check = checks.lesson_02.band_of_tone(my_band, peaks_hz)

# %%
tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
mel_of_tone = librosa.feature.melspectrogram(y=tone, sr=rate)
print("brightest band of 440 Hz:", int(mel_of_tone.sum(axis=1).argmax()))


# %% [markdown]
# ### Exercise 2.4 - Code: a mel picture by hand (8 min)
#
# Three steps: the short-time Fourier transform with `n_fft=2048` and `hop_length=512`; the power of each bin;
# and the weighted sum over each triangle.
#
# Given: a signal, shape (n,), and a basis of triangles, shape (bands, 1025). Expected: power in each band and frame,
# shape (bands, frames). Worked example: a silent signal of 1024 samples gives zeros, of shape (bands, 3). Twice the
# amplitude gives four times the power.
#
# <details><summary>Hint 1: where to look</summary>Section 3 has the first step, the second takes <code>np.abs</code>.</details>
# <details><summary>Hint 2: the key operation</summary>A weighted sum for each band and frame is a matrix product: <code>@</code>.</details>

# %%
def mel_by_hand(signal, basis):
    """Return the power in each mel band and frame, shape (bands, frames)."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_02.mel_by_hand(mel_by_hand)

# %% [markdown]
# librosa has the three steps in one call, `librosa.feature.melspectrogram`. Compare:

# %%
basis = librosa.filters.mel(sr=rate, n_fft=2048, n_mels=128)
shape = {"sr": rate, "n_fft": 2048, "hop_length": 512}
by_librosa = librosa.feature.melspectrogram(y=signal, n_mels=128, **shape)
one_call = functools.partial(librosa.feature.melspectrogram, **shape)


def in_one_call(signal, basis):
    """Let librosa do all steps: used until your function passes."""
    return one_call(y=signal)


# %%
mel_by_hand = mel_by_hand if check.ok else in_one_call
by_hand = mel_by_hand(signal, basis)
same = bool(np.allclose(by_hand, by_librosa))
print("shape:", by_hand.shape, "- as librosa:", same)


# %% [markdown]
# ## 5. Decibels, and what they are measured from
#
# Powers differ by factors of millions, so we take decibels: 10 times the logarithm of a *power*. That equals 20 times the
# logarithm of the *amplitude*, whose square is the power. Decibels always compare with something. The
# student project compares with the loudest point of the clip, `ref=np.max`, and keeps 80 dB below it.
#
# ### Exercise 2.5 - Code: power to decibels (8 min)
#
# Zero has no logarithm, so powers below 1e-10 count as 1e-10. The loudest value of the whole array gets 0 dB, and nothing
# gets less than -80 dB.
#
# Given: an array of powers, any shape. Expected: levels in dB, same shape. Worked example: `[1, 100, 0]` gives
# `[-20, 0, -80]`.
#
# <details><summary>Hint 1: where to look</summary>Raise what is too small, take the logarithm, subtract the loudest level, cut.</details>
# <details><summary>Hint 2: the key functions</summary><code>np.maximum</code>, twice, and <code>np.log10</code>.</details>

# %%
def to_db(power):
    """Return levels (dB) below the maximum of `power`, at least -80."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_02.to_db(to_db)

# %%
by_librosa_db = librosa.power_to_db(by_librosa, ref=np.max)
if not check.ok:
    to_db = functools.partial(librosa.power_to_db, ref=np.max)
mine = np.asarray(to_db(by_hand))
print("as librosa:", bool(np.allclose(mine, by_librosa_db, atol=1e-3)))


# %% [markdown]
# ### Exercise 2.6 - Code: draw it with librosa (7 min)
#
# Now all of it: mel power, decibels below the maximum (`ref=np.max`), and a picture whose axes
# show **time in seconds** and **frequency on the mel scale**. The field calls it a **log-mel spectrogram**.
#
# Given: a signal at 22 050 Hz. Expected: what `librosa.display.specshow` returns. `n_fft` 2048, hop 512 and 128 bands are
# librosa's defaults.
#
# <details><summary>Hint 1: where to look</summary>You have met all three calls in this lesson; <code>specshow</code> in section 3.</details>
# <details><summary>Hint 2: the key options</summary><code>x_axis</code> and <code>y_axis</code>, each a word.</details>

# %%
def draw_mel(signal):
    """Draw the mel picture of a signal, in dB below its maximum."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_02.draw_mel(draw_mel)

# %% [markdown]
# **Look for** what lies to the left and to the right of the voice.

# %%
if check.ok:
    mesh = draw_mel(signal)
else:
    mesh = librosa.display.specshow(mine, x_axis="time", y_axis="mel")
mesh.axes.set(xlabel="time (s)", ylabel="frequency (Hz)")
mesh.axes.set_title(plots.title_with_corpus("neutral", table))
plt.colorbar(mesh, label="level (dB re max)")
mesh

# %% [markdown]
# ### What `ref=np.max` forgets
#
# **Predict first:** the same clip at half the amplitude has 6 dB less. How much does its picture change?

# %%
quiet = 0.5 * signal
power, power_of_quiet = mel_by_hand(signal, basis), mel_by_hand(quiet, basis)
change_db = to_db(power) - to_db(power_of_quiet)
print(f"ref=np.max: at most {np.abs(change_db).max():.1f} dB")
change_db = librosa.power_to_db(power) - librosa.power_to_db(power_of_quiet)
print(f"ref=1: at most {change_db.max():.1f} dB")

# %% [markdown]
# With `ref=np.max` the loudest point is always 0 dB, so loudness is gone. That helps when microphones stand at different
# distances, and hurts when anger is to be told from calm. With librosa's default, `ref=1`, loudness stays.
#
# A mel power of 1 is not full scale: a frame adds up 2048 samples, so even a modest voice lies above it. Beside such
# pictures the course writes "mel power (dB re 1)". "dB re full scale" is said of waveforms only, where a constant 1 has
# 0 dB. Always ask of a dB: *compared with what?*

# %%
rms = np.sqrt(np.mean(clip**2))
print(f"waveform: {20 * np.log10(rms):.0f} dB re full scale")
loudest = 10 * np.log10(power.max())
print(f"loudest point of the picture: {loudest:+.0f} dB re 1")


# %% [markdown]
# ### What padding adds
#
# The black walls beside the voice are the padding: zeros, which no room has. A net could measure the length of the voice
# by them, and length goes with emotion.
#
# Perhaps the walls vanish when you record yourself, since your room has noise? **Predict first!** Here the clip is put
# into five seconds of room noise and prepared as always: trim, pad, picture. We count the black frames.

# %%
def black_share(recording):
    """Return the trimmed recording's length (s) and share of black frames."""
    trimmed, _ = librosa.effects.trim(recording, top_db=20)
    padded = librosa.util.pad_center(trimmed[: 3 * rate], size=3 * rate)
    level_db = to_db(mel_by_hand(padded, basis))
    return len(trimmed) / rate, np.mean(np.max(level_db, axis=0) < -79.9)


# %%
rng = np.random.default_rng(SEED)
for snr_db in (40, 30, 20, 10):
    room = rms * 10 ** (-snr_db / 20) * rng.standard_normal(5 * rate)
    room[rate : rate + len(clip)] += clip
    kept, share = black_share(room)
    voice = f"voice {snr_db} dB above the room"
    print(f"{voice}: {kept:.1f} s kept, {share:.0%} black")

# %% [markdown]
# They do **not** vanish: trimming cuts off the room, and padding puts zeros in its place. Only where the room is so noisy
# that nothing is trimmed are the walls gone - and then the first three seconds are kept, whatever they hold.
#
# Try it on a recording of your own: `black_share(librosa.load("me.wav", sr=rate)[0])`.
#
# ## 6. And back: what is left of the sound?
#
# How much of a voice does a net get to see? Turn the picture back into sound and listen. The mel bands lost the single
# bins, and `np.abs` threw all phases away. Both can only be estimated: `mel_to_stft` spreads each band over its bins, and
# `griffinlim` looks for phases that fit together.

# %%
mel = librosa.feature.melspectrogram(y=clip, sr=rate)
guess = librosa.feature.inverse.mel_to_stft(mel, sr=rate, n_fft=2048)
estimate = librosa.griffinlim(guess, n_iter=16, hop_length=512, init=None)
plots.listen(clip, title="the original", loud=True)

# %%
plots.listen(estimate, title="made from the mel picture", loud=True)

# %% [markdown]
# The metallic ring comes from guessed phases. What you still hear, the net can use; what you miss, it never had.
#
# ## 7. From one clip to a corpus
#
# The course has a twin of these librosa calls, `features.log_mel`: the same numbers, but faster, for sliders and for the
# command that judges a file. `hearing.corpus_features` walks the whole road for a table of clips.

# %%
twin = features.log_mel(signal, config=AudioConfig())
same = bool(np.abs(twin - by_librosa_db).max() < 1e-3)
print("twin and librosa agree:", same)
batch = hearing.corpus_features(table.head(8))
print("eight clips for a net:", batch.shape)

# %%
pair = rows.loc[["calm", "angry"], "path"]
mels = {emotion: hearing.hear(path).picture for emotion, path in pair.items()}
title = plots.title_with_corpus("one voice, one sentence", table)
plots.show_mels(mels, title=title)


# %% [markdown]
# By what could a net tell them apart? Try other clips, windows, bands:

# %%
def look(emotion, n_fft, n_mels):
    """Draw and play one of the clips, with another window, other bands."""
    config = AudioConfig(n_fft=n_fft, n_mels=n_mels)
    heard = hearing.hear(rows.loc[emotion, "path"], config=config)
    title = plots.title_with_corpus(emotion, table)
    drawn = plots.show_mel(heard.picture, config=config, title=title)
    return drawn, plots.listen(heard.trimmed, title=emotion, loud=True)


bands = ipywidgets.IntSlider(128, 16, 160, 16, description="n_mels")
windows = [2048, 256, 512, 1024, 4096]
sizes = ipywidgets.Dropdown(options=windows, description="n_fft")
plots.moving(look, emotion=list(rows.index), n_fft=sizes, n_mels=bands)

# %% [markdown]
# ## Quiz
#
# **1. You double the hop. What happens to the picture?**
# <details><summary>a) It has half as many frames.</summary>Yes: a column is painted half as often, and the window stays as it is.</details>
# <details><summary>b) It has half as many bands.</summary>No: that depends on the mel filters alone.</details>
# <details><summary>c) Its harmonics get sharper.</summary>No: only a longer window can do that.</details><br>
#
# **2. A Fourier coefficient at 200 Hz has size 0. Then the sound ...**
# <details><summary>a) has no 200 Hz in it.</summary>Yes: neither the sine nor the cosine found anything.</details>
# <details><summary>b) is silent.</summary>No: other frequencies may be strong.</details>
# <details><summary>c) may hold 200 Hz, shifted by a quarter of a swing.</summary>No: that escapes the sine, but not the cosine.</details><br>
#
# **3. Why do training and prediction need the same window, hop, bands and reference?**
# <details><summary>a) Otherwise the shapes never fit.</summary>No: with another window or reference they do, which hides the mistake.</details>
# <details><summary>b) The net knows only such pictures.</summary>Yes: other settings make other pictures, and no error message says so.</details>
# <details><summary>c) It saves time.</summary>No: other settings may even be faster.</details>
#
# ## What we learned
#
# * Multiply a wave by a sine and a cosine, and sum: this Fourier coefficient says how much of one frequency there is.
# * Window and hop trade time against frequency; mel bands and decibels spend rows and numbers as the ear does.
# * `ref=np.max` forgets loudness, and padding builds black walls that no room has - in your own recordings, too.
#
# **Next:** `03_augmentation` - which changes keep the emotion? **Sources:** `README.md`.
