# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 - Waveforms
#
# **Question: what is in the data, and what is in a waveform?**
#
# After this lesson you can
#
# * **read** file names into a table with pandas, and find what is odd about the files;
# * **measure** how loud, how long and how high a voice is, and see with seaborn what follows the emotion;
# * **prepare** every clip for a net: cut the silence off, and make it exactly 3.0 s long.
#
# Minutes: 30 to read, 50 to do, under 1 to compute. You need: Python, a little NumPy, and lesson 00.

# %%
import hashlib
import pathlib
import warnings

import ipywidgets
import librosa
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import soundfile
from IPython.display import display

from ser_lessons import checks, corpus, plots
from ser_lessons.config import EMOTIONS, GENDER_PALETTE, SEED
from ser_lessons.sound import f0

plots.course_style()

# %% [markdown]
# ## 1. A name is seven numbers
#
# Three recordings of one sentence, with the names of their files. **Predict first:** listen, and find the number that tells
# the emotion, and the one that tells the voice.

# %%
table = corpus.open_corpus(channel="speech")
path_of = table.set_index("stem")["path"]
ends = ("05-01-01-01-01", "04-01-01-01-01", "05-01-01-01-02")
for stem in [f"03-01-{end}" for end in ends]:
    voice, _ = librosa.load(path_of[stem])
    display(plots.listen(voice, title=stem, loud=True))

# %% [markdown]
# The third number is the emotion (angry, sad, angry), the last the actor. RAVDESS has its labels nowhere else:
#
# `03-01-06-01-02-01-12` = medium (03: sound only) - **vocal channel** - **emotion** - intensity - statement - repetition -
# **actor**
#
# The vocal channel is 01 for speech and 02 for song; our tables call that column `channel`. The emotions are numbered from
# 01, in the order of the tuple `EMOTIONS`. Odd actors are men, even ones are women.

# %%
print(EMOTIONS)

# %% [markdown]
# ### Exercise 1.1 - Code: read a name (9 min)
#
# Turn a name into what we need for learning.
#
# Given: a name without its ending, a text. Expected: a dict. Worked example: `"03-01-06-01-02-01-12"` gives
# `{"channel": "speech", "emotion": "fearful", "actor": 12, "gender": "woman"}`; the actor is a whole number.
#
# <details><summary>Hint 1: where to look</summary>Seven codes, with a hyphen between them; Python counts from 0, RAVDESS from 1.</details>
# <details><summary>Hint 2: the key functions</summary><code>str.split</code>, then <code>int</code>; the remainder <code>%</code> tells odd from even.</details>


# %%
def read_name(stem):
    """Return channel, emotion, actor, gender of a RAVDESS name, as a dict."""
    ### BEGIN SOLUTION
    codes = [int(code) for code in stem.split("-")]
    channel = ("speech", "song")[codes[1] - 1]
    emotion, actor = EMOTIONS[codes[2] - 1], codes[6]
    gender = "man" if actor % 2 == 1 else "woman"
    found = {"channel": channel, "emotion": emotion}
    return found | {"actor": actor, "gender": gender}
    ### END SOLUTION


check = checks.lesson_01.read_name(read_name)

# %% [markdown] tags=["solution"]
# **Why:** the codes count from 1, tuples from 0. **Common wrong answer:** `EMOTIONS[codes[2]]`. Its symptom is not an error:
# every label moves on by one, and only the last emotion crashes. A net learns wrong labels just as happily.

# %% [markdown]
# Use it. The course ships the names of all RAVDESS files and, for each, three numbers that we measured: its
# usual pitch, how far the pitch moves, and how much of the clip has one. Your function fills its columns:

# %%
read_name = read_name if check.ok else corpus.parse_name
real = f0.shipped_f0()
labels = pd.DataFrame([read_name(stem) for stem in real["stem"]])
real = real.join(labels[["channel", "emotion", "actor", "gender"]])
counted = {"clips": ("stem", "size"), "actors": ("actor", "nunique")}
real.groupby("channel").agg(**counted)

# %% [markdown]
# One actor did not sing. **Predict first:** two emotions were never sung. Which
# ones? **Look for** short and missing bars.

# %%
bars = {"order": EMOTIONS, "hue": "channel", "hue_order": ["speech", "song"]}
ax = sns.countplot(real, x="emotion", **bars, palette="colorblind")
ax.set(ylabel="clips (count)", title="clips of each emotion - RAVDESS")
where = {"loc": "upper left", "bbox_to_anchor": (1, 1)}
sns.move_legend(ax, **where, title="vocal channel")
ax

# %% [markdown]
# *Neutral* has no strong version. *Disgust* and *surprised* were never sung: a net that merely notices singing can rule out
# two answers of eight, and looks better than it is. Therefore this course reports speech and song apart.
#
# ### Odd files
#
# Before you trust a corpus, look for files that are not like the others. In the original RAVDESS, six recordings are
# *stereo*: they have two **audio channels**, left and right, where code may expect one. How is it in the corpus at hand, and
# which six are they?

# %%
files = [soundfile.info(path) for path in table["path"]]
counts = pd.Series([file.channels for file in files]).value_counts()
print(corpus.corpus_title(table), "- files by number of audio channels:")
print(counts.to_dict())
stereo = pd.DataFrame([read_name(stem) for stem in corpus.STEREO_STEMS])
stereo[["channel", "emotion", "actor", "gender"]]

# %% [markdown]
# And one recording lies there twice, under two names. All three of its numbers are equal, to the last digit:

# %%
measured = ["f0_hz", "range_semitones", "voiced_fraction"]
same = real[real.duplicated(measured, keep=False)]
same[["stem", "emotion", "actor", *measured]]

# %% [markdown]
# Equal numbers are a suspicion; equal *bytes* are a proof. A **hash** turns the bytes of a file into a short text, the same for
# equal files. (The practice corpus has no duplicates; in RAVDESS you catch the two.)

# %%
contents = [pathlib.Path(path).read_bytes() for path in table["path"]]
hashes = pd.Series([hashlib.sha256(one).hexdigest() for one in contents])
same = table[hashes.duplicated(keep=False)]
print("files with a duplicate:", same["stem"].to_list())

# %% [markdown]
# Why care? If one copy trains a net and the other tests it, the test asks for something that the net has already seen. It is
# the smallest example of a *leak*; lesson 06 shows large ones.
#
# ## 2. A sound is a list of numbers
#
# A microphone measures the pressure of the air, many thousand times a second. Each measurement is a **sample**, and the
# number of samples in a second is the **sample rate**, in hertz (Hz). `librosa.load` reads a file, averages its audio
# channels, and brings every file to one rate:

# %%
angry = table.query("emotion == 'angry' and actor == 1").iloc[0]
signal, rate = librosa.load(angry["path"])
print("samples:", signal.shape, "- sample rate:", rate, "Hz")
print(f"duration: {len(signal) / rate:.2f} s")
start = len(signal) // 2
print("five samples from its middle:", signal[start : start + 5].round(3))

# %% [markdown]
# A sample is an **amplitude** between -1 and 1; a file can hold nothing larger (*full scale*). Drawn
# over time, the samples are a **waveform**. Play it, and **look for** the syllables of "Kids are talking by the door".

# %%
plots.listen(signal, title="actor 1, angry", loud=True)

# %%
wave = librosa.display.waveshow(signal, sr=rate)
title = plots.title_with_corpus("actor 1, angry", table)
wave.ax.set(xlabel="time (s)", ylabel="amplitude (full scale)", title=title)
wave

# %% [markdown]
# ## 3. How loud? RMS and decibels
#
# The largest sample says little about loudness: one click can be large. The mean of all samples is about 0, since they swing
# up and down. So square them first, which makes all positive; take the mean, and undo the squaring by a root. That is the
# **RMS**, the *root of the mean of the squares*.
#
# Ears work with ratios: from a whisper to a normal voice seems as far as from there to a shout. That is why levels are
# counted in **decibels** (dB): they add the same step for each equal *factor*.
#
# > level = 20 log10(RMS)
#
# Full scale is 0 dB, everything softer is negative, and **each factor of 10 in amplitude is 20 dB**.
#
# ### Exercise 1.2 - Code: level in decibels (7 min)
#
# Given: a signal, shape (n,). Expected: one number, its level in dB. Worked example: if every sample is 0.1, the RMS is
# 0.1, too, and the level is -20.
#
# <details><summary>Hint 1: where to look</summary>Three steps, from the inside out: squares, mean, root. Then the logarithm.</details>
# <details><summary>Hint 2: the key functions</summary><code>np.mean</code>, <code>np.sqrt</code>, <code>np.log10</code>.</details>


# %%
def level_db(signal):
    """Return the RMS level of a signal in dB, where full scale is 0."""
    ### BEGIN SOLUTION
    rms = np.sqrt(np.mean(signal**2))
    return 20 * np.log10(rms)
    ### END SOLUTION


check_level = checks.lesson_01.level_db(level_db)

# %% [markdown] tags=["solution"]
# **Why 20?** A decibel is defined for power, which grows with the square of the amplitude: 10 log10 of the squares is
# 20 log10 of the root. **Common wrong answer:** 10 times log10 of the RMS; all levels come out half as low.

# %% [markdown]
# ### Exercise 1.3 - Predict: half the amplitude (4 min)
#
# You halve all samples of a clip. By how many decibels does its level fall?
#
# Given: each factor of 10 is 20 dB. Expected: a positive number of dB; a tenth of a decibel either way is fine.
#
# <details><summary>Hint 1: where to look</summary>Two halvings are a factor of 4, three are a factor of 8, which is nearly 10.</details>
# <details><summary>Hint 2: the key step</summary>So three halvings are a little less than 20 dB. Or ask Python for a logarithm.</details>

# %%
### BEGIN SOLUTION
my_decibels = 6.02
### END SOLUTION
check = checks.lesson_01.half_amplitude(my_decibels)

# %% [markdown] tags=["solution"]
# **Why:** 20 times log10 of 2 is 6.02. **Common wrong answer:** 3 dB, which is half the *power*.

# %% [markdown]
# Now hear it. Move the slider and play: 0 dB, then -6, -20 and -40 dB. **Predict first:** at -40 dB, will you still see it? Will
# you still hear it? (In a quiet room, with headphones.)

# %%
full = 0.9 * signal / np.abs(signal).max()
seconds = np.arange(len(signal)) / rate


def ladder(change_db):
    """Draw and play the clip after a change of its level."""
    softer = full * 10 ** (change_db / 20)
    figure, ax = plt.subplots()
    ax.plot(seconds, softer, linewidth=0.5)
    ax.set(xlabel="time (s)", ylabel="amplitude (full scale)", ylim=(-1, 1))
    ax.set_title(f"{change_db} dB")
    return figure, plots.listen(softer, title=f"changed by {change_db} dB")


plots.moving(ladder, change_db=ipywidgets.IntSlider(0, -40, 0, 2))


# %%
def by_power(signal):
    """Return the level by librosa: used until your function passes."""
    return librosa.power_to_db(np.square(signal).mean())


level_db = level_db if check_level.ok else by_power
for change_db in (0, -6, -20, -40):
    factor = 10 ** (change_db / 20)
    level = level_db(factor * full)
    print(f"{change_db:4d} dB: times {factor:.2f}, level {level:.0f} dB")

# %% [markdown]
# At -40 dB the wave is a hundredth as high, a flat line in the picture - and in a quiet room you can still hear the voice. So a picture of amplitudes hides what an ear uses. That is why nets are shown decibels, too.
#
# ## 4. Cut the silence
#
# How much silence there is around a voice depends on whoever pressed the button, so we cut it off. But what *is* silence? Everything that stays so many decibels below the loudest part. That threshold is
# called `top_db`. Move it: blue is kept. **Look for** the threshold where speech begins to get lost - and listen.


# %%
def edges(top_db):
    """Draw what trimming keeps of the clip at one threshold, and play it."""
    kept, (first, last) = librosa.effects.trim(signal, top_db=top_db)
    figure, ax = plt.subplots()
    ax.axvspan(first / rate, last / rate, color="#56B4E9", alpha=0.5)
    ax.set_title(f"top_db = {top_db} dB: {len(kept) / rate:.2f} s are kept")
    ax.plot(seconds, signal, color="black", linewidth=0.5)
    ax.set(xlabel="time (s)", ylabel="amplitude (full scale)")
    return figure, plots.listen(kept, title="what is kept", loud=True)


plots.moving(edges, top_db=ipywidgets.IntSlider(20, 5, 60, 5))

# %% [markdown]
# With 5 dB the soft beginning and end of the sentence are lost; with 60 dB some noise of the room passes for voice. The student
# project chose 20 dB, and so do we.
#
# ### Exercise 1.4 - Code: trim the edges (9 min)
#
# Cut off both ends where the amplitude stays *more than* `top_db` below the largest one. Pauses inside stay, and a silent
# signal stays whole.
#
# Given: a signal, shape (n,), and `top_db`. Expected: a signal, shape (m,). Worked example: `[0, 0.5, 0, -1, 0]` with 20 dB
# gives `[0.5, 0, -1]`.
#
# <details><summary>Hint 1: where to look</summary>Turn <code>top_db</code> into an amplitude first: the peak, times 10 to the power of minus <code>top_db</code> / 20.</details>
# <details><summary>Hint 2: the key function</summary><code>np.flatnonzero</code> gives the places that are loud enough; keep all from the first to the last.</details>


# %%
def trim_edges(signal, top_db):
    """Return the signal without edges more than `top_db` below its peak."""
    ### BEGIN SOLUTION
    size = np.abs(signal)
    loud = np.flatnonzero(size >= size.max() * 10 ** (-top_db / 20))
    return signal[loud[0] : loud[-1] + 1]
    ### END SOLUTION


check = checks.lesson_01.trim_edges(trim_edges)

# %% [markdown] tags=["solution"]
# **Why `+ 1`?** A slice ends before its second number. **Common wrong answer:** `10 ** (-top_db / 10)`, which is for power;
# 20 dB then means a hundredth of the peak, and noise survives.


# %%
def by_librosa(signal, top_db):
    """Return what librosa keeps."""
    return librosa.effects.trim(signal, top_db=top_db)[0]


trim_edges = trim_edges if check.ok else by_librosa
for name, trim in (("yours", trim_edges), ("librosa", by_librosa)):
    kept = len(trim(signal, 20)) / rate
    print(f"{name}: {kept:.1f} s of {len(signal) / rate:.1f} s")

# %% [markdown]
# They nearly agree. Yours looks at single samples; librosa takes the RMS of short pieces, so that one click does not
# count as voice.
#
# ## 5. Three seconds, exactly
#
# A net wants inputs of one size. The student project took 3.0 s: shorter clips get zeros on both sides, longer ones lose
# their end.
#
# ### Exercise 1.5 - Code: make every clip 3 s (8 min)
#
# Put a short signal in the middle of zeros; of a long one, keep the start. If the number of zeros is odd, the extra one
# goes to the right.
#
# Given: a signal, shape (n,), and `n_samples`. Expected: a signal, shape (n_samples,). Worked example: `[1, 2]` with 5
# gives `[0, 1, 2, 0, 0]`.
#
# <details><summary>Hint 1: where to look</summary>Cut first. Then count what is missing, and halve it, rounding down.</details>
# <details><summary>Hint 2: the key function</summary><code>np.pad</code> takes the two widths as a pair.</details>


# %%
def fit_length(signal, n_samples):
    """Return the signal centered in zeros, or its start: `n_samples`."""
    ### BEGIN SOLUTION
    signal = signal[:n_samples]
    left = (n_samples - len(signal)) // 2
    return np.pad(signal, (left, n_samples - len(signal) - left))
    ### END SOLUTION


check = checks.lesson_01.fit_length(fit_length)

# %% [markdown] tags=["solution"]
# **Why center?** The net then meets speech in the same place. **Common wrong answer:** the same width on both sides; for odd
# remainders the result is one sample short, and stacking the clips fails later, far from its cause.

# %% [markdown]
# Now your two functions prepare clips of all 24 voices: the first repetition of the first sentence, in all emotions.

# %%
center = librosa.util.pad_center
fit_length = fit_length if check.ok else lambda s, n: center(s[:n], size=n)
few = table.query("statement == 1 and repetition == 1").reset_index(drop=True)
loaded = [librosa.load(path)[0] for path in few["path"]]
voices = [np.asarray(trim_edges(signal, 20)) for signal in loaded]
clips = np.stack([fit_length(voice, 3 * rate) for voice in voices])
print("clips and samples:", clips.shape)
print(f"longest voice: {max(map(len, voices)) / rate:.1f} s")

# %% [markdown]
# Each row is one clip, ready for lesson 02. Was the longest voice cut?
#
# ### A loop that hides its errors
#
# Here is a loop like the one in the student project. It prints what goes wrong, and carries on. **Predict first:** how many
# features and how many labels are there at the end?

# %%
paths = [few["path"][0], "broken.wav", few["path"][1]]
names = ["label of 1", "label of broken", "label of 2"]
features = []
for path in paths:
    try:
        with warnings.catch_warnings(action="ignore"):
            features.append(level_db(librosa.load(path)[0]))
    except Exception:
        print("Error loading", pathlib.Path(path).name)
print(len(features), "features,", len(names), "labels")
print(list(zip(["feature of 1", "feature of 2"], names)))

# %% [markdown]
# The second feature got the label of the broken file. An error should stop the work, or drop feature *and* label together.
#
# ## 6. What follows the emotion?
#
# Three things about a voice are easily confused: how *long* it speaks, how *loud*, and how *high*. **Predict first:** rank
# *calm*, *angry* and *sad* by each of the three. Then let your functions measure the first two.

# %%
few["seconds"] = [len(voice) / rate for voice in voices]
few["level_db"] = [level_db(voice) for voice in voices]
middle = few.groupby("emotion")[["seconds", "level_db"]].median()
middle.loc[list(EMOTIONS)].round({"seconds": 1, "level_db": 0})

# %% [markdown]
# A median is one number; a **box plot** shows how far the clips spread. The line in the box is the median, the box holds the
# middle half of the clips, the whiskers reach to the rest, and dots are clips far outside. **Look for** two emotions whose
# boxes do not overlap.

# %%
groups = {"hue": "gender", "palette": GENDER_PALETTE}
groups |= {"x": "emotion", "order": EMOTIONS}
ax = sns.boxplot(few, y="level_db", **groups)
title = plots.title_with_corpus("trimmed clips", table)
ax.set(ylabel="level (dB re full scale)", title=title)
sns.move_legend(ax, **where)
ax

# %%
ax = sns.boxplot(few, y="seconds", **groups)
ax.set(ylabel="duration (s)", title=title)
sns.move_legend(ax, **where)
ax

# %% [markdown]
# Angry voices tend to be loud, calm and sad ones soft. But the boxes are long: actors differ in loudness, and so does
# their distance to the microphone. Length follows the emotion in the practice corpus, whose program was told so; in RAVDESS,
# calm, angry and sad clips last about equally long.
#
# ### How high? F0
#
# When you sing or speak a vowel, your vocal folds open and close many times a second. That rate is the **fundamental
# frequency**, F0, in Hz; we hear it as pitch. librosa measures it with `librosa.yin` and, more carefully and slowly,
# `librosa.pyin`. The course has a faster version of its own. Do both agree?

# %%
calm = table.query("emotion == 'calm' and intensity == 'strong'")
path = calm["path"].iloc[0]
voice = by_librosa(librosa.load(path)[0], 20)
ours = f0.clip_f0(voice).f0_hz[::2]  # as often as librosa
theirs = librosa.yin(voice, fmin=65, fmax=800, sr=rate)
both = np.isfinite(ours)
our_hz, their_hz = np.median(ours[both]), np.median(theirs[both])
print(f"medians: {our_hz:.0f} and {their_hz:.0f} Hz")

# %%
time = np.arange(len(ours)) * 512 / rate
tracks = pd.DataFrame({"the course": ours, "librosa.yin": theirs}, index=time)
ax = sns.scatterplot(tracks[both])
title = plots.title_with_corpus("one calm voice", table)
ax.set(xlabel="time (s)", ylabel="F0 (Hz)", title=title)
ax

# %% [markdown]
# (Where the vocal folds rest, as in an *s*, there is no F0, and those moments are left out.) F0 rises and falls with the
# melody, and both methods follow it; single moments differ.
#
# Now F0 over all of RAVDESS, from the course's table. We average each voice first: its clips are no
# independent witnesses. In a **point plot** each point is the mean of a group of voices, and its bar says how sure it is. **Look for** what separates the points most: emotion or gender?

# %%
points = {"x": "emotion", "order": EMOTIONS, "seed": SEED, "dodge": 0.3}
speech = real[real["channel"] == "speech"].copy()
voice_of = ["actor", "gender", "channel", "emotion"]
means = speech.groupby(voice_of, as_index=False)["f0_hz"].mean()
by = {"hue": "gender", "palette": GENDER_PALETTE, "linestyle": "none"}
by["markers"] = ["s", "o"]
ax = sns.pointplot(means, y="f0_hz", **points, **by)
ax.set(ylabel="F0 of a voice (Hz)", title="speech - RAVDESS")
ax

# %% [markdown]
# Men and women form two bands. A net that reads F0 in Hz reads *who speaks* before it reads *how*. But inside each band the
# same emotions are up and the same are down. So compare each voice with itself! Musicians measure such distances in
# **semitones**, the steps from one piano key to the next; twelve of them, an octave, double the frequency:
#
# > semitones = 12 log2(F0 / the voice's own F0)
#
# ### Exercise 1.6 - Code: pitch against one's own voice (9 min)
#
# For each row, how many semitones does its F0 lie above the median F0 of the *same actor*?
#
# Given: a table with the columns `actor` and `f0_hz`. Expected: one number for each row, in the order of the table. Worked
# example: an actor with clips at 100, 100 and 200 Hz has the median 100, so 0, 0 and 12.
#
# <details><summary>Hint 1: where to look</summary>You need the actor's median once for every row, not once for every actor.</details>
# <details><summary>Hint 2: the key functions</summary><code>groupby(...)["f0_hz"].transform("median")</code> gives just that; then <code>np.log2</code>.</details>


# %%
def own_semitones(table):
    """Return each clip's F0 above its actor's median, in semitones."""
    ### BEGIN SOLUTION
    own = table.groupby("actor")["f0_hz"].transform("median")
    return 12 * np.log2(table["f0_hz"] / own)
    ### END SOLUTION


check = checks.lesson_01.own_semitones(own_semitones)

# %% [markdown] tags=["solution"]
# **Why semitones and not Hz?** The same melody spans twice as many Hz in a voice twice as high. **Common wrong answer:** the
# median over all voices; it moves the two bands, and leaves them two.

# %%
speech["keys"] = librosa.hz_to_midi(speech["f0_hz"])  # piano keys, counted
ours = speech["keys"] - speech.groupby("actor")["keys"].transform("median")
speech["semitones"] = np.asarray(own_semitones(speech)) if check.ok else ours
means = speech.groupby(voice_of, as_index=False)["semitones"].mean()
ax = sns.pointplot(means, y="semitones", **points, **by)
ax.set_ylabel("F0 above own median (semitones)")
ax.set_title("speech - RAVDESS")
ax

# %% [markdown]
# The bands have nearly merged, and what is left is the emotion: fearful and angry voices go up, calm and neutral ones stay
# low. But not all is equal: in anger, men rise more. Lesson 07 asks what follows. Is it the same when they *sing*?

# %%
sung = {"hue": "channel", "hue_order": ["speech", "song"]}
sung |= {"markers": ["o", "D"], "palette": "colorblind"}
means = real.groupby(voice_of, as_index=False)["f0_hz"].mean()
ax = sns.pointplot(means, y="f0_hz", **points, **sung)
sns.move_legend(ax, **where, title="vocal channel")
ax.set_ylabel("F0 of a voice (Hz)")
ax.set_title("speech and song - RAVDESS")
ax

# %% [markdown]
# In song the line is nearly flat: the melody was prescribed, so pitch could not follow the emotion. Something else must carry
# it there, and a net trained on both has to learn two things.
#
# ### Exercise 1.7 - Explain: which plot misleads? (5 min)
#
# A student draws the waveform of one calm clip of a man over one angry clip of a woman and concludes: "Anger is higher and
# louder." What is wrong, and which figures above do better?
#
# <details><summary>Hint 1: where to look</summary>How many things differ between the two clips?</details>
# <details><summary>Hint 2: the key word</summary><em>Confounded</em>: two causes change together. Compare within one voice, and over many.</details>
# <details><summary>Model answer</summary>Emotion and speaker change together, so the plot cannot tell them apart; the distance to the microphone may differ, too. Two clips show no spread either. And a waveform does not show F0 at all. The box plots show many voices with their spread, men and women apart; the figure in semitones does best, because it compares each voice with itself.</details>

# %% [markdown]
# ## Quiz
#
# **1. Why must duplicates stay on one side of a split into training and test?**
# <details><summary>a) They are too loud.</summary>No: their level does not matter here.</details>
# <details><summary>b) The net would be tested on what it has seen.</summary>Yes: remembering is then enough to be right.</details>
# <details><summary>c) They have no label.</summary>No: both have the same, correct label.</details><br>
#
# **2. An amplitude 40 dB below the peak is which part of it?**
# <details><summary>a) 1/40</summary>No: decibels are logarithms of ratios, not ratios.</details>
# <details><summary>b) 1/10&nbsp;000</summary>No: that is the part of its power.</details>
# <details><summary>c) 1/100</summary>Yes: 20 dB for each factor of ten.</details><br>
#
# **3. What tells emotion from speaker best?**
# <details><summary>a) F0 in Hz.</summary>No: it separates men from women first.</details>
# <details><summary>b) F0 against the same voice's usual F0.</summary>Yes: what belongs to the speaker cancels out.</details>
# <details><summary>c) The length of the file.</summary>No: it includes silence, which belongs to the recording.</details>
#
# ## What we learned
#
# * Count before you train: neutral is rare, song lacks two emotions, there are stereo files and duplicates.
# * Level, duration and F0 follow the emotion, but also speaker and microphone; compare each voice with itself.
# * Trim, then fit to 3.0 s; never let errors pass in silence.
#
# **Next:** `02_spectrograms` - how does a sound become a picture? **Sources:** `README.md`.
