"""Answers to the exercises of lesson 04."""

from . import Case


def parameters(size, channels, filters, *, bias=1, square=2, shared=False):
    weights = size**square * (1 if shared else channels)
    return (weights + bias) * filters


def stop(losses, patience, *, first=True, slack=0):
    if not losses:
        return False
    best = min(losses)
    place = losses.index(best) if first else len(losses) - 1 - losses[::-1].index(best)
    return len(losses) - 1 - place >= patience + slack


CASES = {
    "conv_parameters": Case(
        reference=parameters,
        wrong={
            "biases forgotten": lambda s, c, f: parameters(s, c, f, bias=0),
            "one bias for all": lambda s, c, f: s * s * c * f + 1,
            "input channels forgotten": lambda s, c, f: parameters(s, c, f, shared=True),
            "size not squared": lambda s, c, f: parameters(s, c, f, square=1),
            "a bias for each channel": lambda s, c, f: (s * s + 1) * c * f,
            "channels swapped": lambda s, c, f: parameters(s, f, c),
        },
    ),
    "flatten_factor": Case(
        reference=(36, 1_179_776, 32_896),
        wrong={
            "the channels": (256, 1_179_776, 32_896),
            "one side of the map": (6, 1_179_776, 32_896),
            "upside down": (1 / 36, 1_179_776, 32_896),
            "the picture before pooling": (128 * 130, 1_179_776, 32_896),
            "a word": ("36", 1_179_776, 32_896),
        },
    ),
    "should_stop": Case(
        reference=stop,
        wrong={
            "one epoch too late": lambda v, p: stop(v, p, slack=1),
            "one epoch too early": lambda v, p: stop(v, p, slack=-1),
            "an equal loss counts": lambda v, p: stop(v, p, first=False),
            "compares neighbors": lambda v, p: len(v) > p and all(b >= a for a, b in zip(v[-p - 1 :], v[-p:])),
            "stops at the first rise": lambda v, p: len(v) > 1 and v[-1] > v[-2],
            "crashes without a loss": lambda v, p: len(v) - 1 - v.index(min(v)) >= p,
            "an accuracy, highest is best": lambda v, p: bool(v) and len(v) - 1 - v.index(max(v)) >= p,
            "gives the epoch": lambda v, p: (len(v) - v.index(min(v))) if v and stop(v, p) else False,
        },
    ),
}
