"""BigGAN's ingredients, left out one at a time and recorded once with several seeds (lesson 11)."""

import json

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.family import Model
from msgan_lessons.lessons.l11_class_conditional.class_conditional import biggan
from msgan_lessons.runs.recordings import Recording

__all__ = ["VARIANTS", "recorded_ablation", "variant"]

VARIANTS: dict[str, dict] = {  # what differs from the first; 'width' is a factor
    "full": {},
    "no labels": {"n_classes": 0},
    "no attention": {"attention": 0},
    "no spectral norm": {"spectral_norm": False},
    "no orthogonal penalty": {"orthogonal": 0.0},
    "finest scale only": {"scales": "finest"},
    "half width": {"width": 0.5},
}


def variant(name: str, *, width: int = 16, **sizes) -> Model:
    """Build a variant of `biggan` by name.

    Parameters
    ----------
    name : str
        Key in `VARIANTS`.
    width : int
        That of 'full'.
    **sizes
        As for `biggan`.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If the name is unknown, or a value out of range.

    Examples
    --------
    >>> variant("half width", width=8).arguments["width"]
    4
    """
    if name not in VARIANTS:
        raise ValueError(f"name must be one of {', '.join(VARIANTS)}, got {name!r}.")
    changes = dict(VARIANTS[name])
    width = max(1, int(width * changes.pop("width", 1)))
    return biggan(width=width, **{**sizes, **changes})


def recorded_ablation() -> Recording:
    """Read the scores of all variants, as data/build_conditional_ablation.py wrote them.

    Returns
    -------
    Recording
        Its rows hold 'model' (a key in `VARIANTS`), 'seed', 'step', 'n_images', 'seconds' and the
        scores of `class_scores.ClassJudge`; its floor those of real training images.

    Raises
    ------
    ValueError
        If the file is damaged.
    FileNotFoundError
        If it is missing; the sentence says how to restore it.
    """
    shipped.check("conditional_ablation")
    found = json.loads((data_folder() / "conditional_ablation.json").read_text())
    return Recording(found["rows"], found["floor"], found["settings"], found["machine"])
