"""Exercises of lesson 14_efficiency."""

from msgan_lessons.classroom.exercise_types import Function, Value
from msgan_lessons.costs import NUMBER, conv_multiply_adds, conv_parameters
from msgan_lessons.costs_step import ADAM

__all__ = ["BANK_14", "PARAMETERS_AT_64"]

PARAMETERS_AT_64 = 888_306  # of both networks of presets.dcgan(resolution=64); a test counts them


def _attainable(flops: float, moved: float, peak: float, bandwidth: float) -> float:
    return min(peak, bandwidth * flops / moved)


_macs = conv_multiply_adds(4, 64, 128, 8)
_weights = conv_parameters(4, 64, 128)
_megabytes = NUMBER * (2 + ADAM) * PARAMETERS_AT_64 / 1e6

BANK_14: dict[str, Value | Function] = {
    "14.1": Value(
        2 * _macs,
        "2 · 4² · 64 · 128 · 8²: the kernel stands at the 8x8 places of the output, and a "
        "multiply-add is two operations.",
        {
            _macs: "those are the multiply-adds: each is two floating-point operations.",
            2 * _macs // 4: "the kernel has k² entries, not k: 4² = 16.",
            8 * _macs: "the stride is 2: the kernel stands at 8x8 places, not at 16x16.",
            _weights: "those are the parameters: each works at every place of the output.",
            2 * _weights: "that is for one place: the kernel stands at 8x8 of them.",
            2 * _macs * 9 // 16: "that is for a 3x3 kernel; this one has 4x4 entries.",
        },
    ),
    "14.2": Value(
        _megabytes,
        "888,306 parameters, each with a gradient and Adam's two averages: 4 numbers of 4 bytes.",
        {
            _megabytes / 4: "those are 4 bytes or 4 numbers alone: 4 numbers of 4 bytes each.",
            _megabytes / 2: "Adam's two averages alone, or weights and gradients alone: add both.",
            _megabytes * 3 / 4: "one of the four is missing: weight, gradient, two averages.",
            _megabytes * 1e6: "that is in bytes; a megabyte is a million of them.",
            PARAMETERS_AT_64 / 1e6: "those are millions of parameters: 4 numbers of 4 bytes each.",
            _megabytes * 8: "that is in megabits: a float32 has 4 bytes.",
        },
    ),
    "14.3": Function(
        _attainable,
        [(1e9, 1e7, 80e9, 10e9), (1e6, 8e6, 80e9, 10e9), (3e9, 1e9, 50e9, 20e9)],
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
        },
    ),
}
