"""Exercises of lesson 07_training."""

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_07"]

BANK_07: dict[str, Value | Function] = {
    "07.1": Value(
        "D",
        "in D's step the fakes are a fixed exhibit; G would else collect gradients that help D.",
        {"G": "G's step needs the path through its images: without it G gets no gradient at all."},
    ),
    "07.2": Value(
        1600,
        "one step shows D one batch of real images: 100 steps of 16.",
        {
            3200: "the generated images are not counted in n_images.",
            100: "that is the number of steps; each shows a whole batch.",
        },
    ),
    "07.3": Function(
        lambda average, new, step, ema_decay: (
            average + (1 - min(ema_decay, (1 + step) / (10 + step))) * (new - average)
        ),
        [(1.0, 3.0, 0, 0.9), (1.0, 3.0, 5, 0.9), (2.0, -1.0, 1000, 0.99)],
        {
            "the warm-up is missing: at step t the decay is min(ema_decay, (1 + t) / (10 + t)).": (
                lambda average, new, step, d: d * average + (1 - d) * new
            ),
            "average and new have changed places.": lambda average, new, step, d: (
                min(d, (1 + step) / (10 + step)) * new
                + (1 - min(d, (1 + step) / (10 + step))) * average
            ),
            "take the smaller of the two decays, not the larger.": lambda average, new, step, d: (
                max(d, (1 + step) / (10 + step)) * average
                + (1 - max(d, (1 + step) / (10 + step))) * new
            ),
        },
    ),
}
