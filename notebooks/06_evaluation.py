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
# * **judge** a classifier with scikit-learn: report, confusion, recall, and folds that keep each voice on one side;
# * **put** an interval around a score by drawing voices, and compare two systems on the same voices;
# * **tell** confidence from accuracy, and set a net beside human listeners.
#
# Minutes: 30 to read, 50 to do, under 1 to compute. You need: NumPy; from lesson 05, what training and validation are.

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
from importlib import resources

import ipywidgets
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import display
from sklearn import metrics
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from ser_lessons import checks, corpus, evaluate, plots
from ser_lessons.config import EMOTIONS, SEED
from ser_lessons.sound import hearing

plots.course_style()

# %% [markdown]
# ## 1. Real answers, and how to read them
#
# The course ships the answers of its own net on RAVDESS: one row a clip, with the emotion that was spoken and eight
# probabilities. Each clip was answered by a net that had never heard its actor. Such answers are called *out-of-fold*:
# the 24 actors were dealt into six groups, the *folds*, and six nets were trained, each without one fold.

# %%
reference = resources.files("ser_lessons") / "reference"
new = evaluate.read_predictions(reference / "actors_course.csv")
new.iloc[:3, :8].round(2)

# %% [markdown]
# scikit-learn turns spoken and answered emotions into a report:

# %%
words = np.array(EMOTIONS)
spoken = words[evaluate.true_labels(new)]
answered = words[evaluate.predicted_labels(new)]
labels = list(EMOTIONS)
print(metrics.classification_report(spoken, answered, labels=labels))


# %% [markdown]
# **Recall** asks: of the clips that were spoken as *calm*, which share did the net find? **Precision** asks the other way
# round: of the clips that it *called* calm, which share was calm? *f1* is their harmonic mean, which lies nearer to the
# smaller one, and *support* counts the clips. *Accuracy* is the share of all clips that are right.
#
# The row *macro avg* is the mean over the emotions, in which a rare emotion counts as much as a frequent one; the last
# row weighs each by its clips. The macro average of recall has a name of its own in this field: **UAR**, *unweighted
# average recall*. A net that always says the same emotion has a UAR of one in eight, 12.5 %, however many clips there are
# of each.
#
# ### Exercise 6.1 - Code: unweighted average recall (7 min)
#
# Given: spoken and answered emotions, two arrays of words, shape (n,). Expected: the mean over the spoken emotions of
# their recall, from 0 to 1. Worked example: spoken `sad sad sad calm`, answered `sad sad sad sad`: recall 1 for sad and 0
# for calm, so 0.5.
#
# <details><summary>Hint 1: where to look</summary>For each emotion that was spoken: keep its clips, and ask which share was answered with it.</details>
# <details><summary>Hint 2: the key functions</summary><code>np.unique</code> and a mean of means; or scikit-learn's <code>recall_score</code> with the right <code>average=</code>, and with <code>labels=</code> so that only spoken emotions count.</details>

# %%
def uar(spoken, answered):
    """Return the mean recall over the emotions that were spoken, 0 to 1."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_06.uar(uar)


# %%
def by_library(s, a):
    """Do the same with scikit-learn: used until your function passes."""
    return metrics.recall_score(s, a, labels=np.unique(s), average="macro")


uar = uar if check.ok else by_library
print(f"UAR of the net on new voices: {100 * uar(spoken, answered):.1f} %")

# %% [markdown]
# Which emotions does it mix up? A **confusion matrix** has a row for each spoken emotion and a column for each answer.
# Divided by its sum, each row says what became of the clips of one emotion. **Predict first:** which two emotions are
# confused most? **Look for** bright cells off the diagonal.

# %%
counts = metrics.confusion_matrix(spoken, answered, labels=labels)
shares = 100 * counts / counts.sum(axis=1, keepdims=True)
shares = pd.DataFrame(shares, index=labels, columns=labels)
bar = {"label": "share of the spoken emotion (%)"}
_, ax = plots.new_figure(height=4.4)
sns.heatmap(
    shares, ax=ax, annot=True, fmt=".0f", cmap="cividis", cbar_kws=bar
)
ax.tick_params(axis="x", rotation=30)
ax.set(xlabel="answered emotion", ylabel="spoken emotion")
ax.set_title("RAVDESS, new voices")
ax

# %% [markdown]
# The brightest cell off the diagonal is *sad* answered as *fearful* (18 %). In the other direction it is 11 %: together
# these two are confused most.

# %% [markdown]
# ## 2. Known voices, new voices
#
# How should the clips be split into those for training and those for testing? The usual way is a **random split**: shuffle
# all clips and set some apart, as `train_test_split` does. Then no clip is on both sides - but every *voice* is. Does that
# matter? Try it on the corpus at hand, with a model that learns in a second: mean and spread of each mel band, and a
# support vector machine (a classical classifier).

# %%
table = corpus.open_corpus(channel="speech")
pictures = hearing.corpus_features(table)[..., 0]
# pictures: clips by bands by frames; x: two numbers of each band
x = np.concatenate([pictures.mean(axis=2), pictures.std(axis=2)], axis=1)
y, actors = table["emotion"].to_numpy(), table["actor"].to_numpy()
# The scaler brings all columns to one size; a larger C fits more closely.
model = make_pipeline(StandardScaler(), SVC(C=10))

# %%
# stratify: as many clips of each emotion on both sides, in proportion
learn, test = train_test_split(
    np.arange(len(y)), test_size=1 / 6, stratify=y, random_state=SEED
)
model.fit(x[learn], y[learn])
score = 100 * uar(y[test], model.predict(x[test]))
print(f"{corpus.corpus_title(table)}, {len(test)} clips: UAR {score:.1f} %")
tested, known = set(actors[test]), set(actors[learn])
print(f"{len(tested & known)} of {len(tested)} voices were heard in training")


# %% [markdown]
# ### Exercise 6.2 - Code: folds that keep voices together (8 min)
#
# `StratifiedGroupKFold` deals whole groups to folds, and tries to give each fold the same mixture of emotions. Let it deal
# actors.
#
# Given: emotions and actors of the clips, shape (n,), and a number of folds. Expected: a list of pairs (train, test) of
# positions; each clip is tested exactly once, no actor is on both sides, and the emotions are mixed as evenly as actors
# allow. Worked example: two actors and two folds give two pairs, each testing one actor.
#
# <details><summary>Hint 1: where to look</summary>Make the object with the number of folds, then ask it for its splits.</details>
# <details><summary>Hint 2: the key call</summary>Its method <code>split</code> takes the data (any array of n rows will do), then <code>y=</code> and <code>groups=</code>.</details>

# %%
def actor_folds(emotions, actors, n_folds):
    """Return (train, test) positions that keep each actor on one side."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_06.actor_folds(actor_folds)

# %% [markdown]
# Now test *all* clips in six folds: random ones, yours, and something in between. Each actor said everything twice, so with
# random folds most clips have their *twin* in training; the folds in between are random, but keep twins together. **Predict
# first:** which costs more, losing the twin or losing the voice?

# %%
said = ["actor", "emotion", "intensity", "statement"]
twins = table.groupby(said).ngroup().to_numpy()
random = StratifiedKFold(6, shuffle=True, random_state=SEED)
between = StratifiedGroupKFold(6, shuffle=True, random_state=SEED)
by_actor = StratifiedGroupKFold(6).split(x, y, groups=actors)
splits = {
    "random": random.split(x, y),
    "twins together": between.split(x, y, groups=twins),
    "by actor": actor_folds(y, actors, 6) if check.ok else by_actor,
}

# %%
for name, split in splits.items():
    guess = cross_val_predict(model, x, y, cv=list(split))
    print(f"{name:14s} UAR {100 * uar(y, guess):.1f} % on {len(guess)} clips")

# %% [markdown]
# The same model, the same clips - and completely different numbers. How the drop divides between twin and voice depends
# on the corpus. Only the last line is about tomorrow's speaker, who is a new voice.
#
# Is it the same with a net? The course's net was trained both ways on RAVDESS.
#
# ### Exercise 6.3 - Predict: what is a known voice worth to the net? (4 min)
#
# By how many points does the net's UAR drop, on the *same* clips, when their voices are new? We compare the 137 speech
# clips that a random split had set apart for testing. Of 117 the net had trained on the twin, so the drop is that of voice
# and twin.
#
# Given: the UAR on new voices, above. Expected: points, for example `5`; within about eight is fine.
#
# <details><summary>Hint 1: where to look</summary>The better a model remembers voices, the more it loses. What did the support vector machine lose?</details>
# <details><summary>Hint 2: the key step</summary>Bet on something between a tenth and a half of the UAR above.</details>

# %%
my_gap = ...  # YOUR ANSWER HERE
known = evaluate.read_predictions(reference / "random_course.csv")
known = known[known["stem"].isin(new["stem"])]
same = new[new["stem"].isin(known["stem"])]
gap = evaluate.compare(known, same, "uar").scaled(100)
check = checks.lesson_06.leakage_gap(my_gap, gap)

# %%
for name, answers in (("known voices", known), ("new voices", same)):
    score = 100 * evaluate.uar(answers)
    print(f"{name}: UAR {score:.1f} % on {len(answers)} clips")
print(f"difference: {gap.value:.1f} points, {gap.low:.1f} to {gap.high:.1f}")


# %% [markdown]
# (On all 1440 clips it is 60.7 %: a score on 137 clips wavers that much.) Such mistakes are called **leaks**, or *leakage*:
# something of the test was known before it. The package searches any split for them; it calls twins *repetition*:

# %%
class Mine:
    """The random split of 240 clips, in the form that the search expects."""

    train, test, validation = learn, test, np.array([], dtype=int)


for leak in evaluate.check_leaks(table, Mine, audio=False):
    print(f"{leak.kind}: {len(leak.stems)} of {len(test)} test clips")

# %% [markdown]
# ## 3. A detective story
#
# The project this course grew from published these results. It had 491 held-out clips; its report is about 246 of
# them.

# %%
published = {
    "test report": (204, 246),
    "men": (206, 259),
    "women": (189, 232),
}
for name, (right, clips) in published.items():
    print(f"{name}: {right} of {clips} clips, {100 * right / clips:.2f} %")

# %% [markdown]
# ### Exercise 6.4 - Code: find the contradiction (7 min)
#
# Men and women together are all 491 held-out clips. Compute the accuracy of men and women together, and that of the
# clips which the report left out.
#
# Given: the counts above. Expected: two fractions, unrounded. Worked example: 1 of 2 and 3 of 6 together are 4 of 8, so
# `0.5`.
#
# <details><summary>Hint 1: where to look</summary>Counts can be added; percentages cannot.</details>
# <details><summary>Hint 2: the key step</summary>What the report left out is the whole minus the report: right clips and all clips.</details>

# %%
my_overall = ...  # YOUR ANSWER HERE
my_other_half = ...  # YOUR ANSWER HERE
check = checks.lesson_06.contradiction(my_overall, my_other_half)

# %% [markdown]
# Who did it?
#
# <details><summary>The case, solved</summary>A whole lies between its parts, yet the report's 82.93 % lies above both men and women: they are not about the same clips. The 491 held-out clips, which scored 80.45 %, had been halved at random; the report shows one half, the gender table both. The half left out scored 77.96 %. Nobody needs to have cheated: tables of different clips stood side by side, and the better number became the headline. The honest one is 80.45 %, for <em>known</em> voices.</details>
#
# Was that half unusually lucky? Halve the same 491 clips a thousand times:

# %%
rng = np.random.default_rng(SEED)
held_out = np.repeat([1, 0], [206 + 189, 53 + 43])
halves = [rng.permutation(held_out)[:246].sum() for _ in range(1000)]
lucky = np.mean(np.array(halves) >= 204)
print(f"{100 * lucky:.0f} of 100 random halves look as good, or better")


# %% [markdown]
# Luck is enough to explain it. So look at *all* held-out clips.

# %% [markdown]
# ### Exercise 6.5 - Explain: is validation a test? (5 min)
#
# That project also chose its best epoch on all of these clips: they were its **validation set**. Why is its score no test
# score, although it trained on none of them?
#
# <details><summary>Hint 1: where to look</summary>Let 36 people toss a coin ten times, and hire the best one as a fortune teller.</details>
# <details><summary>Hint 2: the key word</summary><em>Selection.</em></details>
# <details><summary>Model answer</summary>Whoever picks the epoch that looks best on some clips picks luck on those clips, too. Validation clips are for choosing; test clips are opened once, after all choices. The random split flatters on top.</details>

# %% [markdown]
# ## 4. How sure are we of the number?
#
# With 24 other actors the score would have been another one. By how much? We can imitate it: draw 24 actors from our 24,
# *with replacement*, so that some come twice and others not at all, and compute the score again. A thousand draws show how
# much the score depends on who happened to be there. That is the **bootstrap**.
#
# ### Exercise 6.6 - Code: draw voices, not clips (9 min)
#
# Draw as many actors as there are, with replacement, each with all its clips; return the accuracy.
#
# Given: hits of 0 and 1, shape (n,), the actors of the clips, shape (n,), a random generator. Expected: a fraction.
# Worked example: hits `[1, 0]` of actors `[1, 2]` can give 0, 0.5 or 1.
#
# <details><summary>Hint 1: where to look</summary>An actor drawn twice counts twice, with all clips.</details>
# <details><summary>Hint 2: the key functions</summary><code>rng.choice</code> on the actors' names, each name once; then <code>np.concatenate</code>.</details>

# %%
def draw_accuracy(hits, actors, rng):
    """Return the accuracy (0 to 1) of one bootstrap draw of actors."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_06.draw_accuracy(draw_accuracy)

# %% [markdown]
# The picture shows draws of *voices* and draws of single *clips*. Move the slider to a thousand. **Predict first:** which
# of the two **histograms** will be wider?

# %%
hits = (spoken == answered).astype(float)
voices = new["actor"].to_numpy()
rng = np.random.default_rng(SEED)
means = pd.Series(hits).groupby(voices).mean().to_numpy()
if check.ok:
    of_voices = [draw_accuracy(hits, voices, rng) for _ in range(1000)]
else:
    of_voices = [rng.choice(means, 24).mean() for _ in range(1000)]
of_clips = [rng.choice(hits, len(hits)).mean() for _ in range(1000)]


# %%
def histogram(draws):
    """Draw histograms of the first draws of voices and of clips."""
    drawn = {"voices": of_voices[:draws], "clips": of_clips[:draws]}
    frame = 100 * pd.DataFrame(drawn)
    ax = sns.histplot(frame, binwidth=0.5, binrange=(45, 75), element="step")
    ax.set(xlabel="accuracy (%)", ylabel="draws (count)")
    ax.set_title(f"RAVDESS, new voices: {draws} draws")
    return ax.figure


plots.moving(histogram, draws=(10, 1000, 10))

# %%
for name, draws in (("voices", of_voices), ("clips", of_clips)):
    low, high = 100 * np.quantile(draws, [0.025, 0.975])
    print(f"drawing {name}: 95 of 100 lie between {low:.1f} and {high:.1f} %")
ours = evaluate.actor_bootstrap(new, "accuracy").scaled(100)
print(f"the package: {ours.low:.1f} to {ours.high:.1f} %")

# %% [markdown]
# The histogram of voices is wider; its middle 95 % is a **95 % interval**. Clips of one actor succeed and fail together,
# so 1440 clips of 24 actors tell us less than 1440 independent clips would. If the study were made again and again with
# other actors, about 95 of 100 such intervals would hold the true value. This one either does or does not: the 95 %
# speaks of the method.
#
# (The package's interval differs a little. It always draws 12 actresses and 12 actors, as RAVDESS did, so its draws spread
# less. And it takes their middle 97 %, because drawing again from only 24 voices shows too little spread.)
#
# ### Is one system better than another?
#
# Beside the net the course ships the answers of a much simpler system: statistics of the clip, and a linear model. The
# third line averages the probabilities of both. Do the intervals overlap?

# %%
simple = evaluate.read_predictions(reference / "actors_functionals.csv")
joined = evaluate.read_predictions(reference / "actors_both.csv")
systems = {"statistics": simple, "net": new, "both, averaged": joined}
for name, system in systems.items():
    score = evaluate.actor_bootstrap(system, "uar").scaled(100)
    print(f"{name:15s} UAR {score.value:.1f} %,", end=" ")
    print(f"{score.low:.1f} to {score.high:.1f}")

# %% [markdown]
# They overlap, all three. Can nothing be said? A hard voice is hard for *every* system, and that common part does not
# matter when we ask which one is better. So compare **voice by voice**, and put the interval around the *difference*:

# %%
for name in ("statistics", "net"):
    better = evaluate.compare(joined, systems[name], "uar").scaled(100)
    holds_zero = better.low <= 0 <= better.high
    print(f"both - {name}: {better.value:+.1f} points,", end=" ")
    print(f"{better.low:+.1f} to {better.high:+.1f}", end=": ")
    print("not decided" if holds_zero else "decided")


# %% [markdown]
# An interval of the difference that stays clear of 0 decides; one that holds 0 does not, and "not decided" is a result,
# too.
#
# ## 5. Does it know what it knows?
#
# A net also says how sure it is. It is **calibrated** if of the answers that it gives with 80 % confidence, 80 % are
# right.
#
# ### Exercise 6.7 - Code: expected calibration error (9 min)
#
# Sort the clips into bins of *equal width* by their confidence. In each bin, take the distance between its mean
# confidence and its accuracy. Average the distances, each weighed by the number of clips in its bin.
#
# Given: confidence, shape (n,), hits of 0 and 1, shape (n,), the number of bins. Expected: one number. Worked example:
# two clips at 0.93, one of them right, give 0.43.
#
# <details><summary>Hint 1: where to look</summary>Bin = confidence times number of bins, rounded down, so 0.5 with ten bins is in bin 5; a confidence of 1.0 joins the last bin.</details>
# <details><summary>Hint 2: the key function</summary><code>np.bincount</code> with weights adds up what is in each bin.</details>

# %%
def calibration_error(confidence, hits, n_bins):
    """Return the expected calibration error, 0 to 1."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_06.calibration_error(calibration_error)


# %% [markdown]
# A net that is too sure can be cooled down: divide the logarithms of its probabilities by a **temperature** above 1,
# and let softmax make probabilities of them again. In the figure, points *below* the dashed line are too sure, points
# *above* it too humble. Find the temperature that brings them closest to the line. **Predict first:** will the accuracy
# change?

# %%
def judge(answers):
    """Return accuracy and calibration error (ECE), both from 0 to 1."""
    sure = evaluate.probabilities(answers).max(axis=1)
    spoken = evaluate.true_labels(answers)
    right = spoken == evaluate.predicted_labels(answers)
    if not check.ok:
        return right.mean(), evaluate.ece(answers)  # the package's bins
    return right.mean(), calibration_error(sure, right.astype(float), 10)


def cool(temperature):
    """Draw the reliability of the net's answers at one temperature."""
    cooled = evaluate.apply_temperature(new, temperature)
    accuracy, error = judge(cooled)
    figure = plots.show_reliability(cooled)
    words = f"RAVDESS, new voices: accuracy {accuracy:.3f}, ECE {error:.3f}"
    figure.axes[0].set_title(words)
    return figure


plots.moving(cool, temperature=ipywidgets.FloatSlider(1, min=0.5, max=3))

# %%
calibrated, temperatures = evaluate.cross_fit_temperature(new)
print("fitted on the other folds:", temperatures.round(2).to_list())
for name, answers in (("before", new), ("after", calibrated)):
    accuracy, error = judge(answers)
    print(f"{name}: accuracy {100 * accuracy:.1f} %, ECE {error:.3f}")

# %% [markdown]
# The accuracy stays, since the order of the answers is untouched. (Your ECE has ten bins of equal width; the points stand
# for bins of equally many clips.) Each temperature was fitted on the folds that were *not* tested: a temperature, too,
# can be chosen on the test by mistake.
#
# ## 6. And people?
#
# First you. Here are two clips that the support vector machine got wrong as new voices. **Predict first:** what do *you*
# hear? Write it down before you run the second cell.

# %%
missed = table.assign(answered=guess).query("emotion != answered")
two = missed.query("intensity == 'strong'").sample(2, random_state=SEED)
for number, path in enumerate(two["path"], start=1):
    voice = hearing.hear(path).trimmed
    title = plots.title_with_corpus(f"clip {number}", table)
    display(plots.listen(voice, title=title, loud=True))

# %%
two[["actor", "emotion", "answered"]]

# %% [markdown]
# How good are other people? RAVDESS was played to listeners, and their answers were published. **Look for** emotions
# where listeners and net disagree.

# %%
plots.show_human_ceiling(new)

# %% [markdown]
# Only for *happy* does the diamond lie outside the net's interval: the net found over half of these clips, listeners a
# little over a third. *Sad* was found by listeners more often, but there 24 voices cannot decide. (Calm and neutral count
# as one here, as for the listeners. Their probabilities add up and win a few clips: *sad* had 42 % above.)
#
# Source: Livingstone & Russo 2018, *PLoS ONE* 13(5): e0196391; starred rows *second-hand*, read in papers that quote
# it. People are not perfect either: some emotions are acted in a way that many listeners hear differently. Of a net that
# reached 100 % here we would suspect that it had learned these actors, not emotion.
#
# ## Quiz
#
# **1. A paper reports 95 % on RAVDESS. What do you ask first?**
# <details><summary>a) Which net did they use?</summary>No: that matters less than whether it knew the voices.</details>
# <details><summary>b) Were the test actors heard in training?</summary>Yes: otherwise the number measures memory, too.</details>
# <details><summary>c) How many epochs did they train?</summary>No: that concerns training, not the test.</details><br>
#
# **2. Ten more clips of each actor would ...**
# <details><summary>a) narrow the interval only a little.</summary>Yes: the spread between voices stays what it is.</details>
# <details><summary>b) narrow it as much as more actors would.</summary>No: clips of one voice are alike, so they add little.</details>
# <details><summary>c) make the interval needless.</summary>No: there are still only 24 voices.</details><br>
#
# **3. On which clips may a temperature be fitted?**
# <details><summary>a) On the test clips.</summary>No: then the test has chosen something, and is a test no more.</details>
# <details><summary>b) On the training clips.</summary>No: there the net is nearly always right, so it looks humble.</details>
# <details><summary>c) On clips of other voices.</summary>Yes: on validation clips, or on the other folds.</details>
#
# ## What we learned
#
# * A random split measures memory of voices; keep each voice on one side.
# * Choose on validation, test once; draw voices for the interval, and compare systems voice by voice.
# * Confidence is a promise that must be checked; listeners err, too.
#
# **Next:** `07_gender_bias` - is it equally good for everybody? **Sources:** `README.md`.
