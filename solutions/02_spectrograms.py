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
# * **go** from a waveform to a spectrum, to mel bands, to decibels;
# * **choose** window and hop, and say what each choice costs;
# * **say** what `ref=max` throws away, and turn a corpus into an array of shape (clips, 128, 130, 1).
#
# Minutes: 15 to read, 25 to do, under 1 to compute. You need: NumPy; from lesson 01, what a decibel is.

# %%
import numpy as np

from ser_lessons import checks, corpus, playground, plots
from ser_lessons.config import AudioConfig
from ser_lessons.sound import audio, features, hearing

config = AudioConfig()
print(config)

plots.course_style()

# %% [markdown]
# ## 1. One frame
#
# A *Fourier transform* asks: how much of each frequency is in this sound? We test it on one we know.

# %%
time = np.arange(config.n_samples) / config.sample_rate
tone = (0.1 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
plots.listen(tone, title="sine, 440 Hz")

# %% [markdown]
# We take 2048 samples, fade both ends with a *window* (a cut edge would click), and transform. **Predict first:** how many
# milliseconds is that, and how many Hz lie between neighboring bins?

# %%
frame = tone[: config.n_fft] * np.hanning(config.n_fft)
power = np.abs(np.fft.rfft(frame)) ** 2
bins_hz = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate)
print(
    f"{1000 * config.n_fft / config.sample_rate:.0f} ms, {len(bins_hz)} bins, {bins_hz[1]:.1f} Hz apart"
)

# %% [markdown]
# **Look for** the place of the peak, and for how narrow it is.

# %%
level_db = np.maximum(10 * np.log10(power / power.max()), -80)
plots.show_spectrum(
    bins_hz[:120], level_db[:120], title="one frame of a sine", marks_hz=[440]
)

# %% [markdown]
# The peak sits at the bin nearest to 440 Hz. A shorter window would make it wider.
#
# ## 2. Many frames: choose your blur
#
# Sliding the frame along gives a picture. A long window sees close frequencies apart, but smears events; a short one
# does the reverse. **Predict first:** in which picture can you
# count the harmonics, in which the single pulses of the voice?

# %%
table = corpus.open_corpus(channel="speech")
print(corpus.corpus_title(table))
rows = table.query(
    "actor == 1 and statement == 1 and repetition == 1 and intensity == 'normal'"
).set_index("emotion")
clip = audio.trim_silence(audio.load(rows.loc["neutral", "path"]))
pictures = {}
for n_fft in (256, 4096):
    setting = AudioConfig(n_fft=n_fft, hop_length=64)
    spectra_db = features.power_to_db(features.power_spectrogram(clip, config=setting))
    pictures[f"{1000 * n_fft / config.sample_rate:.0f} ms window"] = (
        spectra_db,
        n_fft,
        64,
    )

# %%
title = plots.title_with_corpus("neutral", table)
plots.show_stft_grid(pictures, top_hz=2000, seconds=(0.3, 0.9), title=title)

# %% [markdown]
# Stripes on the right are harmonics, multiples of F0; the left picture blurs them, but is sharp in time. The course
# uses 2048 samples, a compromise.

# %%
for n_fft in (4096, 2048, 256):
    print(
        f"{n_fft} samples: {1000 * n_fft / config.sample_rate:.0f} ms, bins {config.sample_rate / n_fft:.0f} Hz apart"
    )
frames = 1 + config.n_samples // config.hop_length
print(
    f"hop {1000 * config.hop_length / config.sample_rate:.0f} ms, {frames} frames for {config.seconds} s"
)

# %% [markdown]
# Why `1 +`? The first frame is centered on sample 0, so there is one more frame than hops.
#
# ## 3. Mel: spend pixels where ears do
#
# Above 1 kHz, we hear ratios rather than differences. *Mel bands* are triangles, narrow below and wide above, that
# squeeze 1025 bins into 128 bands. Every eighth is drawn.

# %%
plots.show_mel_filters(title="every eighth of 128 mel filters")
centers_hz = features.mel_band_edges()[1:-1]
print(
    f"{np.mean(centers_hz < 1000):.0%} of the bands lie below 1000 Hz; band 37 is centered at {centers_hz[37]:.0f} Hz"
)
print(
    f"128 bands of equal width would put 440 Hz into band {440 / (config.sample_rate / 2) * 128:.0f}"
)

# %% [markdown]
# ### Exercise 2.1 - Predict: where will 440 Hz light up? (4 min)
#
# The bands count from 0 to 127. Commit to a number, then run.
#
# Given: the figure above, and the lines under it. Expected: a band number, for example `100`; within two is fine.
#
# <details><summary>Hint 1: where to look</summary>Below 1 kHz the mel scale is linear.</details>
# <details><summary>Hint 2: the key step</summary>440 Hz is a bit less than half of 1000 Hz.</details>

# %%
### BEGIN SOLUTION
my_band = 16
### END SOLUTION
checks.lesson_02.band_of_tone(my_band, centers_hz)

# %%
plots.show_mel(features.log_mel(tone), title="sine of 440 Hz, 128 mel bands")

# %% [markdown] tags=["solution"]
# **Why:** 0.44 of 37 is 16. **Common wrong answer:** 5, from sharing the whole range out evenly; the mel scale spends far more of
# its bands on the first kilohertz.

# %% [markdown]
# ### Exercise 2.2 - Code: a mel spectrum by hand (8 min)
#
# Window one frame with `np.hanning`, take its *power*, and let each filter sum up its bins.
#
# Given: frame (n,), basis (bands, 1 + n // 2). Expected: float array (bands,). For example, a silent frame ->
# `[0, 0, ...]`, and twice the amplitude -> four times the power.
#
# <details><summary>Hint 1: where to look</summary>Section 1 has every step but the last.</details>
# <details><summary>Hint 2: the key operation</summary>A sum of products for each row of the basis is a matrix product, <code>@</code>.</details>


# %%
def mel_spectrum(frame, basis):
    """Return the power in each mel band, shape (bands,), of one windowed frame."""
    ### BEGIN SOLUTION
    spectrum = np.fft.rfft(frame * np.hanning(len(frame)))
    return basis @ np.abs(spectrum) ** 2
    ### END SOLUTION


checks.lesson_02.mel_spectrum(mel_spectrum)

# %% [markdown] tags=["solution"]
# **Why power:** powers of independent sounds add, amplitudes do not. **Common wrong answer:** forgetting the square. The picture looks
# plausible, but every level in dB is half of what it should be.

# %% [markdown]
# ## 4. Decibels, and what they forget
#
# ### Exercise 2.3 - Code: power to decibels (8 min)
#
# 0 dB is the loudest value of the whole array; nothing lies more than 80 dB below it.
#
# Given: array of powers, any shape. Expected: same shape, dB, for example `[1, 100, 1e-9]` -> `[-20, 0, -80]`.
#
# <details><summary>Hint 1: where to look</summary>A power of zero has no logarithm: limit it to 1e-10 first.</details>
# <details><summary>Hint 2: the key functions</summary><code>np.log10</code> of the ratio to the maximum, then <code>np.maximum</code>.</details>


# %%
def to_db(power):
    """Return levels (dB) below the maximum of `power`, at least -80."""
    ### BEGIN SOLUTION
    level_db = 10 * np.log10(np.maximum(power, 1e-10))
    return np.maximum(level_db - level_db.max(), -80)
    ### END SOLUTION


checks.lesson_02.to_db(to_db)

# %% [markdown] tags=["solution"]
# **Why subtract:** the logarithm of a ratio is a difference. **Common wrong answer:** 20 instead of 10, right for amplitudes only; its
# symptom is a picture that is black but for the peaks.

# %% [markdown]
# The original project measures against the maximum, too (`ref=max`). **Predict first:** play the same clip at a
# tenth of the amplitude. What changes in the picture?

# %%
signal = audio.fit_length(clip)
loud, quiet = features.log_mel(signal), features.log_mel(0.1 * signal)
print(f"ref=max: largest difference {np.abs(loud - quiet).max():.1f} dB")
absolute = AudioConfig(reference="full_scale")
kept = features.log_mel(signal, config=absolute) - features.log_mel(
    0.1 * signal, config=absolute
)
print(f"full scale: largest difference {kept.max():.1f} dB")

# %% [markdown]
# With `ref=max` a clip and its quiet copy look alike: good against microphones, bad for anger. And there is a second
# trap, in the padding. **Look for** the black walls.

# %%
hiss = 0.001 * np.random.default_rng(0).standard_normal(config.n_samples).astype(
    np.float32
)
pair = {
    "padded with zeros": loud,
    "the same in a quiet room": features.log_mel(signal + hiss),
}
plots.show_mels(pair, title=plots.title_with_corpus("neutral", table))

# %% [markdown]
# Zeros become -80 dB, a *digital silence* that no room has. A net can measure a clip's length by it. On your own
# recording, with room noise, the walls are gone, and so is what the net relied on.
#
# ## 5. From a corpus to an array
#
# All steps in one call, for a table of clips, kept for next time.

# %%
batch = hearing.corpus_features(table.head(8))
print(batch.shape, batch.dtype, f"{batch.min():.0f} to {batch.max():.0f} dB")

# %%
mels = {
    emotion: hearing.hear(rows.loc[emotion, "path"]).picture
    for emotion in ("calm", "happy", "sad", "angry")
}
plots.show_mels(mels, title=plots.title_with_corpus("one voice, one sentence", table))

# %% [markdown]
# These are the pictures the net sees. Which two would you confuse?
#
# ### Exercise 2.4 - Explain: which window? (5 min)
#
# You want to see whether a voice *trembles*: its F0 wobbles by a semitone, six times a second. Would you take 4096,
# 2048 or 256 samples? Try them in the next cell.
#
# <details><summary>Hint 1: where to look</summary>How long is one wobble, and how far apart are the harmonics?</details>
# <details><summary>Hint 2: the key numbers</summary>167 ms a wobble; windows of 186, 93 and 12 ms; bins 5, 11 and 86 Hz apart.</details>
# <details><summary>Model answer</summary>2048. A window of 4096 covers a whole wobble and averages it away. With 256, harmonics of a low voice merge, and a semitone (6 percent) is lost. 2048 follows half a wobble; high harmonics, where 6 percent are many Hz, show it best.</details>

# %%
playground.open_small("n_fft", "n_mels", picture="mel", table=table)

# %% [markdown]
# ## Quiz
#
# **1. You double the hop. What happens to the picture?**
# <details><summary>a) Half as many frames.</summary>Yes: time is sampled half as often, and the window is unchanged.</details>
# <details><summary>b) Half as many bands.</summary>No: bands depend on the mel filters.</details>
# <details><summary>c) Twice the frequency resolution.</summary>No: only a longer window gives that.</details><br>
#
# **2. A clip is recorded again, 6 dB louder. With ref=max the picture ...**
# <details><summary>a) is 6 dB brighter.</summary>No: the maximum moves along, and cancels it.</details>
# <details><summary>b) stays the same.</summary>Yes: only levels relative to the peak are kept.</details>
# <details><summary>c) has more frames.</summary>No: level has nothing to do with time.</details><br>
#
# **3. Why do prediction and training need the same AudioConfig?**
# <details><summary>a) For speed.</summary>No: another setting may even be faster.</details>
# <details><summary>b) Because files are large.</summary>No: pictures have the same size either way, which hides the error.</details>
# <details><summary>c) The net knows only such pictures.</summary>Yes: another window or reference gives pictures it never saw, and no error message.</details>
#
# ## What we learned
#
# * Window and hop trade time against frequency; no choice is free.
# * Mel bands and decibels copy the ear: fine steps for low sounds, ratios for loudness.
# * `ref=max` forgets loudness, and padded zeros become a silence that only computers know.
#
# **Next:** `03_augmentation` - which changes keep the emotion? **Sources:** `README.md`.
