"""A switch for each scale's way from G to D, to be turned while they train (lesson 08)."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.discriminator import DiscriminatorEnsemble

__all__ = ["SwitchedDiscriminator", "judged_sizes"]

Images = Tensor | Sequence[Tensor]


class SwitchedDiscriminator(nn.Module):
    r"""A D whose scales can be closed: it learns nothing from a closed one, nor does G.

    .. math:: x_k \leftarrow s_k x_k, \quad s_k \in \{0, 1\}

    Of a trunk, the real and the fake image of a closed scale are replaced by zeros. Of an
    ensemble, the judge of a closed scale is left out of the loss.

    Parameters
    ----------
    discriminator : nn.Module
        A `MultiScaleDiscriminator` or a `DiscriminatorEnsemble`; its parameters are this one's.
    sizes : sequence of int
        Resolutions that it judges, coarse to fine, as `judged_sizes` returns them.

    Examples
    --------
    >>> from msgan_lessons.discriminator import MultiScaleDiscriminator
    >>> trunk = MultiScaleDiscriminator(resolution=8, channels=(4, 2), inject="all")
    >>> D = SwitchedDiscriminator(trunk, [4, 8])
    >>> D.close([4])
    >>> images = [torch.ones(2, 1, 4, 4), torch.ones(2, 1, 8, 8)]
    >>> bool((D(images) == D([9 * images[0], images[1]])).all())
    True
    """

    def __init__(self, discriminator: nn.Module, sizes: Sequence[int]) -> None:
        super().__init__()
        self.discriminator, self.sizes = discriminator, list(sizes)
        self.closed: frozenset[int] = frozenset()

    def close(self, sizes: Iterable[int]) -> None:
        """Close these scales and open all others.

        Parameters
        ----------
        sizes : iterable of int
            Resolutions, not all that are judged.

        Raises
        ------
        ValueError
            If D does not judge one of them, or none would be left open.
        """
        closed = frozenset(sizes)
        if unknown := sorted(closed - set(self.sizes)):
            raise ValueError(
                f"D judges the scales {self.sizes} alone: there is no connection at {unknown[0]}."
            )
        if closed >= set(self.sizes):
            raise ValueError(f"one of the scales {self.sizes} must stay open, got all closed.")
        self.closed = closed

    @property
    def open_sizes(self) -> list[int]:
        """Resolutions that are open, coarse to fine."""
        return [size for size in self.sizes if size not in self.closed]

    def forward(self, images: Images) -> Images:
        """Judge images as D does, without the closed scales."""
        return self.judge(images)[0] if self.closed else self.discriminator(images)

    def judge(self, images: Images) -> tuple:
        """Return logits and features as D does, without the closed scales.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for D.

        Returns
        -------
        tuple
            Logits, and features.
        """
        if isinstance(self.discriminator, DiscriminatorEnsemble):
            judged = self.discriminator.judge(images)
            return tuple(
                [x for x, r in self._named(part) if r not in self.closed] for part in judged
            )
        if self.closed:
            images = [torch.zeros_like(x) if x.shape[-1] in self.closed else x for x in images]
        return self.discriminator.judge(images)

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Hand growth on to D.

        Parameters
        ----------
        depth : int
            As for `MultiScaleDiscriminator.grow_to`.
        alpha : float
            As there.
        """
        self.discriminator.grow_to(depth, alpha)

    def _named(self, parts: Sequence) -> Iterable[tuple]:
        return zip(parts, self.sizes, strict=True)


def judged_sizes(discriminator: nn.Module, sizes: Sequence[int]) -> list[int]:
    """Resolutions of the images that a D judges.

    Parameters
    ----------
    discriminator : nn.Module
        A trunk, an ensemble, or one of them with switches.
    sizes : sequence of int
        All resolutions of its G, coarse to fine.

    Returns
    -------
    list of int
        Coarse to fine; of a growing trunk the finest alone.

    Examples
    --------
    >>> from msgan_lessons.discriminator import PatchDiscriminator
    >>> judged_sizes(DiscriminatorEnsemble(2, PatchDiscriminator), [4, 8, 16])
    [8, 16]
    """
    if isinstance(discriminator, SwitchedDiscriminator):
        return list(discriminator.sizes)
    if isinstance(discriminator, DiscriminatorEnsemble):
        return list(sizes[-len(discriminator.members) :])
    return list(discriminator.entering)
