"""A duel: who plays, how much each may spend when nobody says it, who has won (lesson 08)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from torch import Tensor

from msgan_lessons.base.checks import check_choice, check_some
from msgan_lessons.base.streams import Streams
from msgan_lessons.family import CONNECTIONS, MODELS, Model, build, msggan
from msgan_lessons.metrics.contest import UNITS, step_costs
from msgan_lessons.runs.parameters import Budget
from msgan_lessons.runs.recordings import CONTESTS

Row = Mapping[str, object]


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

    Examples
    --------
    >>> list(contestants("family", 0, resolution=8, width=1))
    ['dcgan', 'lapgan', 'progan', 'msggan', 'multiscale_d']
    """
    check_choice("contest", contest, CONTESTS)
    models = {}
    for name in MODELS if contest == "family" else CONNECTIONS:
        Streams(seed).seed_weights()
        pair = build(name, **sizes) if contest == "family" else msggan(connections=name, **sizes)
        models[name] = pair.with_(batch_size=batch_size)
    return models


def allowance(
    unit: str, amount: float, models: Mapping[str, Model], batch: Tensor, limits: Budget
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
    check_choice("unit", unit, UNITS)
    if not amount >= 0:
        raise ValueError(f"amount must be >= 0 (0 = what fits), got {amount!r}.")
    check_some("models", models, "contestant")
    if amount > 0:
        return float(amount)
    if unit == "seconds":
        return limits.max_seconds / len(models)
    return limits.max_seconds / sum(_seconds_a_unit(m, batch, unit) for m in models.values())


def _seconds_a_unit(model: Model, batch: Tensor, unit: str) -> float:
    """Seconds that a model, grown up, takes for one image or one floating-point operation."""
    seconds, cost = (step_costs(model, batch, u, "auto")[-1] for u in ("seconds", unit))
    return seconds / cost


def last_rows(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Pick the rows at the end of a duel: for each model one a seed."""
    return {model: [run[-1] for run in runs] for model, runs in runs_by_model(rows).items()}


def ranking(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Fréchet distances at the end of a duel, one a seed, the model of the lowest mean first.

    Parameters
    ----------
    rows : sequence of mapping
        As `metrics.duel` yields them, in order; with several seeds each row has a 'seed'.

    Examples
    --------
    >>> rows = [{"model": "a", "frechet": 9.0}, {"model": "a", "frechet": 5.0}]
    >>> ranking([*rows, {"model": "b", "frechet": 2.0}])
    {'b': [2.0], 'a': [5.0]}
    """
    last = last_rows(rows)
    values = {model: [row["frechet"] for row in part] for model, part in last.items()}
    return dict(sorted(values.items(), key=lambda item: fmean(item[1])))


def runs_by_model(rows: Sequence[Row]) -> dict[str, list[list[Row]]]:
    """Model to its runs, one for each seed; a run is a list of rows."""
    found: dict[str, dict[object, list[Row]]] = {}
    for row in rows:
        found.setdefault(row["model"], {}).setdefault(row.get("seed"), []).append(row)
    return {model: list(seeds.values()) for model, seeds in found.items()}
