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
# * **compare** groups by recall and false alarms with fairlearn, and say what equalized odds asks for;
# * **test** a gap between voices: permutation, many questions at once, interval, power;
# * **write** a verdict that nobody can misquote.
#
# Minutes: 30 to read, 50 to do, under 1 to compute. You need: lesson 06 (recall, out-of-fold answers, bootstrap).

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
from importlib import resources

import numpy as np
import pandas as pd
import seaborn as sns
from fairlearn.metrics import MetricFrame, false_positive_rate
from IPython.display import display
from scipy import stats
from sklearn.metrics import confusion_matrix, recall_score, roc_curve

from ser_lessons import bias, checks, corpus, evaluate, plots, predict
from ser_lessons.config import EMOTIONS, GENDER_PALETTE, GENDER_WORDS, SEED
from ser_lessons.net import bundle
from ser_lessons.sound import augment, hearing

plots.course_style()

# %% [markdown]
# ## 1. Who is in the table?
#
# First hear two voices of the corpus at hand, *surprised*. (The practice corpus is synthetic: it tells nothing about bias.)

# %%
table = corpus.open_corpus(channel="speech")
strong = table.query("emotion == 'surprised' and intensity == 'strong'")
voice_of = {}
for name, actor in (("actor 1", 1), ("actress 2", 2)):
    path = strong.loc[strong["actor"] == actor, "path"].iloc[0]
    voice_of[name] = hearing.hear(path).trimmed
    display(plots.listen(voice_of[name], title=name, loud=True))

# %% [markdown]
# Now we judge the course's net by its shipped out-of-fold answers on RAVDESS: every voice was new to it.

# %%
reference = resources.files("ser_lessons") / "reference"
answers = evaluate.read_predictions(reference / "actors_course.csv")
names, gender = np.array(EMOTIONS), answers["gender"].to_numpy()
spoken = names[evaluate.true_labels(answers)]
answered = names[evaluate.predicted_labels(answers)]

# %%
hits = (spoken == answered).astype(float)
clips = answers[["actor", "gender"]].assign(hit=hits)
counted = {"voices": ("actor", "nunique"), "clips": ("hit", "size")}
clips.groupby("gender").agg(**counted)


# %% [markdown]
# These are recordings by *actresses* and *actors*, 24 North American professionals who play emotions, not
# women and men at large.
#
# **Predict first:** on whose recordings is the net better, and by how many points?
#
# Before you look, say which gap you would tolerate. This is the **margin**; ours is 5 points.
#
# ### Exercise 7.1 - Code: one dot a voice (5 min)
#
# One number a gender hides the people behind it. Draw a dot for each voice: gender across, accuracy up.
#
# Given: a DataFrame with one row a clip and the columns `actor`, `gender`, `hit` (0 or 1). Expected: the axes that seaborn
# returns. Worked example: actress 2 with the hits 1 and 0 gives one dot, at 0.5 above `woman`.
#
# <details><summary>Hint 1: where to look</summary>First make a table with one row a voice, then the dots.</details>
# <details><summary>Hint 2: the key functions</summary><code>groupby</code> with two columns and <code>as_index=False</code>; <code>sns.stripplot</code>.</details>

# %%
def draw_voices(clips):
    """Draw the accuracy of each voice as a dot; return the axes."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_07.draw_voices(draw_voices)

# %%
voices = evaluate.per_actor(answers, metric="accuracy")
if check.ok:
    ax = draw_voices(clips)
else:
    ax = sns.swarmplot(voices, x="gender", y="value")
for group, style in (("man", "--"), ("woman", ":")):
    mean = voices.query("gender == @group")["value"].mean()
    label = f"mean, {GENDER_WORDS[group]}"
    ax.axhline(mean, color="gray", linestyle=style, label=label)
ax.set(xlabel="gender, as the table calls it", ylabel="accuracy (fraction)")
ax.set_title("RAVDESS, new voices")
ax.legend()
ax

# %% [markdown]
# **Look for** two distances: between the means, and between voices of *one* gender.
#
# ## 2. Two ways to fail
#
# A net can *miss* an emotion that is there, or *hear* one that is not. Here are the counts for one emotion; the color is the
# share of the row:

# %%
emotion = "surprised"
words = [emotion, "another"]
look = {"fmt": "d", "cmap": "cividis", "cbar": False, "vmin": 0, "vmax": 1}
figure, axes = plots.new_figure(1, 2, height=2.6)
for ax, group in zip(axes, GENDER_WORDS):
    there = spoken[gender == group] == emotion
    heard = answered[gender == group] == emotion
    counts = confusion_matrix(there, heard, labels=[True, False])
    shares = counts / counts.sum(axis=1, keepdims=True)
    shares = pd.DataFrame(shares, index=words, columns=words)
    sns.heatmap(shares, ax=ax, annot=counts, **look)
    ax.set(xlabel="answered", ylabel="spoken")
    ax.set_title(f"clips by {GENDER_WORDS[group]}")
figure


# %% [markdown]
# **Recall** is the upper left count divided by its *row*: of the clips spoken with this emotion, the share that was found.
# The **false-alarm rate** (or *false-positive rate*) is the lower left count divided by *its* row: of all other clips,
# the share in which the net heard this emotion.
#
# ### Exercise 7.2 - Code: both rates of each group (7 min)
#
# Given: spoken emotions, answered emotions and groups, three arrays of words, shape (n,), and an emotion. Expected: a dict
# `{group: (recall, false-alarm rate)}`. Worked example: one group `x`, spoken `sad sad calm calm calm`, answered
# `sad calm sad calm calm`, emotion *sad*: `{"x": (0.5, 0.333...)}`.
#
# <details><summary>Hint 1: where to look</summary>Keep the clips of one group. Then ask the same question of two sets: clips spoken with the emotion, and all others.</details>
# <details><summary>Hint 2: the key function</summary><code>np.unique</code> lists the groups; the mean of true and false is a share.</details>

# %%
def rates_by_group(spoken, answered, groups, emotion):
    """Return {group: (recall, false-alarm rate)}, each from 0 to 1."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_07.rates_by_group(rates_by_group)

# %% [markdown]
# In practice, a `MetricFrame` of **fairlearn** asks any functions of truth and guess in every group:

# %%
is_there = (spoken == emotion).astype(int)
is_heard = (answered == emotion).astype(int)
both = {"recall": recall_score, "false alarms": false_positive_rate}
by_gender = MetricFrame(
    metrics=both,
    y_true=is_there,
    y_pred=is_heard,
    sensitive_features=answers["gender"],
)
by_gender.by_group.astype(float).round(3)

# %%
mine = rates_by_group(spoken, answered, gender, emotion) if check.ok else {}
for group, (recall, alarms) in mine.items():
    print(f"{group}, by hand: recall {recall:.3f}, false alarms {alarms:.3f}")


# %% [markdown]
# If both rates are equal in all groups, for every emotion, the net has **equalized odds** (Hardt et al. 2016). Equal accuracy
# is not enough: in an average, opposite gaps cancel. Two metrics of one emotion:

# %%
def recall_of(spoken, answered, emotion):
    """Return the recall of one emotion, 0 to 1."""
    return np.mean(answered[spoken == emotion] == emotion)


def alarms_of(spoken, answered, emotion):
    """Return the false-alarm rate of one emotion, 0 to 1."""
    return np.mean(answered[spoken != emotion] == emotion)


# %% [markdown]
# ### Exercise 7.3 - Code: eight gaps with their signs (7 min)
#
# Compute, for each emotion, a metric on women's clips *minus* the same on men's.
#
# Given: a function such as `recall_of`; spoken, answered, gender (`woman` or `man`), arrays of words, shape (n,). Expected:
# a Series or dict `{emotion: gap}` for the emotions that were spoken. Worked example: `recall_of`, spoken `sad sad`,
# answered `sad calm`, gender `man woman` give `{"sad": -1.0}`.
#
# <details><summary>Hint 1: where to look</summary>A <code>MetricFrame</code> with a dict of metrics, one an emotion; then subtract two rows of <code>by_group</code>.</details>
# <details><summary>Hint 2: the key function</summary><code>functools.partial</code> fixes the argument <code>emotion</code>.</details>

# %%
def emotion_gaps(metric, spoken, answered, gender):
    """Return {emotion: metric of the women's clips minus the men's}."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_07.emotion_gaps(emotion_gaps)

# %%
audited = bias.audit(answers, metric="accuracy")
both = audited.emotions[["recall_gap", "fpr_gap"]].astype(float)
both.columns = ["recall", "false alarms"]
if check.ok:
    for name, metric in (("recall", recall_of), ("false alarms", alarms_of)):
        mine = pd.Series(emotion_gaps(metric, spoken, answered, gender))
        both[name] = 100 * mine.loc[both.index]
gaps = both["recall"]
worst = gaps.abs().idxmax()
both.round(1).add_prefix("gap in points: ")

# %% [markdown]
# Recalls differ by up to 48 points, false alarms by up to 6. Some gap there always is: section 4 asks which are more than
# luck.
#
# ## 3. Can both be made equal?
#
# Suppose the net answers with an emotion whenever its probability reaches a **threshold**. A lower one finds more, and
# raises more false alarms. Why not give each group its own? Each threshold is a place on the curve of its group.
# Equalized odds means that both dots lie on the *same spot*. **Predict first:** can you bring them there?

# %%
is_worst, said = spoken == worst, answers[f"p_{worst}"].to_numpy()
colors = {GENDER_WORDS[g]: color for g, color in GENDER_PALETTE.items()}
parts = []
for group, name in GENDER_WORDS.items():
    side = gender == group
    points = roc_curve(is_worst[side], said[side], drop_intermediate=False)
    part = pd.DataFrame({"false alarms": points[0], "recall": points[1]})
    parts.append(part.assign(threshold=points[2], voices=name))
curves = pd.concat(parts, ignore_index=True)


# %%
def choose(actors, actresses):
    """Draw both groups' curves, and the places that two thresholds choose."""
    _, ax = plots.new_figure(height=3.6)
    words = []
    for name, limit in (("actors", actors), ("actresses", actresses)):
        curve = curves[curves["voices"] == name]
        line = "-" if name == "actors" else "--"
        style = {"color": colors[name], "linestyle": line}
        ax.plot(curve["false alarms"], curve["recall"], label=name, **style)
        dot = curve[curve["threshold"] >= limit].iloc[-1]
        alarms, recall = dot["false alarms"], dot["recall"]
        mark = "o" if name == "actors" else "X"
        ax.plot(alarms, recall, mark, color=colors[name], markersize=12)
        words.append(f"{name}: recall {recall:.2f}, alarms {alarms:.2f}")
    ax.set(xlabel="false-alarm rate (fraction)", ylabel="recall (fraction)")
    ax.set_title(f"{worst} - {'; '.join(words)}")
    ax.legend()
    return ax.figure


plots.moving(choose, actors=(0.02, 0.98, 0.02), actresses=(0.02, 0.98, 0.02))

# %% [markdown]
# You can give both dots the same height (equal recall), or put one above the other (equal false alarms). With one
# threshold a group, both at once needs curves that meet. These meet only near their ends, where hardly a clip is found,
# or every one. Recall at equal false alarms:

# %%
alarms = pd.Index([0.02, 0.05, 0.1, 0.2], name="false alarms")
at_equal = pd.DataFrame(index=alarms)
for name, curve in curves.groupby("voices"):
    found = np.interp(alarms, curve["false alarms"], curve["recall"])
    at_equal[name] = found.round(2)
at_equal


# %% [markdown]
# Hardt et al. do bring both dots together: they make the better group's answers worse, at random. Thresholds move errors
# around; a better net removes them.
#
# ## 4. Could it be chance?
#
# Suppose gender made *no difference* to the net. Write the accuracy of each voice on a card, shuffle, deal 12 cards to
# the left and 12 to the right, and note the difference of the means. A thousand deals show what chance can do: this is a
# **permutation test**. The share of deals with a gap as large as the real one, either way, is the **p value**. We deal
# *voices*: clips of one voice stay together.
#
# ### Exercise 7.4 - Code: deal the genders anew (8 min)
#
# Given: hits (n,) of 0 and 1, actors (n,), woman (n,) of true and false, a random generator. Expected: a float, the mean
# hit of those now called women minus the mean of all others (over clips or over voices; in our table that is the same). As
# many actors as before become women, each with all clips. Worked example: hits `[1, 1, 0]`, actors `[1, 1, 2]`, actor 2 a
# woman: 1 or -1.
#
# <details><summary>Hint 1: where to look</summary>Choose which <em>names</em> are called women, then find their clips.</details>
# <details><summary>Hint 2: the key functions</summary><code>rng.permutation</code> on names, each once; <code>np.isin</code> for the clips.</details>

# %%
def deal_gap(hits, actors, woman, rng):
    """Return the gap (-1 to 1) after genders were dealt to actors anew."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_07.deal_gap(deal_gap)


# %%
def deal_cards(hits, actors, woman, rng):
    """Deal one card a voice: used until your function passes."""
    cards = rng.permutation(pd.Series(hits).groupby(actors).mean().to_numpy())
    return cards[::2].mean() - cards[1::2].mean()


# %%
deal = deal_gap if check.ok else deal_cards
hits, actors = clips["hit"].to_numpy(), clips["actor"].to_numpy()
woman = gender == "woman"
rng = np.random.default_rng(SEED)
dealt = np.array([deal(hits, actors, woman, rng) for _ in range(1000)])
real = hits[woman].mean() - hits[~woman].mean()


# %% [markdown]
# **Predict first:** how many of 1000 deals reach the real gap? The dashed lines are this gap, either way.
# Fill the **histogram**:

# %%
def histogram(deals):
    """Draw the gaps of the first deals, and the real gap."""
    _, ax = plots.new_figure(height=3.2)
    sns.histplot(100 * dealt[:deals], binwidth=1, binrange=(-25, 25), ax=ax)
    for side in (-100 * real, 100 * real):
        ax.axvline(side, color="black", linestyle="--")
    beyond = np.sum(np.abs(dealt[:deals]) >= abs(real) - 1e-9)
    gap = f"{100 * real:+.1f} points"
    ax.set_title(f"{beyond} of {deals} deals reach the gap of {gap}")
    ax.set_xlabel("gap if gender is dealt at random (points)")
    ax.set_ylabel("deals (count)")
    return ax.figure


plots.moving(histogram, deals=(20, 1000, 20))


# %%
def p_value(real, dealt):
    """Return the share of deals this far from 0, the real one among them."""
    return (1 + np.sum(np.abs(dealt) >= abs(real) - 1e-9)) / (1 + len(dealt))


mixed = [rng.permutation(woman) for _ in range(1000)]
of_clips = np.array([hits[way].mean() - hits[~way].mean() for way in mixed])
for what, by_chance in (("voices", dealt), ("clips", of_clips)):
    spread, p = 100 * by_chance.std(), p_value(real, by_chance)
    print(f"{what} dealt: spread {spread:.1f} points, p = {p:.3f}")

# %% [markdown]
# The second line is the mistake: whoever deals clips believes that chance can do less than it can. A small p value says that
# chance alone rarely makes such a gap, *not* how large the gap is, nor how probable a bias is.
#
# ### Eight questions at once
#
# By custom, p below 0.05 is called small. Where there is nothing to find, one p value in twenty still is - and we ask about
# eight recalls. If these were independent, how often would at least one p be small by luck?

# %%
by_luck = 100 * (1 - 0.95**8)
print(f"one small p value or more, by luck: {by_luck:.0f} % of the time")
rng = np.random.default_rng(SEED)


def p_of(asked, heard, gap):
    """Return the p value of a gap (points) in the clips asked about."""
    parts = heard[asked].astype(float), actors[asked], woman[asked]
    return p_value(gap / 100, [deal(*parts, rng) for _ in range(1000)])


# %%
tested = pd.DataFrame(0.0, index=both.index, columns=both.columns)
for e, gap in both.iterrows():
    heard = answered == e
    tested.loc[e, "recall"] = p_of(spoken == e, heard, gap["recall"])
    alarms = p_of(spoken != e, heard, gap["false alarms"])
    tested.loc[e, "false alarms"] = alarms

# %%
for what, p in tested.min().items():
    print(f"smallest p of eight, {what}: {p:.3f}")
p_values = tested["recall"].sort_values()

# %% [markdown]
# **Holm's** rule repairs this. Sort the p values. The smallest must lie below 0.05 / 8, the next below 0.05 / 7, and so
# on up a staircase; at the first one above its step, stop. **Predict first:** how many of the eight dots will lie below
# the staircase?

# %%
ax = sns.stripplot(x=p_values.index, y=p_values.to_numpy(), size=9)
steps = 0.05 / np.arange(8, 0, -1)
look = {"drawstyle": "steps-mid", "color": "black", "label": "Holm's steps"}
ax.plot(range(8), steps, **look)
ax.set(xlabel="emotion, sorted by p", ylabel="p value (fraction)")
ax.set_yscale("log")
ax.legend(loc="lower right")
ax


# %% [markdown]
# Only *surprised* passes, and no p value of the false alarms is even below 0.05. The other gaps are not disproved.
#
# ## 5. How large is it?
#
# A p value cannot say. The bootstrap of lesson 06 can.
#
# ### Exercise 7.5 - Code: a cluster bootstrap of the gap (8 min)
#
# Draw the actors of each gender with replacement, as many as there are, each with all clips.
#
# Given: as in exercise 7.4; hits may be differences (-1, 0, 1), too. Expected: a float, the mean hit of the women's drawn
# clips minus that of the men's. Worked example: if all women's clips are right and none of the men's, every draw gives 1.
#
# <details><summary>Hint 1: where to look</summary>Do as in lesson 06, for each gender apart; an actor drawn twice counts twice.</details>
# <details><summary>Hint 2: the key step</summary>Loop over <code>woman</code> and <code>~woman</code>, keep two means, subtract.</details>

# %%
def draw_gap(hits, actors, woman, rng):
    """Return the gap (-1 to 1), women minus men, of one bootstrap draw."""
    # YOUR CODE HERE
    raise NotImplementedError


check = checks.lesson_07.draw_gap(draw_gap)


# %%
def draw_cards(hits, actors, woman, rng):
    """Draw one card a voice: used until your function passes."""
    cards = pd.Series(hits).groupby([woman, actors]).mean()
    women = rng.choice(cards[True], size=len(cards[True]))
    men = rng.choice(cards[False], size=len(cards[False]))
    return women.mean() - men.mean()


draw = draw_gap if check.ok else draw_cards


# %%
def draws_of(hits):
    """Return a thousand draws of the gap, in points."""
    rng = np.random.default_rng(SEED)
    drawn = [draw(hits, actors, woman, rng) for _ in range(1000)]
    return 100 * np.array(drawn)


# %%
draws = draws_of(hits)
low, high = np.quantile(draws, [0.025, 0.975])
print(f"gap {100 * real:+.1f} points,", end=" ")
print(f"95 of 100 draws from {low:+.1f} to {high:+.1f}")

# %% [markdown]
# ### Has a better system become fairer?
#
# The net joined with a simpler model heard the *same* voices. Compare **paired**, as in lesson 06: feed your bootstrap
# with the differences of the hits. **Predict first:** has the gap shrunk?

# %%
joined = evaluate.read_predictions(reference / "actors_both.csv")
second = joined.set_index("stem").loc[answers["stem"]]
later = evaluate.true_labels(second) == evaluate.predicted_labels(second)

# %%
for what, h in (("net", hits), ("joined", later)):
    by = 100 * pd.Series(h).groupby(gender).mean()
    print(f"{what}: actors {by['man']:.1f} %, actresses {by['woman']:.1f} %")

# %%
heard_by = {"net": hits, "joined": later * 1.0, "joined - net": later - hits}
for what, h in heard_by.items():
    ends = np.quantile(draws_of(h), [0.025, 0.975])
    gap = 100 * (h[woman].mean() - h[~woman].mean())
    print(f"gap, {what}: {gap:+.1f} points, {ends[0]:+.1f} to {ends[1]:+.1f}")

# %% [markdown]
# Better for both groups, but not measurably fairer.
#
# ## 6. The case of the balanced model
#
# The project this course grew from reported an accuracy of 0.83; 79.54 % for men and 81.47 % for women; and a model that is
# "relatively balanced across genders". Here are its counts, with the textbook interval for a difference of two shares:

# %%
right, asked = np.array([189, 206]), np.array([232, 259])
shares = right / asked
difference = shares[0] - shares[1]
# A share of n clips has the variance share x (1 - share) / n, and the
# variances of two shares add up. The root of the sum is the standard error:
# how far the difference usually wavers.
error = np.sqrt((shares * (1 - shares) / asked).sum())
print(f"women {100 * shares[0]:.2f} %, men {100 * shares[1]:.2f} %,", end=" ")
print("0.83 lies between them:", bool(shares.min() <= 0.83 <= shares.max()))
# 95 % of a bell curve lie within 1.96 standard errors; p is what lies further
# out than this difference, in both tails (sf: the upper one).
ends = 100 * (difference + np.array([-1.96, 1.96]) * error)
p = 2 * stats.norm.sf(difference / error)
print(f"gap {100 * difference:+.1f} points, p = {p:.2f}")
print(f"95 % interval {ends[0]:+.1f} to {ends[1]:+.1f} points")


# %% [markdown]
# 0.83 lies above *both* groups: other clips (lesson 06). And the interval is naive: it treats 491 clips as independent,
# though they come from 24 voices, which this net knew.
#
# The p value is large. Does that show balance? The probability that a study finds a gap that is really there is its
# **power**; four times in five is decent. Let us pretend a thousand studies:

# %%
def found(gap, n=12):
    """Return how often studies of n + n voices find a true gap (points)."""
    rng = np.random.default_rng(SEED)
    women = rng.normal(gap, 10, size=(1000, n))  # voices spread by 10 points
    men = rng.normal(0, 10, size=(1000, n))
    # A t test gives p for bell-shaped numbers without any dealing.
    return np.mean(stats.ttest_ind(women, men, axis=1).pvalue < 0.05)


# %%
print(f"without any gap, {found(0):.3f} of the studies find one")

# %% [markdown]
# ### Exercise 7.6 - Predict: the smallest gap that 24 voices show (4 min)
#
# Voices of one gender differ with a standard deviation of 10 points, like your dots. Which true gap is found four times in
# five?
#
# Given: 12 actresses, 12 actors, 10 points. Expected: points, such as `3`; within two is fine.
#
# <details><summary>Hint 1: where to look</summary>Ask <code>found</code> in a new cell: how often is your gap found?</details>
# <details><summary>Hint 2: the key step</summary>Raise the gap until <code>found(gap)</code> reaches 0.8.</details>

# %%
my_points = ...  # YOUR ANSWER HERE
detectable = bias.minimal_detectable_gap(sd_points=10, n_women=12, n_men=12)
check = checks.lesson_07.detectable_gap(my_points, detectable)

# %% [markdown]
# **Look for** the place where each curve reaches 0.8. The dashed line is your guess:

# %%
grid = [(n, gap) for n in (12, 24, 64) for gap in np.arange(0, 20.5, 0.5)]
power = pd.DataFrame(grid, columns=["voices of each gender", "gap"])
power["found"] = [found(gap, n) for n, gap in grid]

# %%
cues = dict.fromkeys(("hue", "style"), "voices of each gender")
ax = sns.lineplot(power, x="gap", y="found", palette="colorblind", **cues)
ax.axhline(0.8, color="gray", linewidth=1)
if isinstance(my_points, int | float):
    ax.axvline(my_points, color="black", linestyle="--")
ax.set(xlabel="true gap (points)", ylabel="power (fraction)")
ax.set_title("found how often?")
ax

# %%
spread = 100 * voices.groupby("gender")["value"].std()
needed = bias.actors_needed(5, sd_points=10)
print(f"12 + 12 voices that spread by 10 points show {detectable:.1f} points")
print(f"for 5 points: {needed} voices of each gender")
print(f"spread: actors {spread['man']:.1f}, actresses {spread['woman']:.1f}")


# %% [markdown]
# What would show balance? That the gap lies *inside* the margin of section 1. An **equivalence test** asks two questions,
# "above -5?" and "below +5?". Each may err 5 times in 100. So 5 % are left out at each end, and the *90 %* interval that
# remains must lie between -5 and +5.
#
# Three verdicts are legal: **equivalent** (the 90 % interval lies inside the margin), else **gap** (p is small and the 95 %
# interval leaves out 0), else **undecidable**.
#
# The gray band is the margin, the thick line the 90 % interval, the thin one the 95 % interval, which reaches as far as
# *uncertainty* says to each side. Find a place for each verdict. **Predict first:** can a gap be real, and the verdict
# still *equivalent*?

# %%
def judge(gap, uncertainty):
    """Draw a gap with both intervals against the margin; name the verdict."""
    _, ax = plots.new_figure(height=2.2)
    ax.axvspan(-5, 5, color="lightgray")
    intervals = []
    # 90 % lie within 1.64 standard errors, that is 0.84 times 1.96.
    for half, thick in ((uncertainty, 2), (0.84 * uncertainty, 6)):
        places = [gap, gap - half, gap + half]
        intervals.append(evaluate.Interval(*places))
        ax.plot(sorted(places), [0, 0, 0], color="black", linewidth=thick)
    ax.plot(gap, 0, "o", color="white", markeredgecolor="black", zorder=3)
    p = 2 * stats.norm.sf(1.96 * abs(gap) / uncertainty)
    ax.axvline(0, color="gray", linestyle="--")
    ax.set(xlim=(-30, 30), yticks=[])
    ax.set_xlabel("gap, actresses minus actors (points)")
    ax.set_title(f"verdict: {bias.decide(*intervals, p, margin_points=5)}")
    return ax.figure


plots.moving(judge, gap=(-15.0, 15.0, 0.5), uncertainty=(1.0, 15.0, 0.5))

# %% [markdown]
# It can: with gap 2 and uncertainty 1 it is real, and too small to matter.
#
# ### Exercise 7.7 - Explain: may it say "balanced"? (4 min)
#
# The student project found 1.9 points, not significant. May it call its model balanced? What would it have to show?
#
# <details><summary>Hint 1: where to look</summary>Set the sliders to its gap and to half the width of its naive interval.</details>
# <details><summary>Hint 2: the key words</summary><em>Power</em> and <em>margin</em>.</details>
# <details><summary>Model answer</summary>No: every gap inside the interval fits these counts. "Balanced" needs a margin fixed beforehand and an interval wholly inside it. With 24 voices that differ by 10 points the interval is wider than the margin: "undecidable".</details>
#
# ## 7. Gender, or pitch?
#
# A net hears no gender. It hears, among other things, **F0**, how high a voice is. **Look for** both genders at one height:

# %%
heights = audited.pitch["actors"].replace({"gender": GENDER_WORDS})
look = {"hue": "gender", "style": "gender", "palette": colors, "s": 90}
ax = sns.scatterplot(heights, x="f0_hz", y="accuracy", **look)
ax.set(xlabel="median F0 of the voice (Hz)", ylabel="accuracy (% of clips)")
ax.set_title("RAVDESS, new voices")
ax

# %% [markdown]
# No height has both: these voices cannot tell gender from pitch. So try an *experiment*: keep person and sentence, and
# shift the voice. This moves the whole spectrum, pitch *and* the resonances of the throat, a second sign of gender. The
# net that comes with the course answers (it knows the voices of RAVDESS); where no bar reaches the dashed line, it is not
# sure. **Predict first:** will a shift change the longest bar?

# %%
limit = bundle.load().threshold


def shift(voice, semitones):
    """Shift a voice; play it, and draw the net's answer."""
    shifted = augment.shift_pitch(voice_of[voice], semitones)
    answer = predict.predict_signal(shifted, 22_050)
    chances = pd.Series(answer.probabilities)
    _, ax = plots.new_figure()
    sns.barplot(x=chances, y=chances.index, color="#56B4E9", ax=ax)
    ax.axvline(limit, color="black", linestyle="--")
    ax.set(xlim=(0, 1), xlabel="probability (fraction)", ylabel="emotion")
    words = f"{voice}, {semitones:+g} semitones"
    title = f"{words}: {'not sure' if answer.abstained else answer.label}"
    ax.set_title(plots.title_with_corpus(title, table))
    return ax.figure, plots.listen(shifted, title=words, loud=True)


plots.moving(shift, voice=list(voice_of), semitones=(-8, 8, 2))

# %% [markdown]
# The net is seldom sure. But for each voice another bar becomes the longest at some shift, though neither person nor words
# changed. Whether pitch or throat did it, and how much of the gap that explains, two clips cannot tell.
#
# ## 8. The verdict
#
# From your own draws:

# %%
inner = np.quantile(draws, [0.05, 0.95])
print(f"gap in accuracy, actresses minus actors: {100 * real:+.1f} points")
print(f"95 % interval {low:+.1f} to {high:+.1f}")
print(f"90 % interval {inner[0]:+.1f} to {inner[1]:+.1f}")
print(f"p = {p_value(real, dealt):.3f}; margin 5 points, fixed beforehand")


# %% [markdown]
# ### Exercise 7.8 - Code: write the verdict (7 min)
#
# Write a sentence that a journalist could print as it is.
#
# Given: the gap, actresses minus actors, and both ends of its 95 % interval, in points. Expected: a string, made from these
# numbers, that says
#
# * the verdict, typed as a word: `gap`, `equivalent` or `undecidable`;
# * the size of the gap, and on whose recordings accuracy is higher (a negative gap turns it around);
# * both ends of the interval, and how many actresses and actors were heard.
#
# Worked example, gap -2: "Undecidable: accuracy is 2.0 points higher on recordings by actors (95 % interval, actresses
# minus actors, -10 to +6 points; 11 actresses and 9 actors)."
#
# <details><summary>Hint 1: where to look</summary>Which verdict do margin, intervals and p allow? The sign of the gap says who is ahead, <code>abs</code> its size.</details>
# <details><summary>Hint 2: the key form</summary>An f-string puts a number in, here with its sign and one decimal: <code>{low:+.1f}</code>.</details>

# %%
def write_verdict(gap, low, high):
    """Return the verdict on this net in words."""
    # YOUR CODE HERE
    raise NotImplementedError


figures = (100 * real, low, high, *inner)
tested = (figures, p_value(real, dealt), (12, 12))
check = checks.lesson_07.verdict(write_verdict, *tested)

# %%
my_verdict = write_verdict(*figures[:3]) if check.ok else audited.sentence
print(plots.wrap(my_verdict))

# %% [markdown]
# Last, what `bias.audit` makes of any table of answers (its intervals are a little wider: 12 voices a group are few), with
# the gap of *human listeners*, the open diamond. **Look for** intervals that stay clear of 0.

# %%
people = evaluate.listeners().query("by == 'gender'").set_index("group")
women, men = people["accuracy"][["woman", "man"]]
print(f"listeners: actresses {women:.3f}, actors {men:.3f}")
print(f"gap of the listeners {100 * (women - men):+.1f} points,", end=" ")
print(f"of the net {100 * real:+.1f}")

# %%
plots.show_gap_intervals(audited)

# %% [markdown]
# The listeners' figures are second-hand, after Livingstone & Russo 2018, without an interval. People, too, recognized these
# actresses more often: some of the gap may lie in the recordings. Whoever uses the net meets the whole gap, whatever its cause.
#
# ## Quiz
#
# **1. The verdict is "undecidable". What do you report?**
# <details><summary>a) No bias was found.</summary>No: readers will take it for balance.</details>
# <details><summary>b) The gap, its interval, and what could have been found.</summary>Yes: uncertain is a result, too.</details>
# <details><summary>c) Nothing.</summary>No: the next audit needs your numbers.</details><br>
#
# **2. A permutation test gives p = 0.01. What does it mean?**
# <details><summary>a) The net is biased with a probability of 99 %.</summary>No: p says nothing about how probable a bias is.</details>
# <details><summary>b) The gap is large.</summary>No: with many voices, tiny gaps get small p values.</details>
# <details><summary>c) Dealing genders at random rarely makes such a gap.</summary>Yes: one in a hundred does.</details><br>
#
# **3. Both groups have the same accuracy. Is the net fair?**
# <details><summary>a) Yes, by definition.</summary>No: recalls may differ and cancel out.</details>
# <details><summary>b) Look at recall and false alarms of each emotion.</summary>Yes: equalized odds compares these.</details>
# <details><summary>c) Only if UAR is high.</summary>No: a good net can be unfair, too.</details>
#
# ## What we learned
#
# * Compare recall *and* false alarms of each emotion; one threshold a group seldom makes both equal.
# * Deal and draw voices, not clips; correct for many questions; compare systems voice by voice.
# * No gap found is not balance: name margin, interval and voices - or say "undecidable".
#
# **Next:** `08_live_inference` - what happens outside the laboratory? **Sources:** `README.md`.
