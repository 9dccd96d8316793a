"""Exercises of lesson 00_start_here."""

import math

from msgan_lessons.classroom.answers import answers_agree
from msgan_lessons.classroom.exercises import Function, Value

BANK: dict[str, Value | Function] = {
    "00.1": Value(
        0.5,
        "a logit of 0 is a probability of one half: D cannot tell.",
        {
            0: "that is the logit itself; the probability is its sigmoid.",
            1: "e to the power of 0 is 1, and those are the odds: the probability is 1 / (1 + 1).",
            2: "that is 1 + e to the power of 0; the probability is its reciprocal.",
            50: "that is in per cent; a probability is a number from 0 to 1.",
            1 / (1 + math.exp(-1)): "that is the sigmoid of 1; the logit is 0.",
            0.25: "that is the slope of the sigmoid at 0; its value is asked.",
            math.log(0.5): "that is the logarithm of the probability, not the probability.",
            math.log(
                2
            ): "that is minus the logarithm of the probability, what cross-entropy charges.",
            "undecided": "that is what it means; write the probability as a number.",
        },
        clues=(
            "`probability`, under In code, is the function that turns a logit into a probability.",
            "Put a logit of 0 into it: which number is e to the power of 0?",
        ),
        solution="torch.tensor(0.0).sigmoid()",
    ),
    "00.2": Value(
        4,
        "4x4, 8x8, 16x16 and 32x32.",
        {
            3: "with 3 the coarsest is 8x8: both ends count, and there are three halvings.",
            5: "with 5 the coarsest is 2x2, one halving too many.",
            6: "with 6 the coarsest is 1x1, a single pixel.",
            2: "with 2 the coarsest is 16x16; the scales between the two ends count too.",
            8: "that is 32 divided by 4, but each scale halves the next: count the halvings.",
            32: "that is the side of the finest scale; the number of scales is asked.",
            16: "that is the number of pixels of the coarsest scale, or the side of the third.",
            (4, 8, 16, 32): "these are the scales; how many are they?",
        },
        clues=(
            "The rows of the picture under Explore are the scales, and each has its size beside.",
            "Write down the sides from 32 on, each half of the one before, until you reach 4; then "
            "count them, both ends included.",
        ),
        solution="len([4, 8, 16, 32])",
    ),
    "00.3": Function(
        lambda pixel: pixel / 127.5 - 1,
        [(0.0,), (127.5,), (255.0,), (51.0,), (200.0,)],
        {
            "that runs from 0 to 1; G's tanh needs -1 to 1.": lambda pixel: pixel / 255,
            "that runs from 0 to 2; take 1 away, or black is in the middle of G's range.": (
                lambda pixel: pixel / 127.5
            ),
            "that runs from 1 to 3: take 1 away, do not add it.": lambda pixel: pixel / 127.5 + 1,
            "half of 255 is 127.5; with 127 white becomes more than 1.": (
                lambda pixel: pixel / 127 - 1
            ),
            "half of 255 is 127.5; with 128 white stays below 1.": lambda pixel: pixel / 128 - 1,
            "black and white have changed places.": lambda pixel: 1 - pixel / 127.5,
            "that runs from -0.5 to 0.5.": lambda pixel: pixel / 255 - 0.5,
            "that runs from -127.5 to 127.5: divide as well.": lambda pixel: pixel - 127.5,
            "divide first, then take 1 away: look at the brackets.": lambda pixel: (
                (pixel - 1) / 127.5
            ),
            "the brackets are off: that divides by 126.5.": lambda pixel: pixel / (127.5 - 1),
            "// cuts the decimals off, and three values are left; divide with /.": lambda pixel: (
                pixel // 127.5 - 1
            ),
            "rounding leaves three values; the range has all that lies between them.": (
                lambda pixel: round(pixel / 127.5 - 1)
            ),
            "that is the way back, from -1 .. 1 to 0 .. 255.": lambda pixel: (pixel + 1) * 127.5,
            "tanh is the end of G; a file's pixels are brought to its range on a straight line.": (
                lambda pixel: math.tanh(pixel)
            ),
        },
        clues=(
            "Formula (0), and the two claims on black and white in the check cell.",
            "Black is 0 and must become -1, white is 255 and must become 1. Which division makes "
            "the range 2 wide, and which step moves it to its place?",
        ),
        laws={
            "black, 0, must become -1.": lambda answer: answers_agree(answer(0), -1.0),
            "white, 255, must become 1.": lambda answer: answers_agree(answer(255), 1.0),
            "equal steps of brightness must stay equal: a straight line.": lambda answer: (
                answers_agree(answer(90.0) - answer(60.0), answer(30.0) - answer(0.0))
            ),
            "a brighter pixel must have a larger value.": lambda answer: answer(200) > answer(100),
        },
        solution="def my_to_range(pixel):\n    return pixel / 127.5 - 1",
    ),
}
