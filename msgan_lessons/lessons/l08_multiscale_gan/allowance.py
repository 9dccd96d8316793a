"""Who plays a duel, and how much each may spend when nobody says it (lesson 08)."""

from collections.abc import Mapping

from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.family import CONNECTIONS, MODELS, Model, build, msggan
from msgan_lessons.metrics.contest import UNITS, step_costs
from msgan_lessons.runs.parameters import Budget
from msgan_lessons.runs.recordings import CONTESTS


def contestants(
    contest: str, seed: int, *, batch_size: int = 32, **sizes: object
) -> dict[str, Model]:
    """Build the models of a contest, by name, all with weights from the same stream.

    Parameters
    ----------
    contest : str
        'family': every member once. 'connections': MSG-GAN with images passing from G to D at no,
        some or all of the scales below the finest.
    seed : int
        Of the weights.
    batch_size : int
        Real images in one update of D, for all.
    **sizes
        `resolution`, `img_channels`, `latent_dim` and `width`, as for `family.dcgan`.

    Raises
    ------
    ValueError
        If the contest is unknown or a size out of range.

    Examples
    --------
    >>> list(contestants("family", 0, resolution=8, width=1))
    ['dcgan', 'lapgan', 'progan', 'msggan', 'multiscale_d']
    """
    if contest not in CONTESTS:
        raise ValueError(f"contest must be one of {', '.join(CONTESTS)}, got {contest!r}.")
    models = {}
    for name in MODELS if contest == "family" else CONNECTIONS:
        Streams(seed).seed_weights()
        pair = build(name, **sizes) if contest == "family" else msggan(connections=name, **sizes)
        models[name] = pair.with_(batch_size=batch_size)
    return models


def allowance(
    unit: str,
    amount: float,
    models: Mapping[str, Model],
    batch: Tensor,
    limits: Budget,
    device: str = "auto",
) -> float:
    r"""How much of a unit each contestant gets, so that all together keep to the time limit.

    .. math:: \sum_m \frac{A}{c_m}\, t_m = t_{max}, \quad \text{so} \quad
        A = t_{max} \Big/ \sum_m \frac{t_m}{c_m}

    A > 0 is in `unit`; one step of model m takes t_m seconds and costs c_m of it.

    Parameters
    ----------
    unit : str
        One of `metrics.contest.UNITS`. For 'seconds' A is an equal share of the time; for 'images'
        (real ones) and 'flops' (floating-point operations) a few steps of copies are timed, so A
        depends on the machine and on how busy it is.
    amount : float
        What was asked for, >= 0; where it is not 0, it is returned as it is.
    models : mapping
        The contestants; they are not changed. One that grows is counted as grown up.
    batch : Tensor
        Real images (B, C, R, R) in [-1, 1], as many as a step takes.
    limits : Budget
        `max_seconds` for all contestants together.
    device : str
        As for `training.train`.

    Raises
    ------
    ValueError
        If the unit is unknown, the amount negative, or there is no contestant.

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.family import dcgan
    >>> from msgan_lessons.runs.parameters import budget
    >>> pair, batch = dcgan(resolution=8, width=1), torch.zeros(4, 1, 8, 8)
    >>> allowance("seconds", 0, {"one": pair, "other": pair}, batch, budget("class"))
    27.5
    """
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}.")
    if not amount >= 0:
        raise ValueError(f"amount must be >= 0 (0 = what fits), got {amount!r}.")
    if not models:
        raise ValueError("models must hold at least one contestant, got none.")
    if amount > 0:
        return float(amount)
    if unit == "seconds":
        return limits.max_seconds / len(models)
    return limits.max_seconds / sum(
        _seconds_a_unit(m, batch, unit, device) for m in models.values()
    )


def _seconds_a_unit(model: Model, batch: Tensor, unit: str, device: str) -> float:
    """Seconds that a model, grown up, takes for one image or one floating-point operation."""
    seconds, cost = (step_costs(model, batch, u, device)[-1] for u in ("seconds", unit))
    return seconds / cost
