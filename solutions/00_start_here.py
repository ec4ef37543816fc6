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
# * **find** clips in a table, listen to them, and count how often somebody names the right emotion;
# * **ask** a trained net about a clip, about a sound file, and about your own voice;
# * **read** its answer with care: how sure it is, when it had better say nothing, and what it has never heard.
#
# Minutes: 20 to read, 35 to do, under 1 to compute. You need: Python, and headphones or a quiet room.
#
# **What the whole course is about.** A student taught a neural net to name the emotion in a voice. Of 246 recordings that
# had been kept out of its training, the report says, it named 83 % rightly. Is that good? Is it true? This course rebuilds the
# project piece by piece, from the same recordings. In lesson 09 you come close to its number - and by then you know what
# it is worth.
#
# This is a notebook. Click into the first gray cell and press Shift+Enter: the cell runs, and the next one is chosen. Go
# on to the bottom. Whatever you change, you can run again.

# %%
import ipywidgets
import librosa
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import display

from ser_lessons import checks, corpus, evaluate, playground, plots, predict
from ser_lessons.config import EMOTIONS, SEED
from ser_lessons.net import bundle
from ser_lessons.sound import hearing

plots.course_style()

# %% [markdown]
# ## 1. Voices in a table
#
# A *corpus* is a collection of recordings that somebody made for research, with notes about each of them. The next cell
# opens one. (The first time, the practice corpus is made; a bar shows how far it is.)

# %%
table = corpus.open_corpus(channel="speech")
print(corpus.corpus_title(table))
print(len(table), "clips of", table["actor"].nunique(), "voices")

# %% [markdown]
# If the first line says *practice corpus (synthetic)*, you will hear voices that a program made, so that the course runs
# without a download. If it says *RAVDESS*, you will hear 24 professional actors (section 6 tells how to get them). Every
# lesson runs on both. (If the cell failed, open a terminal and type `ser-lessons doctor`: it
# names the fix.)
#
# The corpus is a pandas table, and each row is one recording, a *clip*. Here are six of them, drawn at random (`SEED` makes
# everybody draw the same ones):

# %%
columns = ["emotion", "intensity", "statement", "repetition"]
columns += ["actor", "gender"]
table[columns].sample(6, random_state=SEED)

# %% [markdown]
# Each actor, known only by a number, says one of two sentences (1: "Kids are talking by the door", 2: "Dogs are sitting by
# the door"). The actor was told which *emotion* to show, and whether normally or strongly, and spoke everything twice. How
# many clips are there of each emotion?

# %%
table["emotion"].value_counts()

# %% [markdown]
# Eight emotions; *neutral* is rarer, because nobody can be strongly neutral. The program that you will ask in section 3
# can only ever answer with one of these eight words.
#
# ### Exercise 0.1 - Code: find clips in a table (7 min)
#
# Pick out the clips of one actor in one emotion.
#
# Given: a table with columns `emotion` and `actor`, an emotion, the number of an actor. Expected: a new table with the same
# columns and only the rows that fit both. Worked example: of three rows, calm by actor 1, calm by actor 2 and sad by
# actor 1, `find_clips(rows, "calm", 1)` keeps the first.
#
# <details><summary>Hint 1: where to look</summary>Comparing a column with a value, as in <code>table["gender"] == "man"</code>, gives True or False for each row; in square brackets behind the table it keeps the rows with True.</details>
# <details><summary>Hint 2: the key step</summary>Join two comparisons by <code>&amp;</code>, each in parentheses.</details>


# %%
def find_clips(table, emotion, actor):
    """Return the rows of one actor in one emotion."""
    ### BEGIN SOLUTION
    right_emotion = table["emotion"] == emotion
    right_actor = table["actor"] == actor
    return table[right_emotion & right_actor]
    ### END SOLUTION


check = checks.lesson_00.find_clips(find_clips)

# %% [markdown] tags=["solution"]
# **Why `&` and not `and`?** The comparison has an answer for every row, and `&` joins them row by row. **Common wrong
# answer:** `and`; the symptom is the error *The truth value of a Series is ambiguous*.

# %% [markdown]
# Your function, if it is right, now finds two clips to listen to; if you skipped the exercise, the course helps out.
# **Predict first:** the same voice says the same sentence, once calm, once angry. Write down three words for how the
# angry one will differ. Then press the play buttons.


# %%
def query(table, emotion, actor):
    """Find the clips with pandas' own words: used until yours passes."""
    return table.query("emotion == @emotion and actor == @actor")


find_clips = find_clips if check.ok else query


def play(clip, title):
    """Return a player for one row of the table (lesson 01 explains how)."""
    signal, rate = librosa.load(clip["path"])
    voice, _ = librosa.effects.trim(signal, top_db=20)  # no silent ends
    return plots.listen(voice, title=title, loud=True)


# %%
play(find_clips(table, "calm", 1).iloc[0], "actor 1, calm")

# %%
play(find_clips(table, "angry", 1).iloc[0], "actor 1, angry")

# %% [markdown]
# All players of this lesson sound equally loud, although the actors did not speak equally loudly. That is on purpose.
# Loudness is the first thing that we hear, and the least reliable one: step back from the microphone, and it is gone.
# What is left? Listen again for melody, speed, and how rough or soft the voice is. For each difference ask whether it
# belongs to the *emotion* or to the *recording*; that question stays with us to the end.
#
# ## 2. Your ears
#
# Now without knowing the answer. The next cell draws one strongly acted clip of each emotion but neutral, by any
# actor, shuffles them, and keeps six.

# %%
strong = table.query("intensity == 'strong'")
one_of_each = strong.groupby("emotion").sample(1, random_state=17)
six = one_of_each.sample(6, random_state=17)
for number, (_, clip) in enumerate(six.iterrows(), start=1):
    display(play(clip, f"clip {number}"))

# %% [markdown]
# ### Exercise 0.2 - Predict: label six clips by ear (7 min)
#
# Play each clip once or twice, then write down its emotion.
#
# Given: six clips. Expected: a list of six names, in order, each in quotation marks; they are neutral, calm, happy, sad,
# angry, fearful, disgust and surprised. Capitals do not matter.
#
# <details><summary>Hint 1: where to start</summary>Sort by energy first: slow and soft, or fast and bright?</details>
# <details><summary>Hint 2: what to listen for</summary>Then by melody: does the voice leap, does it fall, does it tremble, does it rise at the end?</details>

# %%
### BEGIN SOLUTION
my_labels = ["happy", "surprised", "angry", "sad", "angry", "surprised"]
### END SOLUTION
check = checks.lesson_00.six_labels(my_labels)
mine = ["-"] * 6
if check.ok:
    mine = [name.strip().lower() for name in my_labels]

# %% [markdown] tags=["solution"]
# **Why there is no model answer here.** This list is only an example. A common wrong turn is to look first and label
# afterwards; the symptom is a score that no honest listener reaches.

# %% [markdown]
# ### Exercise 0.3 - Code: the share that is right (6 min)
#
# How good were you? Turn two lists into one number: how many places agree, as a fraction of all places.
#
# Given: two lists of the same length. Expected: a number from 0 to 1. Worked example:
# `share_right(["calm", "sad"], ["calm", "happy"])` gives `0.5`.
#
# <details><summary>Hint 1: where to look</summary><code>zip</code> walks through two lists together.</details>
# <details><summary>Hint 2: the key function</summary><code>sum</code> counts how many comparisons are true; divide by <code>len</code>.</details>


# %%
def share_right(truth, answers):
    """Return the fraction (0 to 1) of answers that equal the truth."""
    ### BEGIN SOLUTION
    agree = [right == answer for right, answer in zip(truth, answers)]
    return sum(agree) / len(agree)
    ### END SOLUTION


check = checks.lesson_00.share_right(share_right)

# %% [markdown] tags=["solution"]
# **Why a fraction?** It can be compared between lists of different lengths, and a count cannot. **Common wrong answer:**
# `len(set(truth) & set(answers))`; it forgets the order, so that a shuffled list scores full marks.

# %% [markdown]
# One more number before you see your score. A result means nothing without knowing what *guessing* would have reached; that
# is called the **chance level**.
#
# ### Exercise 0.4 - Predict: what does guessing score? (4 min)
#
# Somebody who hears nothing at all picks one of the eight names at random for each of the six clips. How many will be right,
# on average over many such people?
#
# Given: six clips, eight names. Expected: a number of clips; it need not be whole.
#
# <details><summary>Hint 1: where to look</summary>How often is a guess right for a single clip?</details>
# <details><summary>Hint 2: the key step</summary>Each of the six clips adds the same share of one right answer.</details>

# %%
### BEGIN SOLUTION
my_chance = 6 / 8
### END SOLUTION
check_chance = checks.lesson_00.chance(my_chance)

# %% [markdown] tags=["solution"]
# **Why:** a guess is right for one clip in eight, and six such shares add up to 0.75. **Common wrong answer:** 0.125, which
# is the chance level *per clip*. Both are right numbers, for different questions: always say of what.

# %% [markdown]
# You can check this by experiment. Let a thousand people guess, and count with *your* function how many clips each of them
# gets right:


# %%
def agreement(truth, answers):
    """Do the same with NumPy: used until your function passes."""
    return np.mean(np.array(truth) == answers)


share_right = share_right if check.ok else agreement

# %%
truth = list(six["emotion"])
rng = np.random.default_rng(SEED)
guesses = rng.choice(EMOTIONS, size=(1000, 6))
lucky = [round(6 * share_right(truth, list(guess))) for guess in guesses]
print("guessed rightly, on average:", round(np.mean(lucky), 2), "of 6 clips")
print("people with three or more:", np.sum(np.array(lucky) >= 3), "of 1000")

# %%
ax = sns.countplot(x=lucky)
ax.set_xlabel("right answers (clips of six)")
ax.set_ylabel("people who guess (count)")
ax

# %% [markdown]
# Most of them get none or one; hardly anybody gets three. So if you have three or more, you probably did hear something.
# But six clips are few: the same ear would score differently on six others.
#
# ## 3. Ask the net
#
# The course comes with a *net*, a neural network: a program that learned from recordings, not from rules. This one learned
# from RAVDESS, and from some German, Italian and Polish recordings. It does not listen, it *looks*: at a picture of the
# sound. Here is the lower half of what it sees of the two clips of section 1. Time runs to the right, low tones lie at the
# bottom, high ones at the top, and what is loud is bright (0 dB is the loudest). **Look for** the syllables, for stripes,
# which are the tones of the voice, and for what differs between calm and angry.


# %%
def seen(emotion):
    """Return what the net gets to see of actor 1, the middle 1.9 s."""
    path = find_clips(table, emotion, 1)["path"].iloc[0]
    return hearing.hear(path).picture[:, 25:105]


title = plots.title_with_corpus("actor 1", table)
both = {"calm": seen("calm"), "angry": seen("angry")}
figure = plots.show_mels(both, title=title)
figure.axes[0].set_ylim(0, 64)  # of 128 rows
figure

# %% [markdown]
# The stripes of the angry voice lie further apart: it is higher. Lesson 02 shows how such a picture is made.
#
# From it, the net computes a probability for each of the eight emotions. It answers with the largest one, and that
# probability is called its **confidence**. There always is a largest one, even for a door that slams. Therefore this net
# may **abstain**: if its confidence stays below a limit, it says "not sure", and its answer should not be used.

# %%
limit = bundle.load().threshold
print(f"below a confidence of {limit:.2f} the net says: not sure")

# %% [markdown]
# **Predict first:** will it beat you? One call loads a sound, makes the picture, and asks the net.

# %%
answers = [predict.predict_file(path) for path in six["path"]]
shown = pd.DataFrame({"truth": truth, "you": mine}, index=range(1, 7))
shown["net"] = [answer.label for answer in answers]
shown["confidence"] = [round(answer.confidence, 2) for answer in answers]
shown["abstains"] = [answer.abstained for answer in answers]
shown

# %% [markdown]
# Where it abstains, `net` is only what came closest. Move the slider from clip to clip; it starts where the net is surest.
# **Look for** the difference between one tall bar and several low ones. The dashed line is the limit.


# %%
def ask(clip):
    """Draw the net's probabilities for one of the six clips, and play it."""
    chances = answers[clip - 1].probabilities
    ax = sns.barplot(x=list(chances), y=list(chances.values()))
    ax.axhline(limit, linestyle="--", color="black")
    ax.set(xlabel="emotion", ylabel="probability (fraction)", ylim=(0, 1))
    ax.set_title(plots.title_with_corpus(f"clip {clip}", table))
    return ax.figure, play(six.iloc[clip - 1], f"clip {clip}")


surest = int(shown["confidence"].idxmax())
plots.moving(ask, clip=ipywidgets.IntSlider(surest, 1, 6))

# %% [markdown]
# Now the result. "Not sure" counts as not right here, as it would for you.

# %%
dares = [a.label if not a.abstained else "not sure" for a in answers]
scores = {"you": share_right(truth, mine), "net": share_right(truth, dares)}
for who, share in scores.items():
    print(f"{who} {6 * share:.0f}", end=", ")
print(f"chance {6 / len(EMOTIONS)}")
print("the net dared to answer", 6 - dares.count("not sure"), "of 6")

# %% [markdown]
# Who won? Think about *who heard what* before you believe it.
#
# * On the **practice corpus** the net is nearly always "not sure" (we drew six clips with an answer among them), and often
#   wrong when it is made to answer. It learned from human voices, and these were made by a program. To say
#   "not sure" about something unlike all that it learned is the best answer available.
# * On **RAVDESS** the net's largest bar is right nearly every time, though it often says "not sure", because its limit
#   was set for voices that are new to it. That proves nothing either: it was trained on these very clips. A student who has
#   seen the exam paper before gets full marks, too. How good it is on voices that it has never heard is the question of
#   lesson 06.
#
# And how good are people? RAVDESS was played to listeners who had only the sound, and who chose from a short list of
# emotions.

# %%
people = evaluate.listeners().query("group == 'all'").iloc[0]
share = 100 * people["accuracy"]
print(f"people named {share:.0f} % of the speech clips rightly")
print("source:", people["source"])

# %% [markdown]
# People 62 %, the student's net 83 %: does it hear better than we do? Keep the question.
#
# ## 4. Read an answer with care
#
# A label without its doubt is half an answer. Write the function that tells both; soon it will tell you about your own
# voice.
#
# ### Exercise 0.5 - Code: put an answer into words (8 min)
#
# If the net does not abstain, name the most probable emotion. If it abstains, say "not sure", and name the *two* most
# probable ones, the more probable one first.
#
# Given: an answer with `.abstained` (True or False) and `.probabilities` (a dict from names to numbers). Expected: a text.
# Worked examples: with calm 0.9 and sad 0.1, not abstaining, `"calm"`; with calm 0.3, neutral 0.1 and sad 0.6,
# abstaining, `"not sure: sad or calm"`.
#
# <details><summary>Hint 1: where to look</summary>Sort the names by their probability, the largest first; then you need one or two of them.</details>
# <details><summary>Hint 2: the key function</summary>Either <code>sorted</code> with <code>key=</code> and <code>reverse=True</code>, or a pandas Series and its method <code>nlargest</code>.</details>


# %%
def tell(answer):
    """Return the answer of the net in words."""
    ### BEGIN SOLUTION
    first, second = pd.Series(answer.probabilities).nlargest(2).index
    if answer.abstained:
        return f"not sure: {first} or {second}"
    return first
    ### END SOLUTION


check = checks.lesson_00.tell(tell)

# %% [markdown] tags=["solution"]
# **Why not compare the confidence with the limit yourself?** The net also abstains where there is no voice, however sure
# it is. **Common wrong answer:** taking the first two names of the dict, which stand in the order of the
# eight emotions, not of their probabilities.

# %%
tell = tell if check.ok else lambda a: "not sure" if a.abstained else a.label
shown["in words"] = [tell(answer) for answer in answers]
shown[["truth", "in words"]]

# %% [markdown]
# An answer also has *warnings*. They tell where the recording differs from those that the net learned from. What do they
# say about two seconds of silence?

# %%
silence = predict.predict_signal(np.zeros(44_100), sample_rate=22_050)
print(tell(silence))
print("warning:", silence.warnings[0])

# %% [markdown]
# But nobody can warn of everything. This net has never heard a child, most of the world's languages, a real
# telephone, a café - or anybody who really felt what the voice shows. Asked about them, it will answer.
#
# ## 5. Your own voice
#
# Press *Record*, say "Kids are talking by the door" in a calm voice, and press *Stop* (or wait for the three seconds to be
# over). Listen with *Play back*. Below the buttons you read what the net says, in the words of your function. Then do it angrily. If
# there is no microphone, upload a sound file. Nothing leaves this computer, and nothing is written to its disk.
# **Predict first:** which of your voices will the net be surer about?

# %%
voice = playground.own_voice(tell)
voice

# %% [markdown]
# Every answer is kept in `voice.answers` for as long as the notebook is open. Run the next cell after a few tries:

# %%
tries = [(tell(one), round(one.confidence, 2)) for one in voice.answers]
pd.DataFrame(tries, columns=["the net says", "confidence"])

# %% [markdown]
# Did it say "not sure"? Your voice, your room and your microphone are new to it, and you are no actor. Lesson 08 measures
# how much that costs, and what helps.
#
# ### Exercise 0.6 - Explain: what did the machine hear? (5 min)
#
# A newspaper writes: "Machine knows how you feel." Name two things that are wrong with it.
#
# <details><summary>Hint 1: where to look</summary>Who spoke these clips, and were they angry?</details>
# <details><summary>Hint 2: the key word</summary><em>Acted.</em> And: which words could the net choose from?</details>
# <details><summary>Model answer</summary>The net has learned how actors <em>display</em> eight prescribed emotions in two
# sentences; nobody in the recordings had to feel anything. And it answers with the closest of eight words even where
# none of them fits, for any voice, language or mood. It measures how much a recording resembles its training clips, not feelings.</details>

# %% [markdown]
# ## 6. Get the real recordings (optional)
#
# RAVDESS is the *Ryerson Audio-Visual Database of Emotional Speech and Song*. It is free to use under the license CC
# BY-NC-SA 4.0: not for profit, with credit, shared alike. In a terminal, `ser-lessons data fetch` downloads and verifies
# it; if you have it already, `ser-lessons data adopt` takes your copy. Then restart the kernel and run this lesson again.
#
# Behind these clips stand 24 real people. Do not use this course to judge the feelings, the honesty or the fitness of
# anybody: nothing here supports it.
#
# ## Quiz
#
# **1. The net answers "angry" with a confidence of 0.41, and abstains. What do you report?**
# <details><summary>a) "Angry."</summary>No: the net itself says that this answer is too unsure to stand.</details>
# <details><summary>b) "No answer; angry came closest."</summary>Yes: this keeps both the doubt and the information.</details>
# <details><summary>c) "41 % angry, 59 % other feelings."</summary>No: it is the probability of a label, not a mixture of feelings.</details><br>
#
# **2. Six of six clips are right. How good is the net?**
# <details><summary>a) It is perfect.</summary>No: six clips decide little, and the net may have learned from these very clips.</details>
# <details><summary>b) It is most likely better than guessing.</summary>Yes: six in a row by guessing is very rare, and no more can be said.</details>
# <details><summary>c) It is better than people.</summary>No: those people heard other clips, and many more of them.</details><br>
#
# **3. Why does the course use a synthetic corpus at all?**
# <details><summary>a) It is better than recordings.</summary>No: it is simpler, and no result on it counts as a result about people.</details>
# <details><summary>b) Every lesson runs at once, offline.</summary>Yes: and what you write runs unchanged on RAVDESS.</details>
# <details><summary>c) RAVDESS is secret.</summary>No: it is public, for non-commercial use.</details>
#
# ## What we learned
#
# * A corpus is a table; a clip is one row, with a label that says what an actor was asked to show.
# * A score means nothing without the chance level, the number of clips, and whether the voices were known.
# * A net always finds some answer; a good one also says when it should not be believed.
#
# **Next:** `01_waveforms` - what is in the data, and what is in a waveform? **Sources:** `README.md`.
