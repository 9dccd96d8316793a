"""Play every patient of the failure clinic, ill and cured, with several seeds (lesson 15).

Usage: OMP_NUM_THREADS=1 python benchmarks/clinic.py [LETTERS] [SEEDS], for instance PQ 01234
"""

import sys
import time

import torch

from msgan_lessons.lessons.l15_stability.clinic import CASES, SIGNS, measured_case


def main(letters: str = "".join(CASES), seeds: str = "01234") -> None:
    """Print a line for each patient, seed and state; signs that are not its cause's are noted."""
    torch.set_num_threads(1)
    for letter in letters:
        case = CASES[letter]
        for seed in map(int, seeds):
            for cure in (None, case.cure):
                start = time.perf_counter()
                symptoms = measured_case(letter, cure, seed)
                signs = ", ".join(n for n, sign in SIGNS.items() if sign.present(symptoms)) or "-"
                state, value = case.health(symptoms), case.measure(symptoms)
                took = time.perf_counter() - start
                word = "ill" if cure is None else "cured"
                print(
                    f"{letter} {case.cause:20} seed {seed} {word:6} {case.unit}={value:.3f} "
                    f"{state}; signs: {signs} ({took:.1f} s)",
                    flush=True,
                )


if __name__ == "__main__":
    main(*sys.argv[1:3])
