# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 00 - Start here
#
# **Question: what can a machine hear in a voice?**
#
# After this lesson you can
#
# * **check** that everything is installed, and say which corpus you work with;
# * **listen** to clips and label them by ear, as the net will;
# * **classify** a clip with a trained net, and read its answer with care.
#
# Minutes: 15 to read, 20 to do, under 1 to compute. You need: Python, and headphones or a quiet room.

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
import pandas as pd
from IPython.display import display

from ser_lessons import checks, corpus, evaluate, plots
from ser_lessons.config import EMOTIONS, SEED
from ser_lessons import predict
from ser_lessons.sound import audio

plots.course_style()

# %% [markdown]
# ## 1. Is everything there?
#
# Run the next cell with Shift+Enter. It opens a *corpus*, a table with one row a clip.

# %%
table = corpus.open_corpus(channel="speech")
print(
    corpus.corpus_title(table),
    "-",
    len(table),
    "clips,",
    table["actor"].nunique(),
    "voices",
)
print("labels:", ", ".join(EMOTIONS))

# %% [markdown]
# If the first line says *practice corpus (synthetic)*, you hear voices made by a program, so that every
# lesson runs without a download. If it says *RAVDESS*, you hear recordings of 24 professional actors.
# All lessons run on both. If the cell failed, type `ser-lessons doctor` in a terminal: it names the fix.
#
# ## 2. Listen
#
# The same voice says the same sentence twice. **Predict first:** how will *angry* differ from *calm*? Write three
# words down, then run and play. (Too quiet? Turn it up: loudness is part of the answer.)

# %%
same = "actor == 1 and statement == 1 and repetition == 1 and intensity == 'normal'"
voice = table.query(same).set_index("emotion")["path"]
calm, angry = audio.load(voice["calm"]), audio.load(voice["angry"])

# %%
plots.listen(calm, title="actor 1, calm")

# %%
plots.listen(angry, title="actor 1, angry")

# %% [markdown]
# Now look at them. A *waveform* is air pressure over time. **Look for** how tall it is, and where it starts and ends.

# %%
name = plots.title_with_corpus("actor 1, one sentence", table)
plots.show_waveforms({"calm": calm, "angry": angry}, title=name)

# %% [markdown]
# Loudness is the first thing the eye finds, and the least reliable one: step back from the microphone, and it is
# gone. Keep asking which differences belong to the *emotion* and which to the *recording*.

# %% [markdown]
# ### Exercise 0.1 - Predict: label six clips by ear (6 min)
#
# Play each clip once, then write its emotion into the list, in order. Commit before you look.
#
# Given: six clips. Expected: a list of six names out of the eight that section 1 printed.
#
# <details><summary>Hint 1: where to start</summary>Sort by energy first: quiet (neutral, calm, sad) or strong (angry, happy, fearful)?</details>
# <details><summary>Hint 2: what to listen for</summary>Then by melody: does the pitch move a lot, does it fall, does it tremble?</details>

# %%
six = table.sample(6, random_state=SEED)
for number, path in enumerate(six["path"], start=1):
    display(plots.listen(audio.load(path), title=f"clip {number}", loud=True))

# %%
my_labels = ...  # YOUR ANSWER HERE
checks.lesson_00.six_labels(my_labels)


# %% [markdown]
# ### Exercise 0.2 - Code: the share that is right (6 min)
#
# Turn two lists into one number: how many places agree, as a fraction of all.
#
# Given: two lists of the same length. Expected: a float between 0 and 1, for example
# `share_right(["calm", "sad"], ["calm", "happy"])` -> `0.5`.
#
# <details><summary>Hint 1: where to look</summary><code>zip</code> walks through two lists together.</details>
# <details><summary>Hint 2: the key function</summary><code>sum</code> counts the true values among comparisons; divide by <code>len</code>.</details>

# %%
def share_right(truth, answers):
    """Return the fraction of places (0 to 1) where `answers` equals `truth`."""
    # YOUR CODE HERE
    raise NotImplementedError


checks.lesson_00.share_right(share_right)

# %% [markdown]
# ## 3. Ask the net
#
# The package brings a net trained on the real RAVDESS recordings. One call does everything: load, trim, picture,
# classify. **Predict first:** will the net do better than you on these six clips?

# %%
answers = [predict.predict_file(path) for path in six["path"]]
shown = pd.DataFrame({"truth": six["emotion"].to_list()}, index=range(1, 7))
shown["net"] = [answer.label for answer in answers]
shown["abstains"] = [answer.abstained for answer in answers]
shown

# %%
for answer in answers:
    print(f"{answer.label}: {answer.confidence:.1f}", *answer.warnings[:1])

# %% [markdown]
# The number is a *probability*, and the net may *abstain*: with a flat answer, silence is more honest than a guess.
# A warning says that a clip is unlike the training recordings. **Look for** one tall bar, or several low ones.

# %%
plots.show_probabilities(
    answers[0].probabilities,
    truth=six["emotion"].iloc[0],
    title=plots.title_with_corpus("clip 1", table),
)

# %% [markdown]
# On the practice corpus the net meets synthetic voices it was never trained on, so errors and doubt are what a sane
# reader expects. On RAVDESS it meets clips it may have been trained on, so success proves nothing either. Lesson 06
# shows how to ask the question properly, lesson 08 what happens outside the laboratory.

# %%
guesses = my_labels if isinstance(my_labels, list) and len(my_labels) == 6 else "-"
shown.assign(you=guesses)[["truth", "you", "net", "abstains"]]

# %% [markdown]
# Blind guessing is right once in eight: that is *chance level*, and every result of this course stands next to it.
# People who had only the sound chose among seven options (Livingstone & Russo 2018, *PLoS ONE* 13(5): e0196391). Even for
# us, the voice alone is not enough.

# %%
people = evaluate.listeners().query("group == 'all'")["accuracy"].item()
print(
    f"chance level: {1 / len(EMOTIONS):.3f}; people, on the speech of RAVDESS: {people:.3f}"
)

# %% [markdown]
# ### Exercise 0.3 - Explain: what did the machine hear? (5 min)
#
# A newspaper writes: "Machine knows how you feel." Name two things that are wrong with it. Then compare.
#
# <details><summary>Hint 1: where to look</summary>Who spoke these clips, and were they angry?</details>
# <details><summary>Hint 2: the key word</summary><em>Acted.</em> And: which labels could the net choose from?</details>
# <details><summary>Model answer</summary>The net has learned how actors <em>display</em> eight prescribed emotions in two
# sentences; nobody in the recordings had to feel anything. And it answers with the closest of eight names even where
# none fits, for any voice, language or mood; it measures likeness to its training clips, not feelings.</details>

# %% [markdown]
# ## 4. Get the real recordings (optional)
#
# RAVDESS is the *Ryerson* Audio-Visual Database of Emotional Speech and Song, free to use under CC BY-NC-SA 4.0:
# not for profit, with credit, shared alike. In a terminal, `ser-lessons data fetch` downloads and verifies it; if you
# have it, set `SER_RAVDESS` to its folder. Then restart the kernel and run this lesson again.
#
# Behind these clips stand 24 real people. Do not use this course to judge the feelings, the honesty or
# the fitness of anybody: nothing here supports it.

# %% [markdown]
# ## Quiz
#
# **1. The net answers "angry: 0.41" and abstains. What do you report?**
# <details><summary>a) "Angry."</summary>No: the net itself says that this answer is too unsure to stand.</details>
# <details><summary>b) "No answer; angry was the nearest."</summary>Yes: this keeps both the doubt and the information.</details>
# <details><summary>c) "41 % angry, 59 % other feelings."</summary>No: it is a probability of a label, not a mixture of feelings.</details><br>
#
# **2. Six of six clips right. How good is the net?**
# <details><summary>a) Perfect.</summary>No: six clips decide nothing, and the net may know these voices.</details>
# <details><summary>b) Above chance, most likely.</summary>Yes: six in a row by guessing is very rare, and no more can be said.</details>
# <details><summary>c) Better than people.</summary>No: people heard other clips, and more of them.</details><br>
#
# **3. Why does the course use a synthetic corpus at all?**
# <details><summary>a) It is better than recordings.</summary>No: it is simpler, and no result on it counts as a result on people.</details>
# <details><summary>b) Every lesson runs at once, offline.</summary>Yes: and what you write runs unchanged on RAVDESS.</details>
# <details><summary>c) RAVDESS is secret.</summary>No: it is public, for non-commercial use.</details>
#
# ## What we learned
#
# * A corpus is a table; a clip is one row, with a label that says what an actor was asked to show.
# * A score means nothing without the chance level, the clips, and whether the voices were known.
# * A net answers always; a good one also says when it should not be believed.
#
# **Next:** `01_waveforms` - what is in the data, and what is in a waveform? **Sources:** `README.md`.
