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
# A waveform shows when a voice is loud, but not how high it is, or which vowel it speaks: that is in its frequencies. We
# start where we know them: a tone of 150 Hz and one of 400 Hz, half as strong. Can you hear two?

# %%
rate = 22_050
time = np.arange(441) / rate
wave = np.sin(2 * np.pi * 150 * time) + 0.5 * np.sin(2 * np.pi * 400 * time)
print(f"{len(wave)} samples, {1000 * len(wave) / rate:.0f} ms")
plots.listen(np.tile(wave, 50), title="fifty times the wave", loud=True)

# %% [markdown]
# How could we find them? Take a **probe**: a sine of a frequency that we choose. Multiply wave and probe, moment by moment,
# and add up the products. If the two swing together, plus meets plus and minus meets minus, and
# the sum is large. If not, the products cancel. Such a sum is a *correlation*: it says how alike two waves are.
#
# **Predict first:** which probes between 0 and 1000 Hz will give a large sum? Move the slider.

# %%
probe_hz = ipywidgets.IntSlider(150, 0, 1000, 50, description="probe (Hz)")
plots.moving(lambda hz: plots.show_probe(wave, hz), hz=probe_hz)

# %% [markdown]
# The sum is large at 150 Hz, half as large at 400 Hz, and zero at all others.
#
# But where in its swing a sound starts is chance. **Predict first:** if the wave starts further and further in its swing,
# what will the sine of 150 Hz find? Move the slider. Now a *cosine* probes, too; the products are filled. The arrow goes up by the sum with the sine,
# and right by the sum with the cosine.

# %%
shift = ipywidgets.IntSlider(30, 0, 360, 15, description="shift (degrees)")


def shifted(degrees):
    """Draw the shifted wave with both probes of 150 Hz."""
    turned = np.radians(degrees)
    low = np.sin(2 * np.pi * 150 * time + turned)
    high = 0.5 * np.sin(2 * np.pi * 400 * time + turned)
    return plots.show_two_probes(low + high, 150)


plots.moving(shifted, degrees=shift)


# %% [markdown]
# At 90 degrees the sine finds nothing, although the tone is there, and the cosine finds all of it. What one misses, the
# other finds: the arrow turns, and keeps its length. By Pythagoras that is the root of (sum with the sine)² + (sum with
# the cosine)².
#
# The two sums are a **Fourier coefficient**. They say *how much* of one frequency is in the sound (the length of the arrow)
# and *where in its swing* it starts (its angle, the **phase**). The lengths at all frequencies are the **spectrum**.
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
# number, and `np.abs` gives its size. Your function, if it passed, does the same, and draws the spectrum:

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

# %%
figure, ax = plt.subplots(figsize=(8, 2.6))
ax.bar(bins_hz[:21], by_hand[:21], width=30)
ax.set(xlabel="frequency (Hz)", ylabel="size (number)")
figure


# %% [markdown]
# ## 2. A voice is many sines at once
#
# Your vocal folds open perhaps 150 times a second: this is the fundamental frequency **F0**, which you hear as pitch. Their
# wave is no pure sine. But every wave that repeats 150 times a second is a sum of sines of 150, 300, 450 Hz and so on, its
# **harmonics**.
#
# **Predict first:** if you add harmonics one by one, will the tone sound higher? Move the slider and press play.

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
# ## 3. A window that slides
#
# A sentence is many sounds, one after the other. So we cut out a short piece, a **frame**, and paint its spectrum as a
# column: low frequencies at the bottom, strong ones bright (in decibels below the strongest). Then we move on a little
# and paint the next. All columns together are a **spectrogram**; two numbers describe it:
#
# * `n_fft`, the samples in one frame - here 2048, which are 93 ms;
# * `hop_length`, the samples from one frame to the next - here 512, which are 23 ms.
#
# A cut makes a click, which holds all frequencies. So each frame is multiplied by a bell that fades it in and
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
# That is 1025 bins (half of 2048, and one for 0 Hz) by 130 frames (one a hop, and one more, since librosa centers the first
# on the first sample).
#
# Now watch it being painted. **Predict first:** what will a much longer window change in the lower panel, and what a much
# shorter one?

# %%
frames = ipywidgets.IntSlider(64, 0, 129, description="frame")
powers_of_2 = [256, 512, 1024, 2048, 4096]
options = {"options": powers_of_2, "value": 2048, "description": "n_fft"}
sizes = ipywidgets.SelectionSlider(**options)


@functools.cache
def levels_for(n_fft):
    """Return the spectrogram with this window, in dB below its peak."""
    size = np.abs(librosa.stft(signal, n_fft=n_fft, hop_length=512))
    return librosa.amplitude_to_db(size, ref=np.max)


def slide(frame, n_fft):
    """Draw the window at one frame, and the columns painted so far."""
    return plots.show_sliding(signal, levels_for(n_fft), frame, n_fft=n_fft)


plots.moving(slide, frame=frames, n_fft=sizes)

# %% [markdown]
# The bright stripes are harmonics; they rise and fall with the melody.
#
# The window chooses the blur. Here: a fifth of a second with the shortest window and the longest, drawn
# by `librosa.display.specshow`. **Look for** stripes that lie and stripes that stand.

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
# In fear, F0 may wobble six times a second. Which window shows best how deep it wobbles: 4096, 2048, 1024 or 256 samples?
# Write one sentence first.
#
# <details><summary>Hint 1: where to look</summary>How long does one wobble last, and how long is each window?</details>
# <details><summary>Hint 2: the key numbers</summary>A wobble: 167 ms. Windows: 186, 93, 46 and 12 ms; bins 5, 11, 22 and 86 Hz apart.</details>
# <details><summary>Model answer</summary>1024 or 2048. A window of 4096 samples is longer than a whole wobble, so each column averages over up and down. 256 follows every movement, but cannot tell the harmonics of a low voice apart.</details>

# %%
seconds = np.arange(2 * rate) / rate
semitones = 0.5 * np.sin(2 * np.pi * 6 * seconds)
swing = 2 * np.pi * np.cumsum(150 * 2 ** (semitones / 12)) / rate
trembling = sum(np.sin(k * swing) / k for k in range(1, 9))  # 8 harmonics
plots.listen(trembling, title="150 Hz, wobbling by a semitone", loud=True)

# %% [markdown]
# How deep does it look? In each column we take the mean frequency below 225 Hz, weighted by power (*spectral centroid*):
# there lies the lowest stripe, F0.

# %%
for n_fft in (4096, 2048, 1024, 256):
    power = np.abs(librosa.stft(trembling, n_fft=n_fft, hop_length=64)) ** 2
    hz = librosa.fft_frequencies(sr=rate, n_fft=n_fft)
    lowest = {"S": power[hz < 225], "freq": hz[hz < 225]}
    seen_hz = librosa.feature.spectral_centroid(**lowest)[0, 200:-200]
    seen = 12 * np.log2(seen_hz.max() / seen_hz.min())
    print(f"n_fft {n_fft}: {seen:.0%} of the depth")

# %% [markdown]
# The shortest window shows more than there is: the second harmonic flows into its wide bins.
#
# ## 4. Mel: rows where the ear needs them
#
# Two steps of 100 Hz each. **Predict first:** which one sounds larger, 200 to 300 Hz, or 5000 to 5100 Hz?

# %%
third = np.arange(rate // 3) / rate
four = [np.sin(2 * np.pi * hz * third) for hz in (200, 300, 5000, 5100)]
plots.listen(np.concatenate(four), title="two steps of 100 Hz", loud=True)

# %% [markdown]
# The second is hardly a step at all, so most of the 1025 rows are wasted. The **mel scale** bends the frequency axis as the
# ear does: in equal steps below about 1 kHz, in equal ratios above. **Mel bands** are overlapping triangles, equally wide
# *on that scale*. Each adds up the *power* (size squared) of the bins below it, weighted by its height. Move the slider:
# where are the triangles narrow, and where are they low?

# %%
fft_hz = librosa.fft_frequencies(sr=rate, n_fft=2048)


def triangles(bands):
    """Draw all mel bands over frequency."""
    weights = librosa.filters.mel(sr=rate, n_fft=2048, n_mels=bands)
    fig, ax = plt.subplots(figsize=(8, 2.8))
    ax.plot(fft_hz, weights.T)
    ax.set(xlabel="frequency (Hz)", ylabel="weight (per Hz)")
    ax.set(title=f"{bands} mel bands", xlim=(0, rate / 2))
    return fig


plots.moving(triangles, bands=ipywidgets.IntSlider(12, 4, 128, 4))

# %% [markdown]
# The wide ones are low: librosa gives all triangles the same area (*Slaney's norm*). Otherwise a hiss, equally strong at all
# frequencies, would look brighter toward the top.
#
# ### Exercise 2.3 - Predict: where will 440 Hz light up? (4 min)
#
# There are 128 bands, counted from 0 to 127, up to 11&nbsp;025 Hz. 1000 Hz falls into band 37. In which band will 440 Hz be
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
# librosa has the three steps in one call; our numbers (2048, 512, 128) are its defaults. Compare:

# %%
basis = librosa.filters.mel(sr=rate, n_fft=2048, n_mels=128)
by_librosa = librosa.feature.melspectrogram(y=signal, sr=rate)


def in_one_call(signal, basis):
    """Let librosa do all steps: used until your function passes."""
    return librosa.feature.melspectrogram(y=signal, sr=rate)


# %%
mel_by_hand = mel_by_hand if check.ok else in_one_call
by_hand = mel_by_hand(signal, basis)
same = bool(np.allclose(by_hand, by_librosa))
print("shape:", by_hand.shape, "- as librosa:", same)

# %% [markdown]
# ## 5. An almost black picture
#
# Here is the sentence in mel bands. **Predict first:** how much of it will you see?

# %%
figure, ax = plt.subplots()
image = ax.imshow(by_hand, origin="lower", aspect="auto")
ax.set(xlabel="frame (number)", ylabel="mel band (number)")
ax.set_title(plots.title_with_corpus("neutral", table))
figure.colorbar(image, label="mel power (number)")
figure

# %%
plots.listen(clip, title="what the picture shows", loud=True)


# %% [markdown]
# You hear every syllable and see a few specks: powers differ by factors of millions. So we take **decibels**: 10 times the
# logarithm of a *power* (or 20 times that of the *amplitude*, whose square is the power). They compare with something: in the student project with the loudest point of the clip,
# `ref=np.max`, and what lies more than 80 dB below it is cut.
#
# ### Exercise 2.5 - Code: power to decibels (8 min)
#
# Zero has no logarithm, so powers below 1e-10 count as 1e-10. The loudest value of the whole array gets 0 dB, nothing less
# than -80 dB.
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
# Given: a signal at 22&nbsp;050 Hz. Expected: what `librosa.display.specshow` returns.
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
# **Look for** what lies left and right of the voice.

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
# Listen: the sentence, and again at half the amplitude, 6 dB softer. **Predict first:** how much does its picture change?

# %%
halves = np.concatenate([clip, 0.5 * clip])
plots.listen(halves, title="loud, then soft", loud=True)

# %%
quiet = 0.5 * signal
power, power_of_quiet = mel_by_hand(signal, basis), mel_by_hand(quiet, basis)
change_db = to_db(power) - to_db(power_of_quiet)
print(f"ref=np.max: at most {np.abs(change_db).max():.1f} dB")
change_db = librosa.power_to_db(power) - librosa.power_to_db(power_of_quiet)
print(f"ref=1: at most {change_db.max():.1f} dB")

# %% [markdown]
# With `ref=np.max` the loudest point is always 0 dB, so loudness is gone. That helps when microphones stand at different
# distances, and hurts when anger is to be told from calm. With librosa's `ref=1`, loudness stays.
#
# Always ask of a dB: *compared with what?* Beside a waveform it is full scale: a steady 1 has 0 dB. Beside a
# picture with `ref=1` it is a mel power of 1, which is little: each frame adds up 2048 samples, so a modest voice lies
# above it. The course writes "dB re full scale" and "mel power (dB re 1)".

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
# Perhaps they vanish when you record yourself, since your room has noise? **Predict first!** Here the clip lies in five
# seconds of noise; we trim, pad, and count the black frames.

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
# They do **not** vanish: trimming cuts off the room, and padding puts zeros in its place. Only in a room so noisy that
# nothing is trimmed are they gone - and then the first three seconds are kept, whatever they hold.
#
# Try it on a recording of your own: `black_share(librosa.load("me.wav", sr=rate)[0])`.
#
# ## 6. And back: what is left of the sound?
#
# How much of a voice does a net see? Turn the picture back into sound. The mel bands lost the single
# bins, and `np.abs` threw all phases away; `mel_to_stft` and `griffinlim` guess both.

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
# The course has a faster twin of these librosa calls, `features.log_mel`, for sliders; `hearing.corpus_features` prepares a
# whole table of clips with it.

# %%
twin = features.log_mel(signal, config=AudioConfig())
same = bool(np.abs(twin - by_librosa_db).max() < 1e-3)
print("twin and librosa agree:", same)
batch = hearing.corpus_features(table.head(8))
print("eight clips for a net:", batch.shape)

# %% [markdown]
# And here are the two clips of lesson 00 again. Now you can read both axes and the color bar.

# %%
pair = rows.loc[["calm", "angry"], "path"]
mels = {one: hearing.hear(path).picture for one, path in pair.items()}
voiced = {one: mel[:, 25:105] for one, mel in mels.items()}  # 1.9 of 3 s
title = plots.title_with_corpus("one voice, one sentence", table)
plots.show_mels(voiced, title=title)


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
sizes = ipywidgets.SelectionSlider(**options)
plots.moving(look, emotion=list(rows.index), n_fft=sizes, n_mels=bands)

# %% [markdown]
# ## Quiz
#
# **1. You double the hop. What happens to the picture?**
# <details><summary>a) It has half as many frames.</summary>Yes: a column is painted half as often.</details>
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
