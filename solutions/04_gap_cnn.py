# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 - What a CNN sees
#
# **Question: what does a CNN see in a spectrogram?**
#
# After this lesson you can
#
# * **slide** a small kernel over a picture, and say what ReLU and pooling make of its answers;
# * **build** the student project's net in Keras, and know how many parameters it has before Keras counts them;
# * **explain** what global average pooling forgets, and look at the part of a picture that spoke for an answer.
#
# Minutes: 25 to read, 45 to do, under 1 to compute. You need: lesson 02 (mel pictures). No deep learning.

# %%
import functools

import ipywidgets
import librosa
import numpy as np
import scipy.signal

from ser_lessons import checks, corpus, net, plots, predict

print("Loading TensorFlow takes up to a minute ...")
net.start_keras()  # keeps TensorFlow's remarks on your graphics card away
import keras
from keras import layers

plots.course_style()

# %% [markdown]
# ## 1. Nine numbers that slide
#
# In lesson 02 you turned a sound into a picture: 128 mel bands by 130 frames. Here is an angry sentence, in
# the middle of 3 s.

# %%
table = corpus.open_corpus(channel="speech")
loud = table.query("emotion == 'angry' and intensity == 'strong'")
clip = loud.query("actor == 1").iloc[0]
signal, rate = librosa.load(clip["path"], sr=22_050)
signal, _ = librosa.effects.trim(signal, top_db=20)
signal = librosa.util.pad_center(signal[: 3 * rate], size=3 * rate)
mel = librosa.feature.melspectrogram(y=signal, sr=rate)
picture = librosa.power_to_db(mel, ref=np.max)
print(picture.shape, "levels from", picture.min().round(), "to 0 dB")

# %%
plots.listen(signal, title="an angry sentence", loud=True)

# %%
plots.show_mel(picture, title=plots.title_with_corpus("angry", table))

# %% [markdown]
# You see at once where the voice begins. A program can compare the right side of a small window, three bands high and
# three frames wide, with its left side. Nine numbers do that: a **kernel** (or *filter*). Lay it on the window, multiply
# each level by the number that lies on it, and add up the nine products:

# %%
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]) / 3
onset = int(np.diff(picture[20:40].mean(axis=0)).argmax())
window = picture[30:33, onset : onset + 3]
print(window[::-1].round())  # the highest band first, as in the figure
print("answer:", (window * kernel).sum().round(1), "dB")

# %% [markdown]
# The left levels count negatively, the right ones positively, so the answer says by how many dB the
# sound grows here. (Dividing by 3 makes it a mean of three bands.)
#
# Now slide the window: frame by frame to the right, then one band up, and along that row. Each place gives
# one answer, and all answers together make a new picture. That is a **convolution**, and a net made of
# convolutions is a **CNN**, a *convolutional neural network*.
#
# **Predict first:** the window must fit into the picture of 128 by 130. How large is the picture of answers?
#
# ### Exercise 4.1 - Code: slide the kernel (10 min)
#
# Given: a picture, shape (bands, frames), and a kernel, shape (height, width). Expected: one answer for each place where
# the kernel fits, in rows and columns like the places. Worked example: the picture `[[1, 2, 5]]` and the
# kernel `[[-1, 1]]` give `[[1, 3]]`.
#
# <details><summary>Hint 1: where to look</summary>A double loop over the upper left corners does it: cut out the window, multiply, sum, store. Start with an array of zeros of the right shape.</details>
# <details><summary>Hint 2: a key function</summary><code>np.lib.stride_tricks.sliding_window_view(picture, kernel.shape)</code> cuts out all windows at once; its last two axes are the window.</details>


# %%
def convolve(picture, kernel):
    """Return the kernel's answer at every place where it fits."""
    ### BEGIN SOLUTION
    shape = np.shape(kernel)
    windows = np.lib.stride_tricks.sliding_window_view(picture, shape)
    return (windows * kernel).sum(axis=(2, 3))
    ### END SOLUTION


check = checks.lesson_04.convolve(convolve)

# %% [markdown] tags=["solution"]
# **Why:** `windows` has one window for each place; multiply, and sum over its two axes. **Common wrong answer:**
# `scipy.signal.convolve2d`. Its symptom is that sounds that *start* come out negative.

# %% [markdown]
# If your function passed, the lesson goes on with it, if not, with SciPy's `correlate2d`.

# %%
by_scipy = functools.partial(scipy.signal.correlate2d, mode="valid")
convolve = convolve if check.ok else by_scipy
response = convolve(picture, kernel)
print(picture.shape, "->", response.shape)

# %% [markdown]
# ### Play: nine numbers of your own
#
# Type three rows of three numbers, the top row first, and press Enter. (They are scaled, as by the 3 above, so that answers
# stay in decibels.) Move the window with the sliders: below you see its nine levels, the numbers on them, and the
# products. **Predict first** what will light up with
#
# * `-1 0 1 -1 0 1 -1 0 1` - a sound that starts, or one that stops?
# * `-1 -1 -1 2 2 2 -1 -1 -1` - one band that is louder than its neighbors: a harmonic;
# * `1 1 1 1 1 1 1 1 1` - only the mean of nine levels. Which sign have all its answers?


# %%
def nine_numbers(text):
    """Return the typed kernel, the lowest row first, scaled to decibels."""
    try:
        words = text.replace(",", " ").split()
        rows = np.array(words, dtype=float).reshape(3, 3)[::-1]
    except ValueError:
        raise ValueError("nine numbers, please") from None
    return rows / max(rows.clip(min=0).sum(), -rows.clip(max=0).sum(), 1e-9)


@functools.cache  # all answers are computed once, not at every step
def answer_all(numbers):
    """Return the typed kernel and its answers at all places."""
    mine = nine_numbers(numbers)
    return mine, convolve(picture, mine)


def slide(numbers, frame, band):
    """Draw the window at one place, its nine products, and all answers."""
    place = {"row": band, "frame": frame}
    return plots.show_convolution(picture, *answer_all(numbers), **place)


# %%
nine = ipywidgets.Text("-1 0 1 -1 0 1 -1 0 1", continuous_update=False)
plots.moving(
    slide,
    numbers=nine,
    frame=ipywidgets.IntSlider(onset, 0, 127),
    band=ipywidgets.IntSlider(30, 0, 125),
)

# %% [markdown]
# ## 2. Keep what fits, shrink what is left
#
# **ReLU** (*rectified linear unit*) keeps positive answers and replaces negative ones by 0. Without this bend, ten
# convolutions in a row would be no better than one: sums of sums are just sums.
#
# What does ReLU make of the nine ones? Levels lie between -80 and 0 dB, so all their answers are negative, and all are
# wiped out. Therefore each kernel has one more number, its **bias**, which is added to every answer before ReLU. With a
# bias of 80 dB, the nine ones tell how far each place lies above silence.
#
# **Max pooling** cuts the answers into squares of 2 by 2 and keeps the largest of the four. What remains is half as high
# and half as wide, and often it no longer matters whether the sound began one frame earlier or later.

# %%
kept = np.maximum(response, 0)
nine_ones = convolve(picture, np.ones((3, 3)) / 9)
for bias in (0, 80):
    left = np.mean(np.maximum(nine_ones + bias, 0) > 0.1)  # not by rounding
    print(f"nine ones, bias {bias}: {left:.0%} of the answers survive ReLU")

# %% [markdown]
# ### Exercise 4.2 - Code: max pooling (8 min)
#
# Given: answers, shape (rows, columns), at least 2 by 2. Expected: the largest of each square of 2 by 2, shape
# (rows // 2, columns // 2); an odd row or column at the end is left out. Worked example: `[[1, 2, 9], [3, 4, 9]]` gives
# `[[4]]`.
#
# <details><summary>Hint 1: where to look</summary>Every second row, starting with the first, and every second row, starting with the second: <code>answers[0::2]</code> and <code>answers[1::2]</code>. Mind the odd row at the end.</details>
# <details><summary>Hint 2: the key functions</summary>Cut to an even size, then <code>reshape(rows // 2, 2, columns // 2, 2)</code> and take the maximum over axes 1 and 3.</details>


# %%
def max_pool(answers):
    """Return the largest of each square of 2 by 2 answers."""
    ### BEGIN SOLUTION
    rows, columns = (size // 2 for size in np.shape(answers))
    even = np.asarray(answers)[: 2 * rows, : 2 * columns]
    return even.reshape(rows, 2, columns, 2).max(axis=(1, 3))
    ### END SOLUTION


check = checks.lesson_04.max_pool(max_pool)

# %% [markdown] tags=["solution"]
# **Why:** after `reshape`, axes 1 and 3 count inside a square. **Common wrong answer:** `answers[::2, ::2]`, which keeps
# the *first* of four, not the largest: the symptom is that short peaks disappear.

# %%
by_keras = layers.MaxPooling2D()
pooled = max_pool(kept) if check.ok else by_keras(kept[None, ..., None])
pooled = np.asarray(pooled).reshape(63, 64)
print(response.shape, "->", pooled.shape)


# %%
def draw_maps(maps):
    """Draw pictures of answers side by side, all on one scale."""
    figure, axes = plots.new_figure(1, len(maps))
    scale = {"cmap": "cividis", "vmin": 0}
    scale["vmax"] = max(values.max() for values in maps.values())
    for ax, (title, values) in zip(axes, maps.items()):
        shown = ax.imshow(values, origin="lower", aspect="auto", **scale)
        ax.set(xlabel="column (number)", ylabel="row (number)", title=title)
    figure.colorbar(shown, ax=axes, label="answer (dB)")
    figure.suptitle(plots.title_with_corpus("angry", table))
    return figure


draw_maps({"starts, after ReLU": kept, "after max pooling": pooled})

# %% [markdown]
# ## 3. Four blocks, as in the student project
#
# One kernel finds one pattern. A **layer** has many kernels, and each one's answers become a **channel** of the next
# picture (a *feature map*). A kernel of the second layer has nine numbers for
# *each* channel of the first; its answers to all channels are added up, together with the bias. So it finds patterns of
# patterns. Take two channels, where sounds start and where they stop. A kernel for *short* sounds wants a start on the
# left of its window and a stop on the right:

# %%
starts, stops = np.maximum(response, 0), np.maximum(-response, 0)
on_starts = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0]]) / 3
on_stops = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1]]) / 3
deeper = convolve(starts, on_starts) + convolve(stops, on_stops)
short = np.maximum(deeper - 20, 0)  # the bias: -20 dB
draw_maps({"starts": starts, "stops": stops, "start, then stop": short})

# %% [markdown]
# The brightest lines lie where the voice begins and where it ends, and neither is a short sound. A sum cannot tell
# 40 + 0 from 20 + 20, so a lone start, if strong, passes the bias, too.
#
# The student project stacks four **blocks**, with 32, 64, 128 and 256 kernels of 3 by 3. A block is **convolution** with
# ReLU, **batch normalization**, **max pooling**, and **dropout**.
#
# In training, a net sees a few clips at a time, a **batch**. **Batch normalization** brings each channel's answers in
# the batch to mean 0 and spread 1, so that the next layer meets numbers of one size; a learned scale and shift
# follow. For single clips it keeps a mean and a variance from training. **Dropout** sets a random quarter of the
# answers to 0 in training, so that no kernel relies on a single other one.

# %% [markdown]
# ### Exercise 4.3 - Code: how many numbers has a layer? (6 min)
#
# A kernel reaches through *all* channels below it: a 3 by 3 kernel on 32 channels has 3 x 3 x 32 numbers, its
# **weights**, and one bias. All numbers that a layer stores are its **parameters**.
#
# Given: the side of the kernels, the channels below, the number of kernels. Expected: a whole number. Worked example: a
# first layer of 32 kernels on 1 channel, `conv_parameters(3, 1, 32)`, gives 320.
#
# <details><summary>Hint 1: where to look</summary>Count for one kernel first, bias included, then for all of them.</details>
# <details><summary>Hint 2: the key step</summary>One kernel: side times side times channels, plus one.</details>


# %%
def conv_parameters(size, channels, filters):
    """Return the number of weights and biases of a convolution layer."""
    ### BEGIN SOLUTION
    one_kernel = size * size * channels + 1
    return one_kernel * filters
    ### END SOLUTION


check = checks.lesson_04.conv_parameters(conv_parameters)

# %% [markdown] tags=["solution"]
# **Why:** nine weights and a bias, 32 times. **Common wrong answer:** forgetting the channels below, which is right in
# the first layer only.

# %% [markdown]
# ## 4. What global average pooling forgets
#
# After block four, each of the 256 channels is a small map of 6 by 6 answers. **Global average pooling** (GAP) keeps the
# mean of each map: one number that says *how much* of a pattern there was, and nothing about *when* or *how high*.
#
# Below are two maps, widened to 30 columns for room to move. Move the lower pattern later or higher, and watch the bars.


# %%
def two_places(later, higher):
    """Draw the same pattern at two places, and what GAP keeps of each."""
    early = np.zeros((6, 30))
    early[:4, 1:9] = np.outer(np.hanning(6)[1:5], np.hanning(8))
    late = np.roll(early, (higher, later), axis=(0, 1))
    moved = f"later by {later}, higher by {higher}"
    return plots.show_pooled({"early, low": early, moved: late})


plots.moving(two_places, later=(0, 20, 1), higher=(0, 2, 1))

# %% [markdown]
# To forget *when* is welcome: a laugh is a laugh in the first second or in the third. But *how high*, the pitch, was a
# strong cue in lesson 01. It survives only in the patterns: the harmonics of a high voice lie further apart, so other
# kernels answer. And the mean counts the silence around the voice, too: in a clip with more padding, the same cry
# gives smaller numbers.
#
# Last come **dense** layers. Each of their **units** adds up *all* numbers below, with a weight for each, and a bias: 256
# means go to 128 units, and these to 8, one for each emotion. Then `softmax` turns the eight sums into probabilities
# (lesson 05).
#
# ### Exercise 4.4 - Predict: how many parameters has the whole net? (8 min)
#
# By hand, in three parts:
#
# * the four **convolutions**, as you have just counted them;
# * batch **normalization** keeps **four** numbers for each channel: scale, shift, mean and variance;
# * the two **dense** layers, weights and biases. (Pooling and dropout store nothing.)
#
# Given: the list above. Expected: three whole numbers, without running Keras.
#
# <details><summary>Hint 1: where to look</summary>Four convolutions: channels 1, 32, 64, 128 below, 32, 64, 128, 256 kernels. Add them up with your function.</details>
# <details><summary>Hint 2: the key step</summary>Batch normalization: four times (32 + 64 + 128 + 256). A dense layer from a to b units: (a + 1) times b.</details>

# %%
### BEGIN SOLUTION
convolutions = 320 + 289 * 64 + 577 * 128 + 1153 * 256
normalization = 4 * (32 + 64 + 128 + 256)
dense = (256 + 1) * 128 + (128 + 1) * 8
### END SOLUTION
check = checks.lesson_04.total_parameters(convolutions, normalization, dense)

# %% [markdown] tags=["solution"]
# **Why:** convolutions 387&nbsp;840, batch normalization 1920, dense layers 32&nbsp;896 and 1032. **Common wrong answer:** two
# numbers a channel for batch normalization, those that it learns.

# %% [markdown]
# ### Exercise 4.5 - Code: build it in Keras (10 min)
#
# A `keras.Sequential` net is a list of layers; `add` appends one. Each block has `layers.Conv2D`,
# `layers.BatchNormalization`, `layers.MaxPooling2D` and `layers.Dropout`, in this order.
#
# Given: pictures of shape (128, 130, 1). Expected: a net of four blocks with 32, 64, 128, 256 kernels of 3 by 3 and ReLU,
# dropout 0.25, then `layers.GlobalAveragePooling2D()`; the dense layers are there already.
#
# <details><summary>Hint 1: where to look</summary>A loop over (32, 64, 128, 256), with four <code>add</code> in its body, and one after it.</details>
# <details><summary>Hint 2: the key line</summary><code>layers.Conv2D</code> takes the number of kernels, their side, and <code>activation="relu"</code></details>


# %%
def build_student_net():
    """Return the student project's net: 4 blocks, GAP, 2 dense layers."""
    net = keras.Sequential([keras.Input((128, 130, 1))])
    ### BEGIN SOLUTION
    for filters in (32, 64, 128, 256):
        net.add(layers.Conv2D(filters, 3, activation="relu"))
        net.add(layers.BatchNormalization())
        net.add(layers.MaxPooling2D())
        net.add(layers.Dropout(0.25))
    net.add(layers.GlobalAveragePooling2D())
    ### END SOLUTION
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dropout(0.4))
    net.add(layers.Dense(8, activation="softmax"))
    return net


check = checks.lesson_04.build_student_net(build_student_net)

# %% [markdown] tags=["solution"]
# **Why the order matters:** pooling first would throw away detail that no kernel has looked at yet. **Common wrong
# answer:** `padding="same"`: as many parameters, but a last picture of 8 by 8 instead of 6 by 6.

# %%
from ser_lessons.net import models

student = build_student_net() if check.ok else models.student_cnn()
student.summary(line_length=64)

# %% [markdown]
# Compare the total with the sum of your three numbers. (*None* stands for any number of clips.) The 960 *non-trainable*
# parameters are the means and variances of batch normalization, two for each of 480 channels: measured, not learned.
# Most parameters sit in the last convolution: the deeper a layer, the more channels its kernels reach through.
#
# ### Exercise 4.6 - Predict: what would Flatten cost? (4 min)
#
# The alternative to GAP is **Flatten**: all 6 x 6 x 256 answers go on to the dense layer of 128 units, each with its
# place. How many times as many parameters would that dense layer have?
#
# Given: the shapes above. Expected: a factor, within a fifth.
#
# <details><summary>Hint 1: where to look</summary>How many numbers reach the dense layer in each case?</details>
# <details><summary>Hint 2: the key step</summary>One channel: one mean, or all its places.</details>

# %%
### BEGIN SOLUTION
my_factor = 36
### END SOLUTION
with_gap, with_flatten = (256 + 1) * 128, (6 * 6 * 256 + 1) * 128
check = checks.lesson_04.flatten_factor(my_factor, with_flatten, with_gap)

# %%
print(f"GAP {with_gap:,} parameters, Flatten {with_flatten:,}")
longer = models.student_cnn(input_shape=(128, 260, 1))
print(f"with GAP, clips twice as long: {longer.count_params():,} parameters")

# %% [markdown] tags=["solution"]
# **Why:** 6 x 6 places instead of one mean. **Common wrong answer:** 256, the number of channels, which both have.

# %% [markdown]
# A net of kernels and means fits pictures of any length.
#
# ## 5. What 32 trained kernels look for
#
# So far the numbers in the kernels were yours. In a trained net they are *found*: lesson 05 shows how. The course
# ships a net whose convolutions learned from four corpora. Its first layer has 32 kernels of 7 by 7, and sees the
# picture in two channels: the levels, and the *relative* levels, minus the band's mean in this clip and divided by
# its spread. The kernels move by four bands and four frames at a time (their **stride**), which shrinks the picture
# without pooling. At the rim they reach into padding: so there are 32 by 33 places.

# %%
from ser_lessons.net import bundle

shipped = bundle.load()
trained = shipped.keras_model
first = trained.get_layer("conv_1")
weights = first.get_weights()[0]
print("the first layer of the shipped net:", weights.shape)

# %%
from ser_lessons.sound import hearing

heard = hearing.hear(clip["path"], config=shipped.audio).picture
first_answers = keras.Model(trained.input, trained.get_layer("relu_1").output)
answers = np.asarray(first_answers(heard[None, ..., None]))[0]
print("its answers (rows, columns, kernels):", answers.shape)


# %% [markdown]
# The weights look like noise to us, so judge a kernel by its *answers*. **Look for** one that finds onsets (lines from
# top to bottom), one that finds harmonics (short stripes from left to right), and those that answer to *silence*.

# %%
title = plots.title_with_corpus("32 kernels, angry", table)
plots.show_answers(answers, title=title)

# %% [markdown]
# Kernels 14 and 18 find onsets, 7 finds ends, 4 and 12 short stripes, 17 loudness; 3, 13 and 31 find silence. Stripes
# at the right rim are no sounds: the padding there is zero, and silence lies below zero.


# %%
def one_kernel(kernel):
    """Draw one of the 32 learned kernels, and what it answers to the clip."""
    name = f"answers of kernel {kernel}"
    levels, relative = np.moveaxis(weights[:, :, :, kernel], 2, 0)
    mine = {"on levels": levels, "on relative levels": relative}
    return plots.show_kernel(mine, answers[:, :, kernel], title=name)


plots.moving(one_kernel, kernel=ipywidgets.IntSlider(14, 0, 31))

# %% [markdown]
# ## 6. Which part of the picture spoke for the answer?
#
# The last convolution's maps are coarse, 4 by 5 points, but each point still knows *where* it answered.
# **Class activation** (here *Grad-CAM*) asks: if a whole map grew a little, how much would the net's answer for one emotion
# grow? That gives the map's weight. The maps, each times its weight, are added up, and ReLU keeps what speaks *for*
# the emotion. Hear the clip again: what does the net answer?

# %%
plots.listen(signal, title="the angry sentence", loud=True)

# %%
said = predict.predict_file(clip["path"])
found = "right" if said.label == "angry" else "wrong"
unsure = "not sure" if said.abstained else "sure"
print(f"the net: {said.label} {said.confidence:.2f}, {found}, {unsure}")

# %% [markdown]
# (This net learned from real voices; on the practice corpus it is often wrong, and mostly "not sure".)
# Step through the emotions. **Predict first:** for which does the bright part lie on the silence around the voice?


# %%
parts = {one: shipped.class_activation(heard, one) for one in shipped.labels}


def spoke_for(emotion):
    """Draw the clip and the parts of it that speak for one emotion."""
    level = np.maximum(heard - heard.max(), -80)
    title = f"angry clip: {emotion}?"
    return plots.show_activation(level, parts[emotion], title=title)


others = [name for name in shipped.labels if name != said.label]
plots.moving(spoke_for, emotion=[said.label, *others])

# %%
silent = heard.max(axis=0) <= heard.min() + 1
print(f"{silent.mean():.0%} of the frames are silent; of the evidence, for")
for emotion, part in parts.items():
    evidence = part.sum(axis=0)
    share = evidence[silent].sum() / max(evidence.sum(), 1e-9)
    found = f"{share:.0%} lies there" if evidence.any() else "nothing speaks"
    print(f"{emotion:10s} {found}")

# %% [markdown]
# Evidence spread evenly would have the share of the silent frames. Far more is a warning: the net *may* measure how short
# the clip is. May, since one point of the map covers 0.6 s and is drawn blurred, so what speaks on the voice spills into
# the silence. Nor does a bright patch on a loud syllable prove that the net understood anything: the map shows *where*,
# not *why*. (And not everything: this net also weighs statistics of the whole clip.)
#
# ## Quiz
#
# **1. You train the student project's net on clips that are twice as long. How many parameters has it then?**
# <details><summary>a) Twice as many.</summary>No: kernels are shared by all places of the picture, and GAP averages maps of any size.</details>
# <details><summary>b) As many as before.</summary>Yes: as printed above. Only the maps get longer.</details>
# <details><summary>c) More, but only in the dense layer.</summary>No: after GAP the dense layer sees 256 means either way.</details><br>
#
# **2. A kernel of nine equal numbers answers most strongly ...**
# <details><summary>a) where a sound begins.</summary>No: for that, left and right must have different signs.</details>
# <details><summary>b) where it is loud all around.</summary>Yes: it adds up nine levels. But in dB they are negative: without a bias, ReLU leaves nothing of it.</details>
# <details><summary>c) on harmonics.</summary>No: equal numbers cannot tell a band from its neighbors.</details><br>
#
# **3. Two clips hold the same word, once at the start and once at the end. After GAP, the net sees ...**
# <details><summary>a) nearly the same numbers.</summary>Yes: means do not say when something happened.</details>
# <details><summary>b) the same numbers in another order.</summary>No: what moves in time is averaged away.</details>
# <details><summary>c) completely different numbers.</summary>No: that would be so with Flatten.</details>
#
# ## What we learned
#
# * A kernel is a few numbers that slide over the picture; ReLU keeps where it fits, pooling keeps the strongest nearby.
# * Blocks of kernels on kernels go from *where* to *what*; their parameters can be counted by hand.
# * Global average pooling keeps *how much* and forgets *when*; class activation shows where an answer came from.
#
# **Next:** `05_training` - how does a net learn? **Sources:** `README.md`.
