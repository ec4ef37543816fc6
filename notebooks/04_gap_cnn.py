# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 - A convolutional net with global average pooling
#
# **Question: what does a CNN see in a spectrogram?**
#
# After this lesson you can
#
# * **count** the parameters of a four-block net by hand, and say what global pooling saves;
# * **train** a net, read its learning curves, and stop it in time;
# * **look** at the parts of a picture that spoke for an answer.
#
# Minutes: 15 to read, 25 to do, under 1 to compute. You need: lesson 02 (mel pictures). No deep learning.

# %% tags=["setup"]
# Set-up: does nothing where the course is installed. On Colab it installs the course, once.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("ser_lessons") is None:
    ours = (3, 11) <= sys.version_info[:2] <= (3, 13)
    assert ours, "The course needs Python 3.11 to 3.13. On Colab: Runtime > Change runtime type > Runtime version."
    address = input("Address of the repository this lesson comes from (https://...): ")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "git+" + address], check=True)

# %%
import numpy as np

from ser_lessons import checks, corpus, evaluate, plots
from ser_lessons.config import EMOTIONS
from ser_lessons.corpus import splits
from ser_lessons.net import activation, experiments, models, training
from ser_lessons.sound import hearing

plots.course_style()

# %% [markdown]
# ## 1. One filter
#
# A *convolution* slides a small table of weights over the picture, and at each place adds up weights times levels. This
# one compares each frame with the frame before it, over three bands. **Predict first:** where will it answer strongly?

# %%
table = corpus.open_corpus(channel="speech")
clip = table.query("actor == 1 and emotion == 'angry' and intensity == 'strong'").iloc[0]
mel_db = hearing.hear(clip["path"]).picture
kernel = np.array([[-1, 1]] * 3) / 3
windows = np.lib.stride_tricks.sliding_window_view(mel_db, kernel.shape)
response = (windows * kernel).sum(axis=(2, 3))
print(mel_db.shape, "->", response.shape)

# %%
title = plots.title_with_corpus("one filter", table)
plots.show_filter_maps({"picture": mel_db, "after ReLU": np.maximum(response, 0)}, title=title)

# %% [markdown]
# It answers to *onsets*, where the level jumps up. *ReLU* dropped what is negative. In a net, training finds the weights.
#
# ## 2. Four blocks
#
# The original net has four blocks: 32, 64, 128, 256 filters of 3 x 3; then *batch normalization* (a common scale), *max pooling*
# (the strongest of 2 x 2 survives), and *dropout* (a random quarter is silenced while training).

# %%
net = models.student_cnn()
for layer in net.layers:
    if layer.name.startswith(("conv", "pool", "gap", "dense", "emotion")):
        print(f"{layer.name:8s} {str(layer.output.shape[1:]):16s} {layer.count_params():9,}")


# %% [markdown]
# The picture shrinks, the channels grow: less *where*, more *what*. The last column counts parameters. Where does 320
# come from?
#
# ### Exercise 4.1 - Code: count the parameters (6 min)
#
# A filter of size 3 x 3 sees all input channels at once, and has one bias.
#
# Given: side of the filter, input channels, number of filters. Expected: a whole number, for example
# `conv_parameters(3, 1, 32)` -> `320`.
#
# <details><summary>Hint 1: where to look</summary>Start with one filter on one channel: how many numbers?</details>
# <details><summary>Hint 2: the key step</summary>The second layer's filter reaches through all 32 channels below it.</details>

# %%
def conv_parameters(size, channels, filters):
    """Return the number of weights and biases of a convolution layer."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_04.conv_parameters(conv_parameters)

# %%
kinds = {"conv": 0, "norm": 0, "dense": 0, "emotion": 0}
for layer in net.layers:
    kind = layer.name.split("_")[0]
    kinds[kind] = kinds.get(kind, 0) + layer.count_params()
print({kind: count for kind, count in kinds.items() if count}, "sum", f"{sum(kinds.values()):,}")

# %% [markdown]
# The sum is the number the original project reports. Pooling and dropout have nothing to learn.
#
# ## 3. Global average pooling
#
# After block four, each of 256 channels is a map of 6 x 6. *Global average pooling* (GAP) keeps the mean of each map;
# *Flatten* would keep every place.
#
# ### Exercise 4.2 - Predict: what would Flatten cost? (4 min)
#
# The next layer has 128 units. How many times as many parameters would it need after Flatten?
#
# Given: the shapes above. Expected: a factor, within a fifth; for example `2` would mean twice as many.
#
# <details><summary>Hint 1: where to look</summary>How many numbers reach the dense layer in each case?</details>
# <details><summary>Hint 2: the key step</summary>One channel: one mean, or all its places.</details>

# %%
my_factor = ...  # YOUR ANSWER HERE
with_gap, with_flatten = (256 + 1) * 128, (6 * 6 * 256 + 1) * 128
checks.lesson_04.flatten_factor(my_factor, with_flatten, with_gap)

# %%
print(f"GAP {with_gap:,}; Flatten {with_flatten:,}; larger picture, same net:", end=" ")
print(f"{models.student_cnn(input_shape=(128, 260, 1)).count_params():,}")

# %% [markdown]
# GAP asks *whether*, not *when*: a laugh counts early or late. And the net fits pictures of any length.
#
# ## 4. Training, and when to stop
#
# The original net is slow on a CPU. We train its cheaper cousin, the course's own net. Six voices train it, two others *validate*: they are only watched. **Predict first:** sketch both accuracy curves.

# %%
voices = [actor for fold in splits.ACTOR_FOLDS[:3] for actor in fold]
few = table.query("actor in @voices and statement == 1").reset_index(drop=True)
split = splits.actor_folds(few)[0]
print(len(split.train), "clips to train,", len(split.validation), "to validate; leaks:", end=" ")
print(len(evaluate.check_leaks(few, split, audio=False)))

# %%
recipe = training.Recipe(epochs=10, batch_size=16, patience=None, plateau=None)
setting = experiments.Net(models.course_cnn, recipe, models.COURSE_AUDIO)
_, history, course = experiments.run_fold(few, split, net=setting)
print("epochs:", len(history))

# %%
plots.show_learning_curves(history, title=plots.title_with_corpus("six voices", table), coarse=True)

# %%
last = history[-1]
print("training accuracy above twice chance:", last["accuracy"] > 2 / 8)
print("above the validation by more than 10 points:", last["accuracy"] - last["val_accuracy"] > 0.1)


# %% [markdown]
# (Numbers differ between machines, so the text tells trends.) The curves part: the net gets better on its six voices than on
# new ones. That is *overfitting*. A *callback* looks on after each epoch, and stops.
#
# ### Exercise 4.3 - Code: when to stop (8 min)
#
# Stop when the lowest validation loss lies `patience` or more epochs back. An equal loss is no better one.
#
# Given: list of losses, one an epoch, maybe empty; patience. Expected: `True` or `False`, for example
# `should_stop([3.0, 1.0, 2.0, 1.5], 2)` -> `True`.
#
# <details><summary>Hint 1: where to look</summary>Find the epoch of the lowest loss; how long ago was it?</details>
# <details><summary>Hint 2: the key functions</summary><code>min</code> and <code>list.index</code>, which finds the first of equal ones.</details>

# %%
def should_stop(losses, patience):
    """Return True when the last `patience` epochs brought no lower loss."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_04.should_stop(should_stop)

# %% [markdown]
# The package's version, `training.schedule`, also lowers the learning rate:

# %%
losses = [2.0, 1.5, 1.2, 1.3, 1.25, 1.4, 1.3, 1.5, 1.6]
for patience in (3, 10):
    print(patience, training.schedule(losses, training.Recipe(patience=patience)))

# %% [markdown]
# Mind who is watched. The original watched its *test* clips, so the best epoch was chosen on the examination (lesson 09).
#
# ## 5. What spoke for the answer?
#
# *Grad-CAM* weighs the last maps by how much each would raise the answer. Our clip, the label *angry*. **Look for**
# whether the bright places hold sound at all.

# %%
picture = hearing.hear(clip["path"], config=models.COURSE_AUDIO).picture
evidence = activation.grad_cam(course, picture[None, ..., None], EMOTIONS.index("angry"))
title = plots.title_with_corpus("angry", table)
plots.show_activation(picture, evidence, config=models.COURSE_AUDIO, title=title, coarse=True)

# %% [markdown]
# The map is coarse: the last layer has few places. It shows where, not why; a bright padding would be a warning, a
# bright voice is no proof.
#
# ### Exercise 4.4 - Explain: overfitting (5 min)
#
# A friend trains on, sees 100 % on the training clips, 40 % on validation, and concludes: "The net is too stupid; I need
# more layers." Answer.
#
# <details><summary>Hint 1: where to look</summary>What does 100 % on the training clips say about the size of the net?</details>
# <details><summary>Hint 2: the key words</summary>Memory; more voices.</details>
# <details><summary>Model answer</summary>The net is large enough to know all training clips by heart; more layers would memorize faster. What
# lacks is variety: more voices, changed copies, dropout, an earlier stop - and a validation on unseen voices, so that memory cannot pass for skill.</details>

# %% [markdown]
# ## Quiz
#
# **1. You double the length of all clips. What happens to the number of parameters?**
# <details><summary>a) It doubles.</summary>No: filters are shared by all places of the picture.</details>
# <details><summary>b) Nothing.</summary>Yes: filters slide, and GAP averages maps of any size.</details>
# <details><summary>c) It grows in the dense layer.</summary>No: that would be so with Flatten.</details><br>
#
# **2. Training loss falls, validation loss rises. You ...**
# <details><summary>a) keep the epoch with the lowest validation loss.</summary>Yes: after it, only memory grew.</details>
# <details><summary>b) train on, it will turn.</summary>No: nothing in the training pulls it down again.</details>
# <details><summary>c) validate on training clips.</summary>No: that hides the problem, and the net stays as it is.</details><br>
#
# **3. Class activation is bright on the padding before the voice. What do you suspect?**
# <details><summary>a) A better net.</summary>No: nobody expresses an emotion by silence added afterwards.</details>
# <details><summary>b) A bug in the plot.</summary>No: possible, but first ask what padding could give away.</details>
# <details><summary>c) The net measures the clip's length.</summary>Yes: length is a cue of tempo, but also of the recording.</details>
#
# ## What we learned
#
# * Filters are small and shared; their number, not the picture, makes the size of a net.
# * Global average pooling saves parameters, and forgets *when*.
# * Where the curves part, memory begins; what is watched to stop must not be the test.
#
# **Next:** `06_evaluation` - how good is it, really? **Sources:** `README.md`.
