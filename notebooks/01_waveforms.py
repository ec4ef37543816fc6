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
# * **read** file names into a table, and find what is odd about it;
# * **tell** loudness, duration and pitch apart, and say which of them carry the emotion;
# * **make** every clip exactly 3.0 s long, without losing speech.
#
# Minutes: 15 to read, 30 to do, under 1 to compute. You need: Python and a little NumPy.

# %% tags=["setup"]
# Set-up: does nothing where the course is installed. On Colab it installs the course, once.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("ser_lessons") is None:
    colab = "google.colab" in sys.modules
    assert colab, f"The course is not in {sys.executable}: choose the kernel of the folder .venv, or run `make lab`."
    ours = (3, 11) <= sys.version_info[:2] <= (3, 13)
    assert ours, "The course needs Python 3.11 to 3.13. On Colab: Runtime > Change runtime type > Runtime version."
    address = input("Address of the repository this lesson comes from (https://...): ")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "git+" + address], check=True)

# %%
import itertools

import numpy as np
import pandas as pd
import seaborn as sns

from ser_lessons import checks, corpus, playground, plots
from ser_lessons.config import EMOTIONS, GENDER_PALETTE, AudioConfig
from ser_lessons.errors import SerError
from ser_lessons.sound import audio, f0, hearing

plots.course_style()


# %% [markdown]
# ## 1. A name is seven numbers
#
# RAVDESS is the *Ryerson* Audio-Visual Database of Emotional Speech and Song. (The project this course starts from
# spells it "Radio-Quebecois ...": read the source, not the retelling.) Its labels are hidden in file names:
#
# `03-01-06-01-02-01-12` = modality - channel - **emotion** - intensity - statement - repetition - **actor**
#
# Emotions count from 01 in the order of `EMOTIONS`; odd actors are men, even ones women.

# %% [markdown]
# ### Exercise 1.1 - Code: read a name (8 min)
#
# Turn a name into what we need for learning.
#
# Given: a str. Expected: a dict, for example
# `"03-01-06-01-02-01-12"` -> `{"emotion": "fearful", "actor": 12, "gender": "woman"}`.
#
# <details><summary>Hint 1: where to look</summary>Seven codes, separated by a hyphen; Python counts from 0.</details>
# <details><summary>Hint 2: the key functions</summary><code>str.split</code>, then <code>int</code>; the remainder <code>%</code> tells odd from even.</details>

# %%
def read_name(stem):
    """Return {"emotion": str, "actor": int, "gender": "man" or "woman"} of a RAVDESS stem."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_01.read_name(read_name)

# %% [markdown]
# The package reads a whole folder. **Predict first:** one emotion has half as many speech clips as the
# others. Which, and why? (Look at the intensity code.)

# %%
table = corpus.open_corpus(channel="speech")
table[["stem", "emotion", "intensity", "actor", "gender"]].head(3)

# %%
ax = sns.countplot(table, x="emotion", order=EMOTIONS)
ax.set(
    ylabel="clips (count)",
    title=plots.title_with_corpus("clips of each emotion", table),
)

# %% [markdown]
# *Neutral* has no strong version. So guessing the most frequent label is not guessing at random.
#
# ### Song
#
# RAVDESS also holds *songs*, and the original project mixed them in. We need no audio to see what that does:
# names suffice. The next cell writes every name; the package throws out what cannot exist.

# %%
rows = []
for numbers in itertools.product(
    [3], [1, 2], range(1, 9), [1, 2], [1, 2], [1, 2], range(1, 25)
):
    try:
        rows.append(corpus.parse_name("-".join(f"{number:02d}" for number in numbers)))
    except SerError:
        pass
names = pd.DataFrame(rows).query(
    "channel == 'speech' or actor != 18"
)  # actor 18 did not sing

# %%
counts = {
    "index": "channel",
    "columns": "emotion",
    "values": "stem",
    "aggfunc": "count",
}
names.pivot_table(**counts, fill_value=0, margins=True, margins_name="all")[
    [*EMOTIONS, "all"]
]

# %% [markdown]
# Song has no disgust and no surprise. A net that merely hears singing can rule out two labels of eight.
# Report speech and song apart.
#
# ### Odd files
#
# Six RAVDESS files are stereo, and one recording has two names: a byte-identical *twin*. A random split may train on
# one and test on the other.

# %%
odd = pd.DataFrame(
    [corpus.parse_name(stem) for stem in corpus.STEREO_STEMS + corpus.TWIN_STEMS]
)
odd["why"] = ["stereo"] * 6 + ["twin"] * 2
odd[["why", "channel", "emotion", "repetition", "actor"]]

# %% [markdown]
# ## 2. Measure before you look
#
# Three things are easily confused: how *long*, how *loud* and how *high* a voice is. **Predict first:** rank *calm*,
# *angry* and *sad* by each of them.

# %%
few = table.query(
    "statement == 1 and repetition == 1 and intensity == 'normal'"
).reset_index(drop=True)
signals = [audio.trim_silence(audio.load(path)) for path in few["path"]]
few["seconds"] = [len(signal) / AudioConfig.sample_rate for signal in signals]
few["level_db"] = [20 * np.log10(np.sqrt(np.mean(signal**2))) for signal in signals]
few["f0_hz"] = f0.corpus_f0(few)["f0_hz"].to_numpy()

# %%
middle = few.groupby("emotion")[["seconds", "level_db", "f0_hz"]].median()
middle.loc[list(EMOTIONS)].round({"seconds": 1, "level_db": 0, "f0_hz": -1})

# %%
title = plots.title_with_corpus("trimmed clips", table)
by_gender = {
    "order": EMOTIONS,
    "hue": "gender",
    "palette": GENDER_PALETTE,
    "dodge": True,
}
ax = sns.stripplot(few, x="emotion", y="level_db", **by_gender)
ax.set(ylabel="level (dB re full scale)", title=title)

# %% [markdown]
# Loudness follows emotion, but also microphone and actor: the clouds overlap. Now pitch, measured as F0,
# vocal fold cycles a second. **Look for** two clouds in each column.

# %%
ax = sns.stripplot(few, x="emotion", y="f0_hz", **by_gender)
ax.set(ylabel="median F0 (Hz)", title=title)


# %% [markdown]
# The clouds are men and women: a net that reads F0 in Hz reads *who speaks* before *how*. Lesson 07 returns to this.

# %% [markdown]
# ## 3. Cut the silence
#
# "Silence" means: so many decibels (dB) below the loudest part. For amplitudes, 20 dB is a factor of 10.
#
# ### Exercise 1.2 - Code: trim the edges (8 min)
#
# Cut both ends where the amplitude stays more than `top_db` below the peak. Pauses inside stay; silence stays whole.
#
# Given: signal of shape (n,), `top_db` in dB. Expected: shape (m,), for example
# `[0, .5, 0, 1, 0]` with 20 dB -> `[.5, 0, 1]`.
#
# <details><summary>Hint 1: where to look</summary>First turn <code>top_db</code> into a threshold of amplitude: peak times 10 to the power of minus top_db / 20.</details>
# <details><summary>Hint 2: the key function</summary><code>np.flatnonzero</code> gives the places that are loud enough; keep all from the first to the last.</details>

# %%
def trim_edges(signal, top_db):
    """Return `signal` without edges that lie more than `top_db` (dB) below its peak."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_01.trim_edges(trim_edges)

# %% [markdown]
# The package looks at frames instead of samples, so one click cannot hold the door open. Move the threshold below
# and listen: where is speech lost?

# %%
clip = audio.load(few["path"].iloc[0])
first, last = audio.loud_span(clip)
kept = (first / AudioConfig.sample_rate, last / AudioConfig.sample_rate)
plots.show_waveform(
    clip, kept=kept, title=plots.title_with_corpus("kept after trimming", table)
)

# %%
playground.open_small("top_db", picture="wave", table=table)


# %% [markdown]
# ## 4. Three seconds, exactly
#
# A net wants pictures of one size.
#
# ### Exercise 1.3 - Code: make every clip 3 s (8 min)
#
# Put a short signal in the middle of zeros; of a long one, keep the start. An odd zero goes to the right.
#
# Given: float32 signal (n,), `n_samples`. Expected: float32, shape (n_samples,), for example
# `[1, 2]` with 5 -> `[0, 1, 2, 0, 0]`.
#
# <details><summary>Hint 1: where to look</summary>Cut first; then count what is missing, and halve it.</details>
# <details><summary>Hint 2: the key function</summary><code>np.pad</code> takes the two widths as a pair.</details>

# %%
def fit_length(signal, n_samples):
    """Return `signal` centered in zeros, or its start, as float32 of shape (n_samples,)."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_01.fit_length(fit_length)

# %%
print(
    [hearing.hear(path).fitted.shape for path in few["path"][:2]],
    "longest:",
    few["seconds"].max().round(1),
    "s",
)

# %% [markdown]
# ### A loop that hides its errors
#
# The original project printed errors in its feature loop, and went on. **Predict first:** how many features and how
# many labels remain?

# %%
paths, labels, features = (
    [few["path"][0], "broken.wav", few["path"][1]],
    ["calm", "sad", "happy"],
    [],
)
for path in paths:
    try:
        features.append(hearing.hear(path).fitted)
    except SerError as error:
        print("skipped:", error)
print(len(features), "features,", len(labels), "labels")

# %% [markdown]
# From here on, the second feature wears the label of the broken file. An error should stop the work, or drop feature
# *and* label together.
#
# ### Exercise 1.4 - Explain: which plot misleads? (5 min)
#
# A student draws one calm clip of a man over one angry clip of a woman: "anger is higher". Which figure above does
# better, and why?
#
# <details><summary>Hint 1: where to look</summary>How many things differ between the two clips?</details>
# <details><summary>Hint 2: the key word</summary>Confounded: compare within one voice, and over many.</details>
# <details><summary>Model answer</summary>Emotion and speaker change together, so the plot cannot tell them apart; and two clips show no spread. The figure of F0 by emotion shows all voices, men and women apart; better still, compare each voice with itself.</details>

# %% [markdown]
# ## Quiz
#
# **1. Why must twins stay on one side of a split?**
# <details><summary>a) They are too loud.</summary>No: their level does not matter.</details>
# <details><summary>b) The test clip was already seen.</summary>Yes: remembering it is enough to be right.</details>
# <details><summary>c) They have no label.</summary>No: both have the same, correct label.</details><br>
#
# **2. An amplitude 40 dB below the peak is which part of it?**
# <details><summary>a) 1/40</summary>No: decibels are logarithms, not ratios.</details>
# <details><summary>b) 1/10 000</summary>No: that is its power.</details>
# <details><summary>c) 1/100</summary>Yes: 20 dB for each factor of ten.</details><br>
#
# **3. What tells emotion from speaker best?**
# <details><summary>a) Absolute F0 in Hz.</summary>No: it separates men from women first.</details>
# <details><summary>b) F0 against the same voice's usual F0.</summary>Yes: the speaker cancels out.</details>
# <details><summary>c) The length of the file.</summary>No: it includes silence, which belongs to the recording.</details>
#
# ## What we learned
#
# * Count before you train: neutral is rare, song lacks two emotions, twins and stereo files exist.
# * Loudness, duration and F0 move with emotion, and also with speaker and microphone.
# * Trim, then fit to 3.0 s; never let errors pass in silence.
#
# **Next:** `02_spectrograms` - how does a sound become a picture? **Sources:** `README.md`.
