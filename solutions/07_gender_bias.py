# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 - Gender bias
#
# **Question: is it equally good for everybody?**
#
# After this lesson you can
#
# * **compare** groups by recall and false alarms, not by one number;
# * **decide** with 24 voices what can be decided, and say what cannot;
# * **write** a verdict that nobody can misquote.
#
# Minutes: 15 to read, 30 to do, under 1 to compute. You need: from lesson 06, out-of-fold predictions and the actor bootstrap.

# %%
from importlib import resources

import numpy as np

from ser_lessons import bias, checks, corpus, evaluate, plots
from ser_lessons.config import EMOTIONS
from ser_lessons.sound import audio, augment, features, hearing

plots.course_style()

# %% [markdown]
# ## 1. Who is in the table?
#
# Our net's out-of-fold answers on RAVDESS:

# %%
reference = resources.files("ser_lessons") / "reference"
answers = evaluate.read_predictions(reference / "actors_course.csv")
answers.groupby("gender").agg(actors=("actor", "nunique"), clips=("stem", "size"))

# %% [markdown]
# These are *recordings by actresses and actors* who play emotions, not women and men at large. Keep to these words.
#
# ### Exercise 7.1 - Code: recall by group (7 min)
#
# Of the clips spoken as one emotion, which share is recognized in each group?
#
# Given: spoken emotions, answers and groups, three arrays of words (n,); an emotion. Expected: a dict, for example
# `{"man": 0.5, "woman": 1.0}`.
#
# <details><summary>Hint 1: where to look</summary>Keep only clips of this emotion, then of one group.</details>
# <details><summary>Hint 2: the key function</summary><code>np.unique</code> lists the groups; a mean of true and false is a share.</details>


# %%
def recall_by_group(truth, guess, group, emotion):
    """Return {group: recall of `emotion`, 0 to 1}."""
    ### BEGIN SOLUTION
    spoken = truth == emotion
    return {
        name: (guess[spoken & (group == name)] == emotion).mean()
        for name in np.unique(group)
    }
    ### END SOLUTION


checks.lesson_07.recall_by_group(recall_by_group)

# %% [markdown] tags=["solution"]
# **Why:** recall asks what a speaker of this emotion experiences. **Common wrong answer:** keeping the clips *answered* as this emotion;
# that is precision, another question.

# %% [markdown]
# Fairlearn's `MetricFrame` does the same for any metric, and for several at once. Here are accuracy and UAR, the mean
# recall of all emotions, by group:

# %%
from fairlearn.metrics import MetricFrame
from sklearn.metrics import accuracy_score, recall_score

spoken, said = evaluate.true_labels(answers), evaluate.predicted_labels(answers)
measures = {
    "accuracy": accuracy_score,
    "UAR": lambda truth, guess: recall_score(truth, guess, average="macro"),
}
frame = MetricFrame(
    metrics=measures, y_true=spoken, y_pred=said, sensitive_features=answers["gender"]
)
frame.by_group.astype(float).round(3)

# %% [markdown]
# Two kinds of error can differ: missing an emotion (recall) and hearing it where it is not (false alarms, `fpr`). If both are
# equal for all groups, we speak of *equalized odds* (Hardt et al. 2016). Gaps are points, actresses minus actors. **Predict first:** on
# whose recordings is the net better?

# %%
report = bias.audit(answers)
columns = [
    "clips_man",
    "clips_woman",
    "recall_man",
    "recall_woman",
    "recall_gap",
    "fpr_gap",
]
report.emotions[columns].round(1).rename(columns=lambda name: name.replace("_", " "))

# %% [markdown]
# **Look for** signs: opposite gaps cancel in the overall number.
#
# ## 2. "Relatively balanced"
#
# The project this course grew from found 79.54 % for men and 81.47 % for women, and called its model "relatively balanced
# across genders". An audit of these counts:

# %%
counts = bias.audit_counts(
    women_right=189, women_clips=232, men_right=206, men_clips=259
)
print(
    f"men {100 * 206 / 259:.2f} %, women {100 * 189 / 232:.2f} %, verdict: {counts.verdict}"
)
print(plots.wrap(counts.sentence.split("What could have been said: ")[1]))

# %% [markdown]
# ### Exercise 7.2 - Explain: may it say "balanced"? (5 min)
#
# The gap is small and not significant. Why is "balanced" still not shown? What would show it?
#
# <details><summary>Hint 1: where to look</summary>Which gaps lie inside the interval?</details>
# <details><summary>Hint 2: the key word</summary><em>Margin:</em> which difference would you tolerate? Say it before you look.</details>
# <details><summary>Model answer</summary>Not finding a gap in little data is no proof that there is none: gaps of either direction
# fit these counts. "Balanced" needs an equivalence test: a margin fixed beforehand, and a 90 % interval wholly inside it.
# And these voices were known from training, so the table says nothing about new speakers.</details>

# %% [markdown]
# ## 3. Twenty-four voices
#
# **Look for** the spread within each gender, beside the distance of the two lines.

# %%
plots.show_actor_dots(answers)

# %% [markdown]
# ### Exercise 7.3 - Code: a cluster bootstrap of the gap (8 min)
#
# Draw actors of each gender with replacement, each with all clips; return the gap in accuracy, women minus men.
#
# Given: hits (n,) of 0 and 1, actors (n,), woman (n,) of true and false, a generator. Expected: float, for example
# +1 if all women's clips are right and no man's.
#
# <details><summary>Hint 1: where to look</summary>Lesson 06 drew actors once; here, do it for each gender.</details>
# <details><summary>Hint 2: the key step</summary>Loop over <code>woman</code> and <code>~woman</code>, keep two means, subtract.</details>


# %%
def draw_gap(hits, actors, woman, rng):
    """Return one bootstrap draw of the accuracy gap (-1 to 1), women minus men."""
    ### BEGIN SOLUTION
    means = []
    for side in (woman, ~woman):
        names = np.unique(actors[side])
        drawn = rng.choice(names, size=len(names))
        means.append(np.concatenate([hits[actors == name] for name in drawn]).mean())
    return means[0] - means[1]
    ### END SOLUTION


checks.lesson_07.draw_gap(draw_gap)

# %% [markdown] tags=["solution"]
# **Why within gender:** the design holds 12 of each, and so must every draw. **Common wrong answer:** drawing clips; the interval shrinks,
# and chance looks like bias.

# %%
gap = report.gap
print(
    f"UAR gap {gap.value:+.1f} points, 95 % interval over actors {gap.low:+.1f} to {gap.high:+.1f}"
)
print(
    f"gender dealt to the actors at random gives as large a gap with p = {report.p_value:.2f}"
)

# %% [markdown]
# The second line is a *permutation test*: gender is dealt to actors, never clips. For eight emotions the audit
# corrects p after Holm.
#
# ## 4. What could we have found?
#
# ### Exercise 7.4 - Predict: the smallest gap 24 voices can show (4 min)
#
# Actors of one gender differ with a standard deviation of 10 points. Which true gap would be found four times in five?
#
# Given: 12 actresses, 12 actors, 10 points. Expected: points, for example `3`; within four is fine.
#
# <details><summary>Hint 1: where to look</summary>A mean of 12 wavers by 10 divided by the root of 12, a difference by 1.4 times that.</details>
# <details><summary>Hint 2: the key step</summary>To be found four times in five, a gap must be almost three such wavers wide.</details>

# %%
### BEGIN SOLUTION
my_points = 12
### END SOLUTION
spread = {"sd_points": 10, "n_women": 12, "n_men": 12}
detectable = bias.minimal_detectable_gap(**spread)
checks.lesson_07.detectable_gap(my_points, detectable)
print(
    f"{detectable:.1f} points; for 5 points: {bias.actors_needed(5, sd_points=10)} actors of each gender"
)

# %% [markdown] tags=["solution"]
# **Why:** 10 times the root of 2/12 is 4.1, times 2.9 is 12. **Common wrong answer:** 2 or 3 points, from counting clips instead of voices.

# %% [markdown]
# ## 5. Gender, or pitch?
#
# A net hears no gender; it hears F0. Four groups of equally many clips, by pitch alone; accuracy and `women` in %:

# %%
print(plots.wrap(report.pitch["sentence"]))
report.pitch["bins"][
    ["f0_low", "f0_high", "actors", "women", "accuracy", "low", "high"]
].round(0)

# %% [markdown]
# Pitch and gender go together, so a table can hardly part them. An experiment can: shift *only* the pitch and count flips. (Shifts in training that go upward only teach one direction; lesson 03.)
#
# ### Exercise 7.5 - Code: count the flips (6 min)
#
# Given: answers before and after, groups, three arrays (n,). Expected: a dict with the share of changed answers, for example
# `{"man": 0.25, "woman": 0.5}`.
#
# <details><summary>Hint 1: where to look</summary>Compare clip by clip, not count by count.</details>
# <details><summary>Hint 2: the key step</summary>The mean of <code>!=</code> within each group.</details>


# %%
def flips_by_group(before, after, group):
    """Return {group: share of answers that changed, 0 to 1}."""
    ### BEGIN SOLUTION
    changed = before != after
    return {name: changed[group == name].mean() for name in np.unique(group)}
    ### END SOLUTION


checks.lesson_07.flips_by_group(flips_by_group)

# %% [markdown] tags=["solution"]
# **Why shares:** groups may differ in size. **Common wrong answer:** comparing how often each emotion is answered; two opposite flips
# cancel.

# %% [markdown]
# We try it on the corpus at hand with a tiny classifier: the emotion whose average picture is nearest. **Predict first:** will
# two semitones flip more than half of its answers?

# %%
table = corpus.open_corpus(channel="speech").query(
    "intensity == 'normal' and repetition == 1 and statement == 1"
)
train, test = (
    table.query("actor > 8"),
    table.query("actor <= 8 and emotion in ['calm', 'sad', 'angry']"),
)
profiles = hearing.corpus_features(train)[..., 0].mean(axis=2)
centers = np.array(
    [profiles[train["emotion"] == emotion].mean(axis=0) for emotion in EMOTIONS]
)


# %%
def answer(signal):
    """Return the emotion whose mean level in each mel band is nearest."""
    profile = features.log_mel(audio.fit_length(audio.trim_silence(signal))).mean(
        axis=1
    )
    return EMOTIONS[int(np.abs(centers - profile).sum(axis=1).argmin())]


signals = [audio.load(path) for path in test["path"]]
before = np.array([answer(signal) for signal in signals])
for steps in (-2, 2):
    after = np.array([answer(augment.shift_pitch(signal, steps)) for signal in signals])
    flips = [
        f"{g} {np.mean((before != after)[test['gender'] == g]):.2f}"
        for g in ("man", "woman")
    ]
    print(
        f"{steps:+d} semitones, share of flips:",
        *flips,
        f"({len(test)} clips, {corpus.corpus_title(table)})",
    )

# %% [markdown]
# Eight voices show the method, not a result; `bias.counterfactual_flips` adds intervals and a control.
#
# ## 6. The verdict
#
# **Look for** intervals that leave the margin (shaded), and for the listeners' own gap.

# %%
plots.show_gap_intervals(report)

# %%
print(plots.wrap(report.sentence))

# %% [markdown]
# Three verdicts are legal: *gap*, *equivalent within the margin*, *undecidable*. The sentence carries size, interval, sample
# and limits. Quote it whole. The listeners' gap is second-hand, after Livingstone & Russo 2018.
#
# ## Quiz
#
# **1. The verdict is "undecidable". What do you report?**
# <details><summary>a) No bias was found.</summary>No: readers will take it for balance.</details>
# <details><summary>b) The gap, its interval, and what was detectable.</summary>Yes: uncertain is a result, with its size.</details>
# <details><summary>c) Nothing.</summary>No: the next audit needs your numbers.</details><br>
#
# **2. Where do more data help most?**
# <details><summary>a) More clips of the same actors.</summary>No: the spread between voices stays.</details>
# <details><summary>b) More bootstrap draws.</summary>No: they smooth the interval, not narrow it.</details>
# <details><summary>c) More actors.</summary>Yes: voices are what we generalize over.</details><br>
#
# **3. Both genders have the same accuracy. Is the net fair?**
# <details><summary>a) Yes, by definition.</summary>No: recalls may differ and cancel out.</details>
# <details><summary>b) Look at each emotion.</summary>Yes: equalized odds compares recall and false alarms.</details>
# <details><summary>c) Only if UAR is high.</summary>No: good nets can be unfair, too.</details>
#
# ## What we learned
#
# * Compare recall and false alarms by group, with words that fit the sample.
# * Voices are the unit: 12 and 12 decide only large gaps.
# * No gap found is not balance; a verdict states its margin and its limits.
#
# **Next:** `08_live_inference` - what happens outside the laboratory? **Sources:** `README.md`.
