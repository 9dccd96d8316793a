"""The table of all parameters of the lessons; a new parameter is one line here."""

from collections.abc import Callable, Iterable
from importlib import import_module

from msgan_lessons.runs.budget import PRESETS
from msgan_lessons.runs.parameter_kinds import Parameter

__all__ = ["PARAMETERS"]


def _keys(*tables: str) -> Callable[[], Iterable[str]]:
    """The keys of tables, as 'losses.LOSSES'; `msgan list` waits for them only to show them."""

    def keys() -> list[str]:
        found = []
        for module, _, name in (table.rpartition(".") for table in tables):
            found += getattr(import_module(f"msgan_lessons.{module}"), name)
        return found

    return keys


IMAGES = _keys("datasets.shipped.NAMES", "datasets.shipped.EMOJI", "datasets.downloads.NAMES")

PARAMETERS: dict[str, Parameter] = {
    "preset": Parameter(str, choices=lambda: ("auto", *PRESETS)),
    "seed": Parameter(int, 0, 2**31 - 1),
    "data": Parameter(str, choices=IMAGES, folder=True),
    "adversarial": Parameter(float, 0, 1000),
    "features": Parameter(str, choices=_keys("lessons.l09_super_resolution.sr_content.FEATURES")),
    "on_broken": Parameter(str, choices=lambda: ("refuse", "skip")),
    "model": Parameter(str, choices=_keys("family.MODELS")),
    "loss": Parameter(str, choices=_keys("losses.LOSSES")),
    "losses": Parameter(str, choices=lambda: ("pixel_mse", *_keys("losses.LOSSES")()), many=True),
    "resolution": Parameter(int, 8, 256, power_of_two=True),
    "n_scales": Parameter(int, 1, 7),
    "latent_dim": Parameter(int, 1, 1024),
    "batch_size": Parameter(int, 0, 4096),
    "steps": Parameter(int, 0, 10_000_000),
    "max_seconds": Parameter(float, 0, 1_000_000),
    "n_images": Parameter(int, 1, 1024),
    "unit": Parameter(str, choices=_keys("metrics.duel.UNITS")),
    "amount": Parameter(float, 0, 1e18),
    "target": Parameter(str, choices=_keys("lessons.l01_the_game.plane_data.TARGETS")),
    "cure": Parameter(str, choices=_keys("lessons.l15_stability.plane_cures.CURES")),
    "g_lr": Parameter(float, 1e-6, 1.0),
    "d_lr": Parameter(float, 1e-6, 1.0),
    "clips": Parameter(str, choices=_keys("datasets.clips.NAMES"), folder=True),
    "compare_seconds": Parameter(float, 0, 1_000_000),
    "frames": Parameter(int, 8, 16, power_of_two=True),
    "sprites": Parameter(int, 1, 4),
    "judges": Parameter(str, choices=_keys("lessons.l12_video.video_judges.JUDGES"), many=True),
    "variants": Parameter(
        str, choices=_keys("lessons.l11_class_conditional.class_ablation.VARIANTS"), many=True
    ),
    "cycle": Parameter(float, 0, 1000),
    "identity": Parameter(float, 0, 1000),
    "pool": Parameter(int, 0, 100_000),
    "head_start": Parameter(int, 0, 10_000_000),
    "juries": Parameter(str, choices=lambda: ("three scales", "one scale"), many=True),
    "lab_model": Parameter(str, choices=_keys("family.MODELS")),
    "lab_steps": Parameter(int, 0, 10_000_000),
    "lab_judge": Parameter(int, 0, 10_000_000),
    "speech": Parameter(str, choices=lambda: ("asterisk",), folder=True),
    "judge": Parameter(str, choices=_keys("lessons.l13_speech.speech_judges.SPEECH_JUDGES")),
    "compiler": Parameter(str, choices=lambda: ("none", "inductor")),
}
