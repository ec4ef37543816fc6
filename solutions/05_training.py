# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 - How a net learns
#
# **Question: how does a net learn?**
#
# After this lesson you can
#
# * **compute** a loss by hand, take a step against its gradient, and choose a learning rate;
# * **train** a net with `compile`, `fit` and callbacks, and read its learning curves;
# * **say** what batch normalization and dropout are for, and notice when a net learns by heart.
#
# Minutes: 30 to read, 45 to do, under 1 to compute. You need: lesson 04 (the net). No deep learning.

# %%
import json
import pathlib
import tempfile

import librosa
import numpy as np
import pandas as pd
import scipy.special
import seaborn as sns

from ser_lessons import checks, corpus, net, plots
from ser_lessons.config import EMOTIONS, SEED, AudioConfig
from ser_lessons.sound import hearing

net.start_keras()
import keras
from keras import layers

plots.course_style()

# %% [markdown]
# The net of lesson 04 has 423&nbsp;688 numbers in it. At first they are random, and so are its answers. *Learning* means changing
# all of them, a little at a time, so that the answers get better. For that, the net must know **how wrong** it is now, and
# **in which direction** to change each number.
#
# ## 1. How wrong? Softmax and cross-entropy
#
# The last layer gives one number for each emotion, its **score** (or *logit*). Scores can be anything, for instance:

# %%
scores = np.array([2.0, 1.0, 0.1, -1.0, 0.0, 0.0, -0.5, 0.3])
ax = sns.barplot(x=list(EMOTIONS), y=scores)
ax.bar_label(ax.containers[0], padding=2)
ax.axhline(0, color="black", linewidth=1)
ax.set(xlabel="emotion", ylabel="score (number)", ylim=(-1.5, 2.5))

# %% [markdown]
# We would rather have probabilities: positive, and summing to 1. **Softmax** raises *e* to each
# score, which makes everything positive and large scores much larger, and divides by the sum.
#
# ### Exercise 5.1 - Code: softmax (7 min)
#
# Given: scores, shape (n,). Expected: probabilities, shape (n,), that sum to 1. Worked example: scores `[0, 0]` give
# `[0.5, 0.5]`. It must survive scores like 1000, too.
#
# <details><summary>Hint 1: where to look</summary>What happens to the probabilities if you take the same number away from all scores?</details>
# <details><summary>Hint 2: the key step</summary>Nothing happens to them. So take the largest score away first, then use <code>np.exp</code>.</details>


# %%
def softmax(scores):
    """Return the probabilities that belong to the scores."""
    ### BEGIN SOLUTION
    powers = np.exp(np.asarray(scores) - np.max(scores))
    return powers / powers.sum()
    ### END SOLUTION


check = checks.lesson_05.softmax(softmax)

# %% [markdown] tags=["solution"]
# **Why take the maximum away?** It cancels in the quotient, and the largest power becomes 1, so nothing overflows.
# **Common wrong answer:** `scores / scores.sum()`; it gives negative "probabilities" as soon as a score is negative.

# %%
softmax = softmax if check.ok else scipy.special.softmax
probabilities = np.asarray(softmax(scores))
pd.Series(probabilities, EMOTIONS).round(2).to_frame("probability").T

# %% [markdown]
# Suppose the clip is *neutral*. The net gives it about one half. How wrong is that?
#
# The usual measure is the **cross-entropy**: minus the logarithm of the probability of the *true* emotion. It is 0 if
# the net was sure and right. It grows without end when the net was sure and wrong. The mean over many clips is called
# the **loss**; it is what training makes small. (The figures give its unit, the *nat*: natural logarithms were used.)
#
# ### Exercise 5.2 - Code: cross-entropy (6 min)
#
# Given: probabilities, shape (clips, 8), and the places of the true emotions, shape (clips,), whole numbers from 0 to 7.
# Expected: one number, the mean over the clips. Worked example: two clips that got probability 1 and 0.5 for the truth
# give 0.3466.
#
# <details><summary>Hint 1: where to look</summary>Pick one probability from each row: <code>probabilities[rows, places]</code>.</details>
# <details><summary>Hint 2: the key functions</summary><code>np.arange(len(places))</code> for the rows; <code>np.log</code>; <code>np.mean</code>.</details>


# %%
def cross_entropy(probabilities, places):
    """Return the mean of minus the logarithm of the truth's probability."""
    ### BEGIN SOLUTION
    rows = np.arange(len(places))
    of_the_truth = np.asarray(probabilities)[rows, np.asarray(places)]
    return -np.log(of_the_truth).mean()
    ### END SOLUTION


check = checks.lesson_05.cross_entropy(cross_entropy)

# %% [markdown] tags=["solution"]
# **Why the logarithm?** A net that says 0.99 and is wrong should pay much more than one that says 0.5. **Common wrong
# answer:** averaging the probabilities first and taking the logarithm then; one terrible answer hides behind many good
# ones.

# %%
by_keras = keras.losses.SparseCategoricalCrossentropy()
loss = cross_entropy if check.ok else lambda p, k: by_keras(np.asarray(k), p)
print("this clip:", round(float(loss(probabilities[None], [0])), 2))
guess = np.full((1, 8), 1 / 8)
print("pure guessing among eight:", round(float(loss(guess, [0])), 2))
print("sure and wrong (0.001 for the truth):", round(-np.log(0.001), 2))

# %% [markdown]
# Remember 2.08, the logarithm of 8. A net that has learned nothing starts there, or above: its answers are not yet even.
#
# ## 2. In which direction? One weight, one step
#
# The smallest net there is has **one weight** and looks at one number: how loud the loudest moment of the clip is, in
# standard deviations above the mean. Loudness times weight is the score for *angry*; *fearful* always has the score 0.
# Softmax then gives *angry* the probability 1 / (1 + e^-score). Which weight is best? We can try them all.

# %%
table = corpus.open_corpus(channel="speech")
two = table.query("actor <= 8 and emotion in ['angry', 'fearful']")
two = two.reset_index(drop=True)
# the usual reference, the clip's own peak, would make all peaks 0 dB
full_scale = AudioConfig(reference="full_scale")
pictures = hearing.corpus_features(two, config=full_scale)
level = pictures.max(axis=(1, 2, 3)).astype(float)
level = (level - level.mean()) / level.std()
angry = (two["emotion"] == "angry").to_numpy()


def loss_of(weight):
    """Return the mean cross-entropy at one weight."""
    of_angry = 1 / (1 + np.exp(-weight * level))
    losses = -np.log(np.where(angry, of_angry, 1 - of_angry))
    return losses.mean()


print("loss at weight 0:", loss_of(0).round(2), end=" - ")
print("at weight 0.5:", loss_of(0.5).round(2))

# %% [markdown]
# Such a net takes every loud clip for an angry one. Hear the fearful one that misleads it most:

# %%
fearful = np.flatnonzero(~angry)
worst = fearful[level[fearful].argmax()]
misleading = hearing.hear(two["path"].iloc[worst]).trimmed
plots.listen(misleading, title=two["emotion"].iloc[worst], loud=True)

# %% [markdown]
# At weight 0 the net ignores the sound, and its loss is that of guessing between two, 0.69. A real net has hundreds of
# thousands of weights, and nobody can try them all. But stand anywhere on the curve, and feel whether
# the ground rises or falls. The slope under your feet is the **gradient**. Take a step against it:
#
# > new weight = weight - learning rate x gradient
#
# The **learning rate** says how large the step is. That is **gradient descent**, and it is all of learning.
#
# And hundreds of thousands of slopes? A net is a chain of simple steps, and the slope of a chain is the product of the
# slopes of its links (the *chain rule*). Our net has two links: from weight to score the slope is the clip's loudness,
# from score to loss it is *probability minus truth* (1 or 0). The gradient is their product, averaged over the clips. In a
# deep net, one walk backwards, from the loss to the first layer, yields all slopes: **backpropagation**.
#
# ### Exercise 5.3 - Code: walk downhill (8 min)
#
# Given: a function `gradient(weight)`, a weight to start from, a learning rate, and a number of steps. Expected: the list
# of all weights that were visited, the start included: `steps + 1` numbers. Worked example: for the gradient 2 x weight,
# start 1, learning rate 0.25 and two steps, the answer is `[1, 0.5, 0.25]`.
#
# <details><summary>Hint 1: where to look</summary>Start with a list that holds the start; each step appends one weight, made from the last one.</details>
# <details><summary>Hint 2: the key step</summary>The last weight of the list is <code>path[-1]</code>; ask for the gradient there, not at the start.</details>


# %%
def descend(gradient, start, rate, steps):
    """Return the weights that gradient descent visits, the start first."""
    ### BEGIN SOLUTION
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
    return path
    ### END SOLUTION


check = checks.lesson_05.descend(descend)

# %% [markdown] tags=["solution"]
# **Why minus?** The gradient points uphill. **Common wrong answer:** plus; the symptom is a loss that grows with each
# step.


# %% [markdown]
# The slider below sets the learning rate. **Predict first:** what happens with a very small one, and what with a very
# large one?


# %%
def gradient_of(weight):
    """Return the mean over the clips of both slopes' product."""
    of_angry = 1 / (1 + np.exp(-weight * level))
    return np.mean(level * (of_angry - angry))


measured = (loss_of(0.5 + 1e-4) - loss_of(0.5 - 1e-4)) / 2e-4
print("slope at weight 0.5, by the chain rule:", gradient_of(0.5).round(3))
print("measured, a little to the left and right:", measured.round(3))


# %%
def walk_by_keras(slope, weight, rate, steps):
    """Do the same with the plainest optimizer of Keras."""
    sgd, place = keras.optimizers.SGD(rate), keras.Variable(float(weight))
    visited = [weight]
    while len(visited) <= steps:
        sgd.apply([keras.ops.array(slope(visited[-1]), "float32")], [place])
        visited.append(float(place.numpy()))
    return visited


descend = descend if check.ok else walk_by_keras


# %%
def walk(rate):
    """Draw twelve steps of gradient descent at one learning rate."""
    path = descend(gradient_of, -1.5, rate, 12)
    weights = np.linspace(-2.5, 8, 200)
    figure, ax = plots.new_figure()
    ax.plot(
        weights, [loss_of(w) for w in weights], color="black", label="loss"
    )
    losses = [loss_of(w) for w in path]
    ax.plot(path, losses, "o-", color="#D55E00", label="steps")
    ax.set(xlabel="weight (number)", ylabel="loss (nats)", xlim=(-2.5, 8))
    ax.set_title(f"learning rate {rate:g}: loss {losses[-1]:.2f} at last")
    ax.legend()
    return figure


plots.moving(walk, rate=(0.5, 16.0, 0.5))

# %% [markdown]
# With 0.5 the net has not arrived after twelve steps. Around 5 it arrives at once. From about 12 on each step
# leaps over the valley, the next one leaps back, and it never settles: a large rate is bad because the slope is only true
# nearby. A common start is 0.001 with *Adam*. For each weight, Adam remembers the mean of the last slopes, which smooths
# the way, and divides it by their usual size: so all weights take steps of about the learning rate.
#
# ## 3. Batches and epochs
#
# To know the gradient exactly, the net would have to hear all clips before each step. It takes a handful instead, a
# **batch**, and steps after each of them. The direction is a little wrong each time, and right on average - and there are
# many more steps. When every clip has been heard once, an **epoch** is over.
#
# ### Exercise 5.4 - Predict: how many steps? (4 min)
#
# The student project trains on 5883 pictures, in batches of 64, and stopped after 36 epochs.
#
# Given: these numbers. Expected: a whole number. The last batch of an epoch is smaller, and makes a step, too.
#
# <details><summary>Hint 1: where to look</summary>How many batches does one epoch have?</details>
# <details><summary>Hint 2: the key function</summary>Divide, round up (<code>math.ceil</code>), then multiply by the epochs.</details>

# %%
### BEGIN SOLUTION
my_steps = int(np.ceil(5_883 / 64)) * 36
### END SOLUTION
check = checks.lesson_05.steps(my_steps)

# %% [markdown] tags=["solution"]
# **Why:** 91 full batches and one of 59 pictures make 92 steps an epoch, and 3312 in all. **Common wrong answer:**
# 5883 x 36 / 64 without rounding up in each epoch: 3309.

# %% [markdown]
# ## 4. Two helpers inside the net
#
# **Batch normalization.** Levels in dB go from -80 to 0. With its random weights, each kernel makes of them answers on a
# scale of its own, and one learning rate cannot fit them all. Batch normalization computes the mean and the spread of each
# kernel's answers *over the batch*, and uses them to bring the answers to mean 0 and spread 1. (Then the learned scale and
# shift of lesson 04 act.) When the net is *asked* about a single clip, there is no batch: it uses running averages from
# training.
# Here are four kernels' answers in a fresh net (without ReLU), before and after:

# %%
keras.utils.set_random_seed(SEED)
batch = pictures[::12]
raw = np.asarray(layers.Conv2D(4, 3, kernel_initializer="he_normal")(batch))
normalized = np.asarray(layers.BatchNormalization()(raw, training=True))
sample = np.random.default_rng(SEED).integers(0, raw[..., 0].size, 2000)
values = {"before": raw, "after": normalized}
answers = pd.concat(
    pd.DataFrame(
        {"when": when, "kernel": k + 1, "answer": x[..., k].ravel()[sample]}
    )
    for when, x in values.items()
    for k in range(4)
)
answers["answer"] = answers["answer"].astype(float)
groups = answers.groupby(["when", "kernel"], sort=False)
groups["answer"].std().unstack().round(1)

# %%
grid = sns.displot(
    answers,
    x="answer",
    hue="kernel",
    col="when",
    bins=40,
    common_bins=False,
    element="step",
    fill=False,
    palette="colorblind",
    height=3,
    aspect=1.3,
    facet_kws={"sharex": False, "sharey": False},
)
grid.set_titles("{col_name} - " + corpus.corpus_title(table))
grid.set(xlabel="answer (number)", ylabel="places (count)", ylim=(0, 120))

# %% [markdown]
# Before, one kernel answers to silence (the spikes, cut off here) with far less than 0 and another with far more; after, all
# answers lie within about 3 of 0, and one size of step suits all.
#
# **Dropout.** While the net is trained, a random quarter of the answers is set to 0 in each step, and the rest is raised
# so that the sum stays the same on average. The net can never rely on one answer alone, because it may be missing next
# time. When the net is *asked*, nothing is dropped. Two such masks, on a picture (what is left gets brighter):

# %%
# raised by 80 dB, so that the 0 which dropout writes is silence
one = hearing.hear(two["path"].iloc[0]).picture[None, ..., None] + 80
dropped = {"as it is": one[0, ..., 0] - 80}
for seed in (1, 2):
    mask = layers.Dropout(0.25, seed=seed)(one, training=True)
    dropped[f"mask {seed}"] = np.clip(np.asarray(mask)[0, ..., 0], 0, 80) - 80
title = plots.title_with_corpus("dropout", table)
plots.show_mels(dropped, columns=3, title=title)

# %% [markdown]
# Hear the clip with a quarter of its Fourier coefficients dropped: what is missing in one place is found in others, and
# dropout makes the net look there.

# %%
spectra = librosa.stft(hearing.hear(two["path"].iloc[0]).trimmed)
left = np.random.default_rng(SEED).random(spectra.shape) >= 0.25
sound = librosa.istft(left * spectra / 0.75)
plots.listen(sound, title="a quarter dropped", loud=True)

# %% [markdown]
# ## 5. Compile, fit
#
# The clips of six voices are the **training set**, those of two others the **validation set**: after each epoch the net is
# asked about them, but never learns from them. To keep the wait short, this net has a quarter of the student project's
# kernels, one dense layer, and sees every second band and frame.

# %%
few = table.query("actor <= 8 and statement == 1").reset_index(drop=True)
x = hearing.corpus_features(few)[:, ::2, ::2]
y = few["emotion"].map(EMOTIONS.index).to_numpy()
train, validation = few["actor"] <= 6, few["actor"] > 6
print("training clips:", int(train.sum()), end=", ")
print("validation clips:", int(validation.sum()))


# %%
def build(dropout):
    """Return four blocks of a quarter of the student project's kernels."""
    keras.utils.set_random_seed(SEED)
    small = keras.Sequential([keras.Input(x.shape[1:])])
    # with Keras's momentum of 0.99, running averages need hundreds of steps;
    # this training takes 96, and the net would answer nonsense
    for filters in (8, 16, 32, 64):
        small.add(layers.Conv2D(filters, 3, activation="relu"))
        small.add(layers.BatchNormalization(momentum=0.8))
        small.add(layers.MaxPooling2D())
        small.add(layers.Dropout(dropout))
    small.add(layers.GlobalAveragePooling2D())
    small.add(layers.Dense(len(EMOTIONS), activation="softmax"))
    return small


# %% [markdown]
# `compile` says how the net shall learn: which method takes the steps, which loss it makes small, and what to report.
# (*Sparse*: the true emotion is given as a number.) `fit` does it, and remembers every epoch in its `history`.

# %%
small = build(dropout=0.25)
cost = "sparse_categorical_crossentropy"
small.compile(keras.optimizers.Adam(1e-3), cost, metrics=["accuracy"])

# %%
options = {"batch_size": 16, "verbose": 0}
options["validation_data"] = (x[validation], y[validation])
fitted = small.fit(x[train], y[train], epochs=8, **options)
print(list(fitted.history))


# %%
def draw_curves(history, title):
    """Draw the loss of training and of validation over the epochs."""
    frame = pd.DataFrame(history)[["loss", "val_loss"]]
    frame.columns = ["training", "validation"]
    frame.index = range(1, len(frame) + 1)
    ax = sns.lineplot(frame, markers=True)
    ax.set(xlabel="epoch (number)", ylabel="loss (nats)", ylim=(0, 3))
    ax.set_title(title)
    # the description for the blind tells trends: numbers differ by machine
    ax.coarse = ax.lines[1].restless = True
    return ax


draw_curves(fitted.history, plots.title_with_corpus("six voices", table))

# %% [markdown]
# (The numbers differ from machine to machine; the trends do not.) On the practice corpus both curves fall, and stay
# together: what the net learns from six voices helps it with the two others. (At first training lies higher: it is measured
# with dropout on, while the net still improves.) On RAVDESS only the training loss falls: real
# voices differ more, and six are too few to learn from. **Predict first:** the same net without dropout: which curve will
# fall further, and which will not?

# %%
bare = build(dropout=0.0)
bare.compile(optimizer=keras.optimizers.Adam(1e-3), loss=cost)
without = bare.fit(x[train], y[train], epochs=8, **options)
curves = {"without dropout": without.history}
curves["with dropout 0.25"] = fitted.history


def choose(net):
    """Draw the curves of one of the two trainings."""
    return draw_curves(curves[net], net).figure


plots.moving(choose, net=list(curves))

# %%
last = [history["loss"][-1] for history in (without.history, fitted.history)]
print("training loss is lower without dropout:", last[0] < last[1])
other = without.history["val_loss"]
print("without it, validation loss rises again:", other[-1] > min(other))

# %% [markdown]
# Without dropout the training loss falls to almost nothing. On the practice corpus the validation loss turns half-way and
# rises (on RAVDESS it hardly ever falls): from there on the net learns *by heart*, and is sure of itself where it is
# wrong. That is **overfitting**. Dropout slows it down, on the practice corpus until the end. The best validation loss is
# nearly the same: more voices would help more than any trick.
#
# ## 6. When to stop
#
# Here is a real training: we trained the student project's net anew on RAVDESS, with 18 actors for training, two others for
# validation, and four for the test. It stopped after 30 epochs.

# %%
folder = pathlib.Path(net.__file__).parents[1] / "reference"
runs = json.loads((folder / "histories.json").read_text())
recorded = runs["actors_student"]["1"]
real = pd.DataFrame(recorded).set_index("epoch")
shown = real[["loss", "val_loss", "learning_rate"]]
shown.iloc[[0, 9, 11, 12, 13, 19, 29]].round({"loss": 3, "val_loss": 3})

# %%
names = {"loss": "training", "val_loss": "validation"}
ax = sns.lineplot(real[list(names)].rename(columns=names), markers=True)
ax.set(xlabel="epoch (number)", ylabel="loss (nats)")
ax.set_title("student project - RAVDESS")
ax

# %% [markdown]
# In epoch 13 the validation loss, which had jumped about, falls all at once: the *learning rate* was lowered, from 0.001 to
# 0.0002. (The gap that stays, 0.36 against 1.29 at the end, is overfitting again.) A **callback** did that: a helper that
# acts after each epoch. Three of them belong to almost every training:
#
# * `ReduceLROnPlateau` lowers the learning rate when the validation loss has not improved for some epochs;
# * `EarlyStopping` ends the training when that has gone on for longer, and brings back the best weights;
# * `ModelCheckpoint` keeps the best net on the disk.
#
# How many epochs without improvement a callback tolerates is its **patience**.
#
# ### Exercise 5.5 - Code: when to stop (8 min)
#
# Stop when the lowest loss lies `patience` or more epochs back. An equal loss is no better one.
#
# Given: a list of losses, one for each epoch so far, perhaps empty; the patience. Expected: `True` or `False`. Worked
# example: `should_stop([3.0, 1.0, 2.0, 1.5], 2)` is `True`, since 1.0 lies two epochs back.
#
# <details><summary>Hint 1: where to look</summary>Find the epoch of the lowest loss. How long ago was it?</details>
# <details><summary>Hint 2: the key functions</summary><code>min</code> and <code>list.index</code>, which finds the first of equal ones.</details>


# %%
def should_stop(losses, patience):
    """Return True when the last `patience` epochs brought no lower loss."""
    ### BEGIN SOLUTION
    if not losses:
        return False
    best = losses.index(min(losses))
    return len(losses) - 1 - best >= patience
    ### END SOLUTION


check = checks.lesson_05.should_stop(should_stop)

# %% [markdown] tags=["solution"]
# **Why the best, not the one before?** Losses zigzag. **Common wrong answer:** comparing the last loss with the one
# before it, which stops at the first bump.

# %%
losses = real["val_loss"].tolist()
for patience in (2, 5, 10):
    epochs = range(1, 31) if check.ok else []
    stops = [n for n in epochs if should_stop(losses[:n], patience)]
    last = stops[0] if stops else "-"
    print(f"patience {patience:2d}: stops after epoch {last}")

# %% [markdown]
# With a patience of 2 or even 5 this training would have ended before the fall in epoch 13. So early stopping needs more
# patience than `ReduceLROnPlateau`: a lowered rate must have time to help.
#
# ### Exercise 5.6 - Code: the student project's callbacks (7 min)
#
# Write the three callbacks as the student project has them. It monitors the loss on the validation clips (`val_loss`) to
# stop, with patience 10, and to lower the learning rate, to a fifth (factor 0.2) after 5 epochs, but not below 0.00001. It
# keeps the net with the best `val_accuracy`.
#
# Given: the path of a file. Expected: a list of three callbacks.
#
# <details><summary>Hint 1: where to look</summary>All three live in <code>keras.callbacks</code>; each takes as <code>monitor=</code> what it looks at.</details>
# <details><summary>Hint 2: the key options</summary><code>patience</code>, <code>restore_best_weights</code>; <code>factor</code>, <code>min_lr</code>; <code>save_best_only</code>.</details>


# %%
def make_callbacks(path):
    """Return early stopping, a falling rate, and a checkpoint at `path`."""
    ### BEGIN SOLUTION
    from keras import callbacks

    stop = callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    slower = callbacks.ReduceLROnPlateau(factor=0.2, patience=5, min_lr=1e-5)
    best = {"monitor": "val_accuracy", "save_best_only": True}
    keep = callbacks.ModelCheckpoint(path, **best)
    return [stop, slower, keep]
    ### END SOLUTION


check = checks.lesson_05.make_callbacks(make_callbacks)

# %% [markdown] tags=["solution"]
# **Why `restore_best_weights`?** Without it you keep the net of the last epoch, ten after the best. **Common wrong
# answer:** leaving out `save_best_only`, so that every epoch overwrites the file.

# %%
if check.ok:
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / "best.keras"
        helpers = make_callbacks(path)
        small.fit(x[train], y[train], epochs=2, callbacks=helpers, **options)
        print("two more epochs; the checkpoint is there:", path.exists())

# %% [markdown]
# But validation clips take part in the choice: the best epoch was chosen *because* it suited their voices. The
# student project used its **test** clips for validation. Lesson 06 shows what that is worth.
#
# ### Exercise 5.7 - Explain: more layers? (5 min)
#
# A friend's net knows 100 % of its training clips and 40 % of the validation clips. "The net is too stupid," says the
# friend, "I need more layers." Answer in two or three sentences.
#
# <details><summary>Hint 1: where to look</summary>What does 100 % on the training clips say about the size of the net?</details>
# <details><summary>Hint 2: the key words</summary>Memory; more voices.</details>
# <details><summary>Model answer</summary>The net is large enough to know all its training clips by heart. What is missing is variety: more voices, changed copies of the clips, dropout, an earlier stop.</details>

# %% [markdown]
# ## Quiz
#
# **1. After the first batch your loss is 2.1, with eight emotions. What has the net learned?**
# <details><summary>a) Nothing yet.</summary>Yes: guessing among eight costs the logarithm of 8, which is 2.08.</details>
# <details><summary>b) About half of it.</summary>No: a loss has no upper end, so there is no half; compare it with guessing.</details>
# <details><summary>c) It is broken, a loss must lie below 1.</summary>No: cross-entropy can be any positive number.</details><br>
#
# **2. The loss jumps up and down from step to step and does not fall. What do you change first?**
# <details><summary>a) The number of epochs.</summary>No: it would jump for longer.</details>
# <details><summary>b) The learning rate: lower.</summary>Yes: it steps over the valley, as in the picture with the slider.</details>
# <details><summary>c) The dropout: higher.</summary>No: that makes each step noisier, not smaller.</details><br>
#
# **3. Training loss falls, validation loss rises. You ...**
# <details><summary>a) keep the epoch with the lowest validation loss.</summary>Yes: what came after it helped only with the training clips.</details>
# <details><summary>b) train on, it will turn.</summary>No: only a change might turn it, as the lowered rate did in epoch 13.</details>
# <details><summary>c) validate on training clips.</summary>No: that only hides the problem.</details>
#
# ## What we learned
#
# * A loss says how wrong the net is; each step moves every weight a little against the gradient, as far as the learning
#   rate says.
# * Batch normalization brings the answers of all kernels to one scale; dropout keeps the net from relying on any single answer.
# * Callbacks lower the rate, stop in time and keep the best; validation clips take part in the choice.
#
# **Next:** `06_evaluation` - how good is it, really? **Sources:** `README.md`.
