"""Answers to the exercises of lesson 09."""

from . import Case

CASES = {
    "twin_share": Case(
        reference=(0.8, 0.78),
        wrong={
            "one in five": (0.2, 0.78),
            "a coin": (0.5, 0.78),
            "all of them": (1.0, 0.78),
            "percent": (80, 0.78),
            "a word": ("0.8", 0.78),
        },
    ),
    "other_half": Case(
        reference=lambda right, clips, right_part, clips_part: (right - right_part) / (clips - clips_part),
        wrong={
            "difference of accuracies": lambda r, c, rp, cp: r / c - rp / cp,
            "as if the parts were equal": lambda r, c, rp, cp: 2 * r / c - rp / cp,
            "over all clips": lambda r, c, rp, cp: (r - rp) / c,
            "over the published part": lambda r, c, rp, cp: (r - rp) / cp,
            "the published half again": lambda r, c, rp, cp: rp / cp,
            "percent": lambda r, c, rp, cp: 100 * (r - rp) / (c - cp),
            "rounded": lambda r, c, rp, cp: round((r - rp) / (c - cp), 1),
        },
    ),
    "one_change": Case(
        reference=({"epochs": 1}, -30),
        wrong={
            "two changes": ({"epochs": 1, "batch_size": 64}, -30),
            "no change": ({}, -30),
            "no such field": ({"dropout": 0.5}, 5),
            "a name alone": ("epochs", -30),
            "a text as value": ({"epochs": "1"}, -30),
            "half an epoch": ({"epochs": 0.5}, -30),
            "a fraction": ({"epochs": 1}, -0.3),
            "a word": ({"epochs": 1}, "worse"),
            "beyond all there is": ({"epochs": 1}, -300),
        },
    ),
}
