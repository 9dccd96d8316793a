"""The room of lesson 11, BigGAN in small: networks, game, scores, a bench, exercises."""

from collections.abc import Iterable

from msgan_lessons.runs.parameters import Parameter, shown

LABELLED = ("fashion_mnist", "fashion_mnist_full")


def _variants() -> Iterable[str]:
    from msgan_lessons.lessons.l11_class_conditional.game import VARIANTS

    return VARIANTS


def _check_labels(data: str, variants: str) -> None:
    if data not in LABELLED:
        raise ValueError(
            f"data must be {' or '.join(LABELLED)} for variants that read labels, "
            f"got {shown(data)}."
        )


PARAMETERS = {"variants": Parameter(str, choices=_variants, many=True)}
RULES = ((("data", "variants"), _check_labels),)
