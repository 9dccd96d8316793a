"""What a lesson may be told: checked by name, kind, range and as a whole, before it starts."""

import torch

from msgan_lessons.base.record import current_run
from msgan_lessons.runs.budget import Budget, budget, resolve_preset
from msgan_lessons.runs.parameter_kinds import Parameter, nearest
from msgan_lessons.runs.parameter_rules import check_rules
from msgan_lessons.runs.parameter_table import PARAMETERS

__all__ = ["PARAMETERS", "Parameter", "check_parameters", "nearest", "start_lesson"]


def check_parameters(**values: object) -> None:
    """Refuse wrong values of known parameters, also those that do not go together.

    Parameters
    ----------
    **values
        Name to value; names that are not in `PARAMETERS` are passed over.

    Raises
    ------
    TypeError
        If a value is of another type.
    ValueError
        If a value is out of range, the scales do not divide the resolution, a data file is
        damaged, or only one image would make a batch.
    FileNotFoundError
        If the data are not on this machine.

    Examples
    --------
    >>> check_parameters(resolution=32, n_scales=4)
    """
    for name, value in values.items():
        if name in PARAMETERS:
            PARAMETERS[name].check(name, value)
    check_rules(values)


def start_lesson(**parameters: object) -> Budget:
    """Check a lesson's parameters and settle how much its training cell may do.

    Parameters
    ----------
    **parameters
        All parameters of the lesson, 'preset' among them.

    Returns
    -------
    Budget
        From the preset and from 'steps', 'max_seconds' and 'batch_size' where they are not 0.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        As `check_parameters`.

    Examples
    --------
    >>> start_lesson(preset="smoke", steps=3).steps
    3
    """
    check_parameters(**parameters)
    preset = resolve_preset(parameters["preset"], has_gpu=torch.cuda.is_available())
    current_run().metrics(preset=preset, threads=torch.get_num_threads())
    asked = ("steps", "max_seconds", "batch_size")
    return budget(preset, **{k: parameters[k] for k in asked if k in parameters})
