"""The room of lesson 09, super-resolution: pairs, networks, scores, a bench, exercises."""

from collections.abc import Iterable

from msgan_lessons.runs.parameters import Parameter

SMALLEST = {"classifier": 32, "vgg19": 64}  # half as large is the coarser scale it must see


def _features() -> Iterable[str]:
    from msgan_lessons.lessons.l09_super_resolution.content import FEATURES

    return FEATURES


def _check_large(data: str, resolution: int, features: str) -> None:
    from msgan_lessons.lessons.l09_super_resolution.pairs import NATIVE_SIZES

    if resolution < SMALLEST[features]:
        raise ValueError(
            f"resolution must be at least {SMALLEST[features]} for features={features} of both "
            f"scales of super-resolution, got {resolution}."
        )
    if NATIVE_SIZES.get(data, resolution) < resolution:
        raise ValueError(
            f"resolution must be at most the {NATIVE_SIZES[data]} pixels a side of data={data} "
            f"for super-resolution, got {resolution}."
        )


def _check_features(features: str) -> None:
    from msgan_lessons.lessons.l09_super_resolution import content

    if features == "vgg19":
        content.check()


PARAMETERS = {
    "adversarial": Parameter(float, 0, 1000),
    "features": Parameter(str, choices=_features),
}
RULES = (
    (("data", "resolution", "features"), _check_large),
    (("features",), _check_features),
)
