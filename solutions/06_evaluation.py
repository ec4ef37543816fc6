# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 - Evaluation
#
# **Question: how good is it, really?**
#
# After this lesson you can
#
# * **split** by actor, and say what a random split hides;
# * **put** an interval around a score by resampling voices;
# * **tell** confidence from accuracy, and set a net beside human listeners.
#
# Minutes: 15 to read, 35 to do, under 1 to compute. You need: NumPy; from lesson 04, what training and validation are.

# %%
from importlib import resources

import numpy as np
import pandas as pd
import seaborn as sns

from ser_lessons import checks, corpus, evaluate, plots
from ser_lessons.corpus import splits

plots.course_style()

# %% [markdown]
# ## 1. Real predictions
#
# Here are our net's answers on RAVDESS, one row a clip, each from a net that had never heard the clip's actor:
# *out-of-fold*.

# %%
reference = resources.files("ser_lessons") / "reference"
new = evaluate.read_predictions(reference / "actors_course.csv")
new.iloc[:3, :8].round(2)

# %% [markdown]
# *Recall* is the share of an emotion's clips that are recognized; its mean over the emotions is *UAR*, unweighted
# average recall. **Predict first:** which two emotions are confused most? **Look for** bright cells off the diagonal.

# %%
report = evaluate.report(new)
print(plots.wrap(report.sentence))
report.per_emotion[["clips", "recall", "low", "high", "precision"]].round(2)

# %%
shares = 100 * evaluate.confusion(new, normalize=True)
bar = {"label": "share of the spoken emotion (%)"}
ax = sns.heatmap(shares, annot=True, fmt=".0f", cmap="cividis", vmin=0, vmax=100, cbar_kws=bar)
ax.set(xlabel="predicted emotion", ylabel="spoken emotion", title="Confusion - RAVDESS, actors")

# %% [markdown]
# Rows are spoken, columns answered; rows add up to 100 %.
#
# ## 2. Known voices, new voices
#
# The same recipe was also trained after a *random* split, with every actor's other clips in training.
#
# ### Exercise 6.1 - Predict: what is a known voice worth? (4 min)
#
# By how many points does the UAR drop on the *same* clips when their voices are new?
#
# Given: the UAR above. Expected: points, for example `5`; up to ten beyond the measured interval is fine.
#
# <details><summary>Hint 1: where to look</summary>The better a net remembers voices, the more it drops.</details>
# <details><summary>Hint 2: the key step</summary>Bet on something between a tenth and a half of the UAR above.</details>

# %%
### BEGIN SOLUTION
my_gap = 20
### END SOLUTION
known = evaluate.read_predictions(reference / "random_course.csv")
known = known[known["stem"].isin(new["stem"])]
same = new[new["stem"].isin(known["stem"])]
gap = evaluate.compare(known, same, "uar").scaled(100)
checks.lesson_06.leakage_gap(my_gap, gap)

# %% [markdown] tags=["solution"]
# **Why:** a random split rewards memory of voices. **Common wrong answer:** zero, since no clip is on both sides; the voices are.

# %%
for name, table in (("known voices", known), ("new voices", same)):
    print(f"{name}: UAR {100 * evaluate.uar(table):.0f} % on {len(table)} clips")
print(f"leakage gap: {gap.value:.0f} points, 95 % interval over actors {gap.low:.0f} to {gap.high:.0f}")

# %% [markdown]
# ### Exercise 6.2 - Code: split by actor (7 min)
#
# Given: a table with a column `actor`, a list of test actors. Expected: two int arrays of positions, training and test,
# for example actors 3, 1, 3 with test `[1]` -> `[0, 2]`, `[1]`.
#
# <details><summary>Hint 1: where to look</summary><code>isin</code> says true or false for each clip.</details>
# <details><summary>Hint 2: the key function</summary><code>np.flatnonzero</code> gives the positions of what is true.</details>


# %%
def split_by_actor(table, test_actors):
    """Return positions (train, test) such that no actor is on both sides."""
    ### BEGIN SOLUTION
    tested = table["actor"].isin(test_actors).to_numpy()
    return np.flatnonzero(~tested), np.flatnonzero(tested)
    ### END SOLUTION


checks.lesson_06.split_by_actor(split_by_actor)

# %% [markdown] tags=["solution"]
# **Why positions:** they fit arrays and tables. **Common wrong answer:** `table.index`; its labels fail once the table was filtered.

# %% [markdown]
# The package searches any split for leaks. **Predict first:** what is in a random one?

# %%
table = corpus.open_corpus(channel="speech")
for split in (splits.random_split(table), splits.actor_folds(table)[0]):
    leaks = evaluate.check_leaks(table, split, audio=False)
    found = [f"{leak.kind}, {len(leak.stems)} clips" for leak in leaks if leak.sides == ("train", "test")]
    print(f"{split.protocol}, {len(split.test)} test clips:", found or "nothing found")

# %% [markdown]
# ## 3. A detective story
#
# The project this course grew from published these results:

# %%
published = {"test report": (204, 246), "men": (206, 259), "women": (189, 232)}
for name, (right, clips) in published.items():
    print(f"{name}: {right} of {clips} clips, {100 * right / clips:.2f} %")

# %% [markdown]
# ### Exercise 6.3 - Code: find the contradiction (7 min)
#
# Men and women are all held-out clips. Is the test report about the same ones? Compute the accuracy of men and women
# together, and of the clips that the report left out.
#
# Given: the counts above. Expected: two fractions, four digits, for example 1 of 2 and 3 of 6 together: `0.5`.
#
# <details><summary>Hint 1: where to look</summary>Counts can be added.</details>
# <details><summary>Hint 2: the key step</summary>Subtract the report's counts from the sums.</details>

# %%
### BEGIN SOLUTION
my_overall = (206 + 189) / (259 + 232)
my_other_half = (395 - 204) / (491 - 246)
### END SOLUTION
checks.lesson_06.contradiction(my_overall, my_other_half)

# %% [markdown] tags=["solution"]
# **Why:** a whole lies between its parts, so 0.83 is about other clips: the lucky half. The half left out scored 0.78.
# **Common wrong answer:** the mean of the percentages, which weighs both groups alike.

# %% [markdown]
# ### Exercise 6.4 - Explain: is validation a test? (5 min)
#
# That project also chose its best epoch on all of these clips. Why is its score no test score, though it trained on
# none of them?
#
# <details><summary>Hint 1: where to look</summary>Pick the best of 36 coin-flippers.</details>
# <details><summary>Hint 2: the key word</summary><em>Selection.</em></details>
# <details><summary>Model answer</summary>Whoever picks the epoch that looks best on some clips picks luck on those clips, too. Validation
# chooses; the test is opened once, after all choices. The random split flatters on top.</details>

# %% [markdown]
# ## 4. How sure are we?
#
# Other voices would give another score. A *bootstrap* imitates this by drawing again from what we have. But clips of
# one actor succeed and fail together.
#
# ### Exercise 6.5 - Code: draw voices, not clips (8 min)
#
# Draw as many actors as there are, with replacement, each with all clips; return the accuracy.
#
# Given: hits (n,) of 0 and 1, actors (n,), a generator. Expected: float, for example `[1, 0]` of actors `[1, 2]` -> 0, 0.5 or 1.
#
# <details><summary>Hint 1: where to look</summary>An actor drawn twice counts twice.</details>
# <details><summary>Hint 2: the key functions</summary><code>rng.choice</code>, then <code>np.concatenate</code>.</details>


# %%
def draw_accuracy(hits, actors, rng):
    """Return the accuracy (0 to 1) of one bootstrap draw of actors."""
    ### BEGIN SOLUTION
    names = np.unique(actors)
    drawn = rng.choice(names, size=len(names))
    return np.concatenate([hits[actors == name] for name in drawn]).mean()
    ### END SOLUTION


checks.lesson_06.draw_accuracy(draw_accuracy)

# %% [markdown] tags=["solution"]
# **Why:** we ask about new voices, so voices are drawn. **Common wrong answer:** `rng.choice(hits, len(hits))`, as if clips were
# independent; the symptom is an interval that looks too good.

# %%
around = evaluate.actor_bootstrap(new, "accuracy").scaled(100)
naive = 100 * 1.96 * np.sqrt(around.value * (100 - around.value) / len(new)) / 100
print(f"accuracy {around.value:.1f} %, over actors {around.low:.1f} to {around.high:.1f}")
print(f"as if clips were independent: {around.value - naive:.1f} to {around.value + naive:.1f}")

# %% [markdown]
# The package also balances the genders and widens the tails, since 24 voices are few.
#
# ## 5. Does it know what it knows?
#
# A net is *calibrated* if of its answers at 80 %, 80 % are right. In the figure to come, **look for** points below the
# dashed line (too sure) or above it (too humble).
#
# ### Exercise 6.6 - Code: expected calibration error (8 min)
#
# In bins of equal width by confidence, take the distance of mean confidence and accuracy; average, weighed by clips.
#
# Given: confidence (n,), hits (n,), number of bins. Expected: float, for example two clips at 0.93, one right -> `0.43`.
#
# <details><summary>Hint 1: where to look</summary>Bin = confidence times number of bins, rounded down; 1.0 joins the last.</details>
# <details><summary>Hint 2: the key function</summary><code>np.bincount</code> with weights.</details>


# %%
def calibration_error(confidence, hits, n_bins):
    """Return the expected calibration error, 0 to 1."""
    ### BEGIN SOLUTION
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    excess = np.bincount(bins, weights=confidence - hits)
    return np.abs(excess).sum() / len(hits)
    ### END SOLUTION


checks.lesson_06.calibration_error(calibration_error)

# %% [markdown] tags=["solution"]
# **Why sums do:** clips times the distance of means is the distance of sums. **Common wrong answer:** the mean over bins; three
# clips then count like three hundred.

# %%
plots.show_reliability(new)

# %% [markdown]
# The usual repair: divide the log-probabilities by a *temperature*, fitted on the other folds. **Predict first:** will
# accuracy change?

# %%
calibrated, temperatures = evaluate.cross_fit_temperature(new)
print("temperatures:", temperatures.round(2).to_list())
measures = {"ECE": evaluate.ece, "log loss": evaluate.log_loss, "accuracy": evaluate.accuracy}
both = {"before": new, "after": calibrated}
pd.DataFrame({name: {k: f(t) for k, t in both.items()} for name, f in measures.items()}).round(3)

# %% [markdown]
# Accuracy stays: the order of answers is untouched.
#
# ## 6. And people?
#
# **Look for** emotions where listeners and net disagree.

# %%
plots.show_human_ceiling(new)

# %% [markdown]
# Source: Livingstone & Russo 2018, *PLoS ONE* 13(5): e0196391; starred rows second-hand. Calm and neutral count as one,
# as for the listeners.
#
# ## Quiz
#
# **1. A paper reports 95 % on RAVDESS. What do you ask first?**
# <details><summary>a) Which net?</summary>No: less important than known voices.</details>
# <details><summary>b) Were test actors heard in training?</summary>Yes: otherwise it measures memory, too.</details>
# <details><summary>c) How many epochs?</summary>No: that concerns training, not testing.</details><br>
#
# **2. Ten more clips of each actor would ...**
# <details><summary>a) narrow the interval little.</summary>Yes: the spread between voices stays.</details>
# <details><summary>b) narrow it as more actors would.</summary>No: clips of one voice are alike.</details>
# <details><summary>c) remove it.</summary>No: there are still 24 voices.</details><br>
#
# **3. On which clips may a temperature be fitted?**
# <details><summary>a) The test clips.</summary>No: then the test has chosen something.</details>
# <details><summary>b) The training clips.</summary>No: there the net is nearly always right.</details>
# <details><summary>c) Clips of other voices.</summary>Yes: validation clips, or other folds.</details>
#
# ## What we learned
#
# * A random split measures memory of voices; split by actor.
# * Choose on validation, test once, and resample actors for the interval.
# * Confidence is a promise that must be checked; listeners err, too.
#
# **Next:** `07_gender_bias` - is it equally good for everybody? **Sources:** `README.md`.
