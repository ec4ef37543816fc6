"""What the playground loads behind its progress bar, once a process. Lesson: 08_live_inference."""

import functools

import numpy as np

from ..sound import augment


@functools.cache
def load_net():
    """The bundle that comes with the course; kept, so that a second playground opens at once.

    Raises
    ------
    BadBundle : it is missing or damaged
    """
    from ..net import bundle

    return bundle.load()


@functools.cache
def warm_up():
    """Shift the pitch of a short sound: librosa's first call takes seconds, and should not wait for a slider."""
    sound = np.sin(np.arange(8192) / 20).astype(np.float32)
    augment.shift_pitch(augment.change_speed(sound, 1.1), 1.0)
