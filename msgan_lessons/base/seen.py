"""What was seen in the middle of a training, for a resumed run that comes by again."""

from collections.abc import Callable, Mapping

from torch import Tensor

from msgan_lessons.base import tensor_folder
from msgan_lessons.base.keeping import begun

__all__ = ["seen"]


def seen(name: str, look: Callable[[], Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Look once at the training that began last; a resumed run gets what was seen then.

    Parameters
    ----------
    name : str
        Of this look, one of its kind in a training; letters, digits and underscores.
    look : callable
        Returns tensors by name.

    Returns
    -------
    dict
        Name to tensor.

    Raises
    ------
    ValueError
        If what was kept is damaged.
    """
    training = begun()
    if training is None:
        return dict(look())
    place = training / f"seen_{name}"
    if not (place / tensor_folder.INDEX).is_file():
        tensor_folder.save_tensors(place, {"seen": look()}, {})
    return tensor_folder.tensors(place, "seen")
