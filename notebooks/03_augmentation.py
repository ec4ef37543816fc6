# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 - Augmentation
#
# **Question: which changes keep the emotion?**
#
# After this lesson you can
#
# * **add** noise at a chosen signal-to-noise ratio, and show why a fixed amount leaks the label;
# * **shift** pitch both ways, and mask parts of a picture;
# * **keep** augmented copies where they belong: in the training set.
#
# Minutes: 15 to read, 25 to do, under 1 to compute. You need: from lesson 01 decibels and F0, from lesson 02 the mel
# picture.

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
import numpy as np
import seaborn as sns
from IPython.display import display

from ser_lessons import checks, corpus, playground, plots
from ser_lessons.config import EMOTIONS, SEED
from ser_lessons.sound import audio, augment, f0, features

plots.course_style()
rng = np.random.default_rng(SEED)

# %%
table = corpus.open_corpus(channel="speech")
same = "statement == 1 and repetition == 1 and (intensity == 'strong' or emotion == 'neutral')"
few = table.query(same).reset_index(drop=True)
signals = [audio.trim_silence(audio.load(path)) for path in few["path"]]
print(
    corpus.corpus_title(table),
    "-",
    len(few),
    "clips of",
    few["actor"].nunique(),
    "voices",
)

# %% [markdown]
# *Augmentation* makes new training clips from old ones, so that the net learns what stays: the label. It works only if
# the change does keep the label. Test each one with your ears, then with numbers.
#
# ## 1. Noise
#
# The original project added noise of one fixed strength, sigma 0.005, to every clip. The *signal-to-noise ratio* (SNR)
# compares powers, in dB. **Predict first:** after the same noise, which emotion has the best SNR, and which the worst?

# %%
sigma = augment.STUDENT_NOISE_SIGMA
snr_db = np.array([10 * np.log10(np.mean(signal**2) / sigma**2) for signal in signals])
medians = few.assign(snr_db=snr_db).groupby("emotion")["snr_db"].median()
medians.loc[list(EMOTIONS)].round(0).to_frame("median SNR (dB)").T

# %%
title = plots.title_with_corpus("strong versions", table)
ax = sns.stripplot(
    x=few["emotion"], y=snr_db, order=EMOTIONS, hue=few["gender"], dodge=True
)
ax.set(ylabel="SNR of the fixed noise (dB)", title=title)


# %% [markdown]
# Loud emotions stand higher above the noise than quiet ones. A net can now read the label off the hiss: after
# `ref=max`, which hides loudness, the noise *brings it back*. That is no robustness, that is a leak.
#
# ### Exercise 3.1 - Code: noise at an SNR (8 min)
#
# Draw white noise from `rng`, and scale it so that its power lies `snr_db` below that of the signal.
#
# Given: signal (n,), `snr_db` in dB, a generator. Expected: float array (n,). For example, 20 dB -> the
# RMS (root of the mean square) of the noise is a tenth of the signal's.
#
# <details><summary>Hint 1: where to look</summary>First the RMS of the signal; then the factor for minus <code>snr_db</code>, as in lesson 01 for amplitudes.</details>
# <details><summary>Hint 2: the key function</summary><code>rng.standard_normal</code> draws noise with an RMS of about 1.</details>

# %%
def noise_at_snr(signal, snr_db, rng):
    """Return `signal` with white noise `snr_db` (dB) below it, shape (n,)."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_03.noise_at_snr(noise_at_snr)

# %%
clip = signals[few.query("emotion == 'sad' and actor == 2").index[0]]
for snr in (40, 20, 5):
    display(
        plots.listen(
            augment.add_noise(clip, snr, rng), title=f"sad, SNR {snr} dB", loud=True
        )
    )

# %% [markdown]
# At 5 dB, would you still say *sad*? The strength of an augmentation has a limit, and ears find it fastest.
#
# ## 2. Pitch
#
# The project's third copy of each clip is two semitones higher. One semitone is a factor of about 1.06 in F0.
# **Predict first:** where do the men's voices move, and where the women's?

# %%
pairs = few.query("emotion == 'neutral' and actor <= 6")
raised = [augment.shift_pitch(signals[i], 2) for i in pairs.index]
before = np.array([np.nanmedian(f0.clip_f0(signals[i]).f0_hz) for i in pairs.index])
after = np.array([np.nanmedian(f0.clip_f0(signal).f0_hz) for signal in raised])

# %%
men = (pairs["gender"] == "man").to_numpy()
print(
    f"median F0, men:   {np.median(before[men]):.0f} Hz, raised {np.median(after[men]):.0f} Hz"
)
print(
    f"median F0, women: {np.median(before[~men]):.0f} Hz, raised {np.median(after[~men]):.0f} Hz"
)
print(
    f"two semitones: factor {2 ** (2 / 12):.2f}, measured {np.median(after / before):.2f}"
)

# %%
for name, signal in (
    ("as recorded", signals[pairs.index[0]]),
    ("+2 semitones", raised[0]),
):
    display(plots.listen(signal, title=name, loud=True))


# %% [markdown]
# Men move toward women, women move further away, and nothing ever moves back. The training set gets higher
# voices than the test set; a shift that is drawn *around zero* has no such drift.
#
# ### Exercise 3.2 - Code: symmetric pitch (6 min)
#
# Draw a number of semitones: any size up to `largest`, down as often as up.
#
# Given: a generator, `largest` in semitones. Expected: a float, for example `draw_semitones(rng, 2.0)` -> `-0.73`.
#
# <details><summary>Hint 1: where to look</summary>The limit holds on both sides of zero.</details>
# <details><summary>Hint 2: the key function</summary><code>rng.uniform</code> takes a low and a high end.</details>

# %%
def draw_semitones(rng, largest):
    """Return a pitch shift in semitones, between -largest and +largest."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_03.draw_semitones(draw_semitones)

# %% [markdown]
# ## 3. Masks
#
# *SpecAugment* (Park et al. 2019) works on the picture: it blanks some frames or bands, so that the net cannot lean on one
# place. **Look for** what each change leaves alone.

# %%
picture = features.log_mel(audio.fit_length(clip))
noisy, higher = augment.add_noise(clip, 10, rng), augment.shift_pitch(clip, 4)
views = {
    "as recorded": picture,
    "noise, SNR 10 dB": features.log_mel(audio.fit_length(noisy)),
}
views["+4 semitones"] = features.log_mel(audio.fit_length(higher))
holes = np.random.default_rng(16)
views["two masks"] = augment.mask_frequency(
    augment.mask_time(picture, 30, holes), 30, holes
)

# %%
plots.show_mels(views, title=plots.title_with_corpus("sad, actor 2", table))


# %% [markdown]
# Noise fills the dark valleys, pitch spreads the stripes apart, masks cut holes. Timing survives in all four.
#
# ## 4. Copies leak
#
# Now the order of two steps: *augment*, then *split* - or the other way round?
#
# ### Exercise 3.3 - Code: spot the leak (8 min)
#
# Versions are named `clip_version`. List the clips that have a version on both sides.
#
# Given: two lists of names. Expected: a sorted list of clips, each once, for example
# `(["a_plain", "b_noisy"], ["a_raised"])` -> `["a"]`.
#
# <details><summary>Hint 1: where to look</summary>Compare clips, not versions: cut the names at the underscore.</details>
# <details><summary>Hint 2: the key idea</summary>Make two sets; <code>&amp;</code> keeps what both hold.</details>

# %%
def leaked_clips(train, test):
    """Return the sorted clips with a version in `train` and another in `test`."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_03.leaked_clips(leaked_clips)

# %% [markdown]
# **Predict first:** augment by three, then split 80/20 at random. Which share of the test clips has a copy in training?

# %%
versions = rng.permutation(
    [
        f"{stem}_{kind}"
        for stem in table["stem"]
        for kind in ("plain", "noisy", "raised")
    ]
)
train, test = versions[: len(versions) * 4 // 5], versions[len(versions) * 4 // 5 :]
known = {name.split("_")[0] for name in train}
share = np.mean([name.split("_")[0] in known for name in test])
print(f"augment, then split: {share:.0%} of the test versions have a copy in training")

# %%
stems = rng.permutation(table["stem"])
train, test = set(stems[: len(stems) * 4 // 5]), set(stems[len(stems) * 4 // 5 :])
print(f"split, then augment: {len(train & test)} test clips have a copy in training")

# %% [markdown]
# Nearly every test clip would be an old acquaintance. So: split first, augment the training part, leave validation and
# test as recorded. (The voices still leak; lesson 06 measures how much.)
#
# ### Exercise 3.4 - Explain: a change that changes the label (5 min)
#
# Listen to the next cell: slower, then much higher. Then find your own limits with the sliders. Name one augmentation
# that does *not* keep the emotion, and say how you would test it.
#
# <details><summary>Hint 1: where to look</summary>Which cues did lesson 01 find: duration, level, F0?</details>
# <details><summary>Hint 2: the key question</summary>Would listeners still give the same label?</details>
# <details><summary>Model answer</summary>Strong slowing turns happy toward sad, because tempo is a cue; a shift of an octave leaves the range of human voices. Test it with listeners who do not know the purpose: if their labels change, the augmentation teaches errors. A drop on unshifted validation clips is a warning, too.</details>

# %%
happy = signals[few.query("emotion == 'happy' and actor == 2").index[0]]
slow, high = augment.change_speed(happy, 0.6), augment.shift_pitch(happy, 8)
for name, signal in (("happy", happy), ("slowed", slow), ("+8 semitones", high)):
    display(plots.listen(signal, title=name, loud=True))

# %%
playground.open_small("n_semitones", "speed", picture="mel", table=table)

# %% [markdown]
# ## Quiz
#
# **1. Why does noise of fixed sigma leak the label?**
# <details><summary>a) It is too loud.</summary>No: any strength would do it.</details>
# <details><summary>b) Its SNR depends on loudness.</summary>Yes: and loudness depends on the emotion.</details>
# <details><summary>c) It is random.</summary>No: randomness is not the problem, its relation to the clip is.</details><br>
#
# **2. Which clips do you augment?**
# <details><summary>a) All, before the split.</summary>No: copies of test clips would be trained on.</details>
# <details><summary>b) Training clips, after the split.</summary>Yes: validation and test stay as recorded.</details>
# <details><summary>c) Test clips, for more data.</summary>No: copies are not new evidence.</details><br>
#
# **3. Pitch shifts of +2 only are bad, because ...**
# <details><summary>a) they move all voices one way.</summary>Yes: training and test voices drift apart, by gender.</details>
# <details><summary>b) two semitones are inaudible.</summary>No: you heard the difference above.</details>
# <details><summary>c) they change the duration.</summary>No: this method keeps it.</details>
#
# ## What we learned
#
# * Scale noise by the clip, never by a constant: check what a change says about the label.
# * Draw shifts around zero, and keep them small enough for your ears to agree.
# * Split first, then augment the training part alone.
#
# **Next:** `04_gap_cnn` - what does a CNN see in a spectrogram? **Sources:** `README.md`.
