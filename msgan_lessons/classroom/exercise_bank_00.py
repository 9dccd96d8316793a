"""Exercises of lesson 00_start_here."""

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_00"]

BANK_00: dict[str, Value | Function] = {
    "00.1": Value(
        0.5,
        "a logit of 0 is a probability of one half: D cannot tell.",
        {0: "that is the logit itself; the probability is its sigmoid."},
    ),
    "00.2": Value(
        4,
        "4x4, 8x8, 16x16 and 32x32.",
        {3: "both ends count: 4, 8, 16 and 32.", 5: "32 is the finest; there is no 64x64 scale."},
    ),
    "00.3": Function(
        lambda pixel: pixel / 127.5 - 1,
        [(0.0,), (127.5,), (255.0,), (51.0,)],
        {
            "that runs from 0 to 1; G's tanh needs -1 to 1.": lambda pixel: pixel / 255,
            "half of 255 is 127.5; with 127 white becomes more than 1.": (
                lambda pixel: pixel / 127 - 1
            ),
            "black and white have changed places.": lambda pixel: 1 - pixel / 127.5,
            "that runs from -0.5 to 0.5.": lambda pixel: pixel / 255 - 0.5,
        },
    ),
}
