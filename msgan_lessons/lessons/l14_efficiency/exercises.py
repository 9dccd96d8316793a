"""Exercises of lesson 14_efficiency."""

from msgan_lessons.classroom.answers import answers_agree
from msgan_lessons.classroom.exercises import Function, Value
from msgan_lessons.lessons.l14_efficiency.costs import (
    ADAM,
    NUMBER,
    conv_multiply_adds,
    conv_parameters,
)

PARAMETERS_AT_64 = 888_306  # of both networks of presets.dcgan(resolution=64); a test counts them


def _attainable(flops: float, moved: float, peak: float, bandwidth: float) -> float:
    return min(peak, bandwidth * flops / moved)


_macs = conv_multiply_adds(4, 64, 128, 8)
_weights = conv_parameters(4, 64, 128)
_megabytes = NUMBER * (2 + ADAM) * PARAMETERS_AT_64 / 1e6
_left, _right = (1e6, 8e6, 80e9, 10e9), (1e9, 1e7, 80e9, 10e9)  # of the ridge

BANK: dict[str, Value | Function] = {
    "14.1": Value(
        2 * _macs,
        "2 · 4² · 64 · 128 · 8²: the kernel stands at the 8x8 places of the output, and a "
        "multiply-add is two operations.",
        {
            _macs: "those are the multiply-adds: each is two floating-point operations.",
            2 * _macs // 4: "the kernel has k² entries, not k: 4² = 16.",
            8 * _macs: "the stride is 2: the kernel stands at 8x8 places, not at 16x16.",
            2 * _macs // 8: "the kernel stands at 8x8 places, not at 8.",
            2 * _macs // 16: "the kernel's 4² entries are missing.",
            _weights: "those are the parameters: each works at every place of the output.",
            2 * _weights: "that is for one place: the kernel stands at 8x8 of them.",
            2 * _macs * 9 // 16: "that is for a 3x3 kernel; this one has 4x4 entries.",
            6 * _macs: "that is forward and backward; here is one convolution, forward.",
            2 * _macs / 1e6: "that is in millions; count single operations.",
        },
        clues=(
            "F of (39) for B = 1; the text before it says which pixels s² counts.",
            "Multiply k², both channels and the pixels that leave the layer; a multiply-add "
            "counts twice.",
        ),
        solution="2 * 4**2 * 64 * 128 * 8**2",
    ),
    "14.2": Value(
        _megabytes,
        "888,306 parameters, each with a gradient and Adam's two averages: 4 numbers of 4 bytes.",
        {
            _megabytes / 4: "those are 4 bytes or 4 numbers alone: 4 numbers of 4 bytes each.",
            _megabytes / 2: "Adam's two averages alone, or weights and gradients alone: add both.",
            _megabytes * 3 / 4: "one of the four is missing: weight, gradient, two averages.",
            _megabytes * 1e6: "that is in bytes; a megabyte is a million of them.",
            PARAMETERS_AT_64: "those are the parameters: 4 numbers of 4 bytes for each of them.",
            PARAMETERS_AT_64 / 1e6: "those are millions of parameters: 4 numbers of 4 bytes each.",
            _megabytes * 8: "that is in megabits: a float32 has 4 bytes.",
            _megabytes * 2: "a float32 has 4 bytes, not 8.",
            _megabytes * 1e6 / 2**20: "that is in units of 2^20 bytes; here it is a million bytes.",
            _megabytes * 1e3: "that is in thousands of bytes; a megabyte is a million of them.",
            6.735648: "that is for resolution=32; double it.",
            9.058064: "that is G alone; D has parameters too.",
            5.154832: "that is D alone; G has parameters too.",
        },
        clues=(
            "W of (41): how often does P count in it?",
            "Add numel() over the parameters of both networks; each float32 has 4 bytes.",
        ),
        solution="(1 + 1 + 2) * 888_306 * 4 / 1e6",
    ),
    "14.3": Function(
        _attainable,
        [_right, _left, (3e9, 1e9, 50e9, 20e9), (1e6, 1e8, 80e9, 10e9)],
        {
            "the lower one of the two limits holds: min, not max.": lambda f, q, p, b: max(
                p, b * f / q
            ),
            "intensity is operations a byte, F / Q, not bytes an operation.": lambda f, q, p, b: (
                min(p, b * q / f)
            ),
            "right of the ridge the peak is the limit: take the minimum with it.": (
                lambda f, q, p, b: b * f / q
            ),
            "left of the ridge the bandwidth is the limit, not the peak.": lambda f, q, p, b: p,
            "moved is in bytes already: do not turn it into numbers.": lambda f, q, p, b: min(
                p, b * f / (q / 4)
            ),
            "that is a time: return operations a second.": lambda f, q, p, b: max(f / p, q / b),
            "the bandwidth is bytes a second: multiply the intensity by it.": (
                lambda f, q, p, b: min(p, f / q / b)
            ),
            "the intensity is missing: the bandwidth counts bytes, not operations.": (
                lambda f, q, p, b: min(p, b)
            ),
            "that is the intensity: times the bandwidth, and at most the peak.": (
                lambda f, q, p, b: f / q
            ),
            "that is the ridge, an intensity: return operations a second.": lambda f, q, p, b: (
                p / b
            ),
            "the slower of the two is waited for, not both in turn.": lambda f, q, p, b: (
                f / (f / p + q / b)
            ),
            "peak and bandwidth are exchanged.": lambda f, q, p, b: min(b, p * f / q),
        },
        clues=(
            "(42), with I from the line above it.",
            "Operations for each byte, times bytes a second; then compare with the peak.",
        ),
        laws={
            "no layer is faster than the peak.": lambda answer: float(answer(*_right)) <= 80.1e9,
            "left of the ridge the memory is waited for: 10e9 bytes a second feed 10e9 F / Q "
            "operations.": lambda answer: answers_agree(answer(*_left), 1.25e9),
            "with the peak and the bandwidth doubled, all is twice as fast.": lambda answer: (
                answers_agree(2 * answer(*_left), answer(*_left[:2], 160e9, 20e9))
            ),
        },
        solution="""\
def my_attainable(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * flops / moved)
""",
    ),
}
