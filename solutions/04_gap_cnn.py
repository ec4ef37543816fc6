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

from ser_lessons import checks, corpus, net, plots

net.start_keras()  # loads TensorFlow, without remarks about graphics cards
import keras
from keras import layers

plots.course_style()

# %% [markdown]
# ## 1. Nine numbers that slide
#
# In lesson 02 you turned a sound into a picture: 128 mel bands by 130 frames. Here is one again, of an angry sentence.

# %%
table = corpus.open_corpus(channel="speech")
loud = table.query("emotion == 'angry' and intensity == 'strong'")
clip = loud.query("actor == 1").iloc[0]
signal, rate = librosa.load(clip["path"], sr=22_050)
signal, _ = librosa.effects.trim(signal, top_db=20)
signal = librosa.util.fix_length(signal, size=3 * rate)
mel = librosa.feature.melspectrogram(y=signal, sr=rate)
picture = librosa.power_to_db(mel, ref=np.max)
print(picture.shape, "levels from", picture.min().round(), "to 0 dB")

# %%
plots.show_mel(picture, title=plots.title_with_corpus("angry", table))

# %% [markdown]
# You see at once where the voice begins. How could a program see it? It could look at a small window, say three bands
# high and three frames wide, and compare its right side with its left side. If the right side is much louder, a sound
# is starting there.
#
# Nine numbers are enough to do that. They are called a **kernel** (or *filter*). Lay the kernel on the window, multiply
# each level by the number that lies on it, and add up the nine products:

# %%
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]) / 3
loudest = int(np.diff(picture[20:40].mean(axis=0)).argmax())
window = picture[30:33, loudest : loudest + 3]
print(window.round())
print("products:", (window * kernel).round(1).ravel())
print("answer:", (window * kernel).sum().round(1), "dB")

# %% [markdown]
# The three levels on the left count negatively, those on the right positively, so the answer says by how many dB the
# sound grows here. (Dividing by 3 makes it a mean of three bands.)
#
# Now slide the window: one frame to the right, again and again; then one band up, and along that row. Each place gives
# one answer, and all the answers together make a new picture. That is a **convolution**, and a net made of
# convolutions is a **CNN**, a *convolutional neural network*.
#
# **Predict first:** the window must fit into the picture, so it has fewer places than the picture has points. The picture
# measures 128 by 130. How large is the picture of answers?
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
    """Return the kernel's answer wherever it fits into the picture."""
    ### BEGIN SOLUTION
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(picture, np.shape(kernel))
    return (windows * kernel).sum(axis=(2, 3))
    ### END SOLUTION


check = checks.lesson_04.convolve(convolve)

# %% [markdown] tags=["solution"]
# **Why:** `windows` has one window for each place, so multiplying by the kernel and summing over the window gives all
# answers at once. **Common wrong answer:** `scipy.signal.convolve2d`, which turns the kernel upside down first, as
# mathematicians do. Its symptom is that sounds that *start* come out negative. Nets do not turn it, since they learn the
# numbers anyway.

# %% [markdown]
# If your function passed, the lesson goes on with it. If not, SciPy's does the work:

# %%
by_scipy = functools.partial(scipy.signal.correlate2d, mode="valid")
convolve = convolve if check.ok else by_scipy
response = convolve(picture, kernel)
print(picture.shape, "->", response.shape)

# %% [markdown]
# Keras has the same operation. It wants two more axes - clips in front, channels at the end - because it always works on
# many clips and many channels at once:

# %%
by_keras = keras.ops.conv(
    picture[None, :, :, None].astype("float32"),
    kernel[:, :, None, None].astype("float32"),
)
difference = np.abs(np.squeeze(by_keras) - response).max()
same = bool(difference < 1e-3)
print("largest difference from Keras below 0.001 dB:", same)

# %% [markdown]
# ### Play: nine numbers of your own
#
# Move the window with the slider and watch the answers appear on the right. Then change the nine numbers: three rows,
# from left to right, the lowest band first. Try these, and **predict first** what will light up:
#
# * `-1 0 1 -1 0 1 -1 0 1` - where a sound starts;
# * `-1 -1 -1 2 2 2 -1 -1 -1` - where one band is louder than its neighbors: a harmonic;
# * `1 1 1 1 1 1 1 1 1` - nothing special: nine equal numbers only blur.

# %%
nine = ipywidgets.Text("-1 0 1 -1 0 1 -1 0 1", description="numbers")


def slide(numbers, frame):
    """Draw the window at one frame, and the answers up to there."""
    values = [float(word) for word in numbers.split()]
    values = (values + [0.0] * 9)[:9]
    mine = np.array(values).reshape(3, 3) / 3
    answers = convolve(picture, mine)
    return plots.show_convolution(picture, mine, answers, row=30, frame=frame)


frames = ipywidgets.IntSlider(loudest, 0, 127, description="frame")
plots.moving(slide, numbers=nine, frame=frames)

# %% [markdown]
# ## 2. Keep what fits, shrink what is left
#
# Two small steps follow each convolution.
#
# **ReLU** keeps positive answers and replaces negative ones by 0: "this kernel found its pattern here" or "it did not".
# The name stands for *rectified linear unit*. Without such a bend in the road, ten convolutions in a row would be no
# better than one, because sums of sums are just sums.
#
# **Max pooling** cuts the answers into squares of 2 by 2 and keeps the largest of the four. What remains is half as high
# and half as wide, and it often does not matter any more whether the sound began one frame earlier or later.

# %%
kept = np.maximum(response, 0)
before, after = bool((response < 0).any()), bool((kept < 0).any())
print("below 0 before:", before, "- after:", after)

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
# **Why:** after `reshape`, axis 1 counts inside a pair of rows and axis 3 inside a pair of columns, so the maximum over
# both looks at one square. **Common wrong answer:** `answers[::2, ::2]`, which keeps the *first* of four, not the largest:
# the symptom is that short peaks disappear.

# %%
by_keras = layers.MaxPooling2D()
pooled = max_pool(kept) if check.ok else by_keras(kept[None, ..., None])
pooled = np.asarray(pooled).reshape(63, 64)
print(response.shape, "->", pooled.shape)

# %%
figure, axes = plots.new_figure(1, 2)
scale = {"cmap": "cividis", "vmin": 0, "vmax": kept.max()}
stages = {"after ReLU": kept, "after max pooling": pooled}
for ax, title in zip(axes, stages):
    shown = ax.imshow(stages[title], origin="lower", aspect="auto", **scale)
    ax.set(xlabel="column (number)", ylabel="row (number)", title=title)
figure.colorbar(shown, ax=axes, label="answer (dB)")
figure.suptitle(plots.title_with_corpus("where sounds start", table))
figure

# %% [markdown]
# Both pictures tell the same story, the second one with a quarter of the points (look at the axes).
#
# ## 3. Four blocks, as in the student project
#
# One kernel finds one pattern. A **layer** has many kernels, each with its own numbers, and each one's answers become a
# **channel** of the next picture. The second layer looks at all channels of the first, so its kernels find patterns of
# patterns: first edges, then harmonics that rise, then perhaps a whole syllable that is shouted.
#
# The student project stacks four **blocks**, with 32, 64, 128 and 256 kernels of 3 by 3. A block is
#
# 1. **convolution**, with ReLU;
# 2. **batch normalization**, which brings the answers of each channel to a common scale - lesson 05 shows why that helps;
# 3. **max pooling**;
# 4. **dropout**, which silences a random quarter of the answers while the net is trained - lesson 05 again.
#
# The picture gets smaller from block to block and the channels grow in number: less and less *where*, more and more
# *what*.
#
# ### Exercise 4.3 - Code: how many numbers does a layer learn? (6 min)
#
# A kernel reaches through *all* channels below it: a 3 by 3 kernel on 32 channels has 3 x 3 x 32 numbers, its
# **weights**. It also has one number that is added to its sum, its **bias**. Weights and biases together are the
# **parameters**; they are all that a layer learns.
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
# **Why:** nine weights and a bias, 32 times. **Common wrong answer:** forgetting the channels below. It is right in the
# first layer only, where there is just one; the symptom is a total far too small.

# %% [markdown]
# ### Exercise 4.4 - Predict: how many parameters has the whole net? (8 min)
#
# Now the whole net, by hand. You need to know four things:
#
# * the four convolutions, as you have just counted them;
# * batch normalization keeps **four** numbers for each channel: a scale and a shift that it learns, and a mean and a
#   variance that it measures;
# * pooling and dropout learn nothing; after the last block, *global average pooling* (section 4) turns each of the 256
#   channels into one number;
# * two **dense** layers follow. Each of their **units** adds up *all* numbers below, with a weight for each, and a bias:
#   256 numbers to 128 units, then 128 to 8, one for each emotion.
#
# Given: the list above. Expected: one whole number, without running Keras.
#
# <details><summary>Hint 1: where to look</summary>Four convolutions: channels 1, 32, 64, 128 below, 32, 64, 128, 256 kernels. Add them up with your function.</details>
# <details><summary>Hint 2: the key step</summary>Batch normalization: four times (32 + 64 + 128 + 256). A dense layer from a to b units: (a + 1) times b.</details>

# %%
### BEGIN SOLUTION
convolutions = 10 * 32 + 289 * 64 + 577 * 128 + 1153 * 256  # 289: 9 * 32 + 1
normalization = 4 * (32 + 64 + 128 + 256)
dense = (256 + 1) * 128 + (128 + 1) * 8
my_total = convolutions + normalization + dense
### END SOLUTION
check = checks.lesson_04.total_parameters(my_total)

# %% [markdown] tags=["solution"]
# **Why:** convolutions 387 840, batch normalization 1 920, dense layers 32 896 and 1 032. **Common wrong answer:** two
# numbers a channel for batch normalization: those it learns. Keras also counts the two that it measures and calls them
# *non-trainable*.

# %% [markdown]
# ### Exercise 4.5 - Code: build it in Keras (10 min)
#
# A `keras.Sequential` net is a list of layers; `add` appends one. Start and end are given. You write the four blocks,
# each with `layers.Conv2D`, `layers.BatchNormalization`, `layers.MaxPooling2D` and `layers.Dropout`, and after them the
# global average pooling.
#
# Given: pictures of shape (128, 130, 1). Expected: a net of four blocks with 32, 64, 128, 256 kernels of 3 by 3 and ReLU,
# dropout 0.25, then `layers.GlobalAveragePooling2D()`; the two dense layers are there already.
# (The last one's `softmax` turns eight sums into eight probabilities.)
#
# <details><summary>Hint 1: where to look</summary>A loop over (32, 64, 128, 256), with four <code>add</code> in its body, and one after it.</details>
# <details><summary>Hint 2: the key line</summary><code>layers.Conv2D</code> takes the number of kernels, their side, and <code>activation="relu"</code></details>


# %%
def build_student_net():
    """Return the student project's net: four blocks, GAP, two denses."""
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
# **Why the order matters:** pooling before the convolution would throw away detail that nobody has looked at yet.
# **Common wrong answer:** `padding="same"`. It has the same number of parameters, and another picture at the end: 8 by 8
# instead of 6 by 6.

# %%
from ser_lessons.net import models

student = build_student_net() if check.ok else models.student_cnn()
student.summary(line_length=79)

# %% [markdown]
# Compare the total with your prediction. (*None* stands for any number of clips.) Most parameters sit in the last convolution, and hardly any in the first: the
# deeper a layer, the more channels its kernels reach through.
#
# ## 4. What global average pooling forgets
#
# After block four, each of the 256 channels is a small map of 6 by 6 answers. **Global average pooling** (GAP) keeps the
# mean of each map: one number that says *how much* of a pattern there was, and nothing about *when* or *how high*.
#
# Move the slider: the upper pattern comes early, the lower one later. Watch the two bars.


# %%
def two_moments(later):
    """Draw the same pattern at two moments, and what GAP keeps of each."""
    pattern = np.outer(np.hanning(6), np.hanning(8))
    early, late = np.zeros((6, 30)), np.zeros((6, 30))
    early[:, 1:9] = pattern
    late[:, 1 + later : 9 + later] = pattern
    return plots.show_pooled({"early": early, f"{later} columns later": late})


plots.moving(two_moments, later=(0, 20, 1))

# %% [markdown]
# For emotion this forgetting is welcome. A laugh is a laugh in the first second or in the third, and a clip that was
# cut a little differently should not get another answer. It also saves parameters.
#
# ### Exercise 4.6 - Predict: what would Flatten cost? (4 min)
#
# The alternative to GAP is **Flatten**: all 6 x 6 x 256 answers go on to the dense layer of 128 units, each with its
# place. How many times as many parameters would that dense layer have?
#
# Given: the shapes above. Expected: a factor, within a fifth; for example `2` would mean twice as many.
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
doubled = longer.count_params()
print(f"with GAP, for clips twice as long: {doubled:,} parameters")

# %% [markdown] tags=["solution"]
# **Why:** 6 x 6 places instead of one mean. **Common wrong answer:** 256, the number of channels, which both have. With
# Flatten most of the net would sit in one layer, which learns *at which moment* of the clip things happen.

# %% [markdown]
# The last line shows another gift of GAP: a net of kernels and means fits pictures of any length.
#
# ## 5. What 32 trained kernels look for
#
# So far the numbers in the kernels were yours. In a trained net they are *found*: lesson 05 shows how. The course ships a
# net whose convolutions learned from four corpora. Their first layer has 32 kernels of 7 by 7. Step through them, and look at what each one
# answers to our angry clip. Can you find one that likes onsets, and one that likes harmonics?

# %%
from ser_lessons.net import bundle

shipped = bundle.load()
path = bundle.REFERENCE / "model.keras"
trained = keras.models.load_model(path, compile=False)
first = trained.get_layer("conv_1")
weights = first.get_weights()[0]
print("the first layer of the shipped net:", weights.shape)

# %% [markdown]
# Two details before you play. The shipped net looks at each clip in two ways at once - levels as they are, and levels
# relative to each band's own mean - so its kernels have two channels; you see the first. And it moves its kernels four
# bands and four frames at a time (its **stride**), which shrinks the picture without pooling.

# %%
from ser_lessons.sound import hearing

heard = hearing.hear(clip["path"], config=shipped.audio).picture
first_answers = keras.Model(trained.input, trained.get_layer("relu_1").output)
answers = np.asarray(first_answers(heard[None, ..., None]))[0]
print("its answers (rows, columns, kernels):", answers.shape)


# %%
def one_kernel(kernel):
    """Draw one of the 32 learned kernels, and what it answers to the clip."""
    name = f"kernel {kernel}: answers to the angry clip"
    mine = weights[:, :, 0, kernel]
    return plots.show_kernel(mine, answers[:, :, kernel], title=name)


plots.moving(one_kernel, kernel=(0, 31, 1))

# %% [markdown]
# Kernels whose left and right halves differ answer to sounds that start or stop; kernels with stripes from left to right
# answer to harmonics. Nobody told the net to look for these.
#
# ## 6. Which part of the picture spoke for the answer?
#
# The last layer's maps are coarse, but each of them still knows *where* it answered. **Class activation** uses that: it
# asks how much each map would raise the answer for one emotion, weighs the maps by it, and adds them up. The method is
# called Grad-CAM. Choose an emotion and see which part of the clip speaks for it.
#
# **Look for** two things: does the bright part lie on sound at all, and does it move when you choose another emotion?


# %%
def spoke_for(emotion):
    """Draw the clip and the parts of it that speak for one emotion."""
    evidence = shipped.class_activation(heard, emotion)
    return plots.show_activation(
        heard, evidence, config=shipped.audio, title=f"speaks for {emotion}"
    )


others = [name for name in shipped.labels if name != "angry"]
plots.moving(spoke_for, emotion=["angry", *others])

# %% [markdown]
# The map shows *where*, not *why*. A bright patch on the silent padding would be a warning: the net would be measuring
# how long the clip is. A bright patch on a loud syllable is no proof that the net understood anything.
#
# ## Quiz
#
# **1. You train the student project's net on clips that are twice as long. How many parameters has it then?**
# <details><summary>a) Twice as many.</summary>No: kernels are shared by all places of the picture, and GAP averages maps of any size.</details>
# <details><summary>b) As many as before.</summary>Yes: the printed count above says so, too. Only the maps get longer.</details>
# <details><summary>c) More, but only in the dense layer.</summary>No: that would be so with Flatten. After GAP the dense layer sees 256 means either way.</details><br>
#
# **2. A kernel of nine equal numbers answers most strongly ...**
# <details><summary>a) where a sound begins.</summary>No: for that, left and right must have different signs.</details>
# <details><summary>b) where it is loud all around.</summary>Yes: it adds up nine levels, so it measures loudness and blurs the picture.</details>
# <details><summary>c) on harmonics.</summary>No: a harmonic differs from the bands above and below it, and equal numbers cannot tell.</details><br>
#
# **3. Two clips hold the same word, once at the start and once at the end. After GAP, the net sees ...**
# <details><summary>a) nearly the same numbers.</summary>Yes: means do not say when something happened.</details>
# <details><summary>b) the same numbers in another order.</summary>No: the order of the channels is fixed; what moves in time is averaged away.</details>
# <details><summary>c) completely different numbers.</summary>No: that would be so with Flatten, where every place has its own weight.</details>
#
# ## What we learned
#
# * A kernel is a few numbers that slide over the picture; ReLU keeps where it fits, pooling keeps the strongest nearby.
# * Blocks of kernels on kernels go from *where* to *what*; their parameters can be counted by hand.
# * Global average pooling keeps *how much* and forgets *when*; class activation shows where an answer came from.
#
# **Next:** `05_training` - how does a net learn? **Sources:** `README.md`.
