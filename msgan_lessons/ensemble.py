"""Several D, one a scale (lessons 04_discriminator and 08)."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from msgan_lessons.pyramid import image_pyramid

__all__ = ["DiscriminatorEnsemble"]

Images = Tensor | Sequence[Tensor]


class DiscriminatorEnsemble(nn.Module):
    """Several D, one a scale, that share nothing.

    Parameters
    ----------
    n_scales : int
        How many, at least 1.
    make : callable
        Makes one D; called `n_scales` times.
    inject : str
        'finest': each sees the finest image, averaged down to its own resolution (pix2pixHD).
        'all': each sees the image that G drew at its scale (LAPGAN).
    pyramid : callable
        (finest, n_scales) to what each D sees, for inject='finest': `image_pyramid`, or another
        view of other data, for instance a wave at several rates (lesson 13_speech).

    Raises
    ------
    ValueError
        If `n_scales` is below 1 or `inject` is unknown.

    References
    ----------
    pix2pixHD (Wang et al. 2018), section 3.2, calls this the multi-scale discriminator; it pools
    with a 3x3 mean at stride 2, ours with a 2x2 mean (`resampling.box_downsample`).
    LAPGAN (Denton et al. 2015), section 3, trains one D a level.

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.patch import PatchDiscriminator
    >>> D = DiscriminatorEnsemble(3, PatchDiscriminator)
    >>> [tuple(s.shape) for s in D(torch.zeros(2, 1, 32, 32))]
    [(2, 1, 2, 2), (2, 1, 4, 4), (2, 1, 8, 8)]
    """

    def __init__(
        self,
        n_scales: int,
        make: Callable[[], nn.Module],
        inject: str = "finest",
        pyramid: Callable[[Tensor, int], Sequence[Tensor]] = image_pyramid,
    ) -> None:
        super().__init__()
        if n_scales < 1:
            raise ValueError(f"n_scales must be at least 1, got {n_scales}.")
        if inject not in ("finest", "all"):
            raise ValueError(f"inject must be one of finest, all, got {inject!r}.")
        self.inject, self.pyramid = inject, pyramid
        self.members = nn.ModuleList(make() for _ in range(n_scales))

    def forward(self, images: Images) -> list[Tensor]:
        """Judge (B, C, H, W), or a list coarse to fine; logits for each scale, coarse to fine."""
        scales = self._inputs(images)
        return [member(x) for member, x in zip(self.members, scales, strict=True)]

    def judge(self, images: Images) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return the logits of each scale and the features of every member's layers.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for `forward`.

        Returns
        -------
        tuple
            Logits as `forward` returns them, and for each scale a list of (B, C, H, W).
        """
        scales = self._inputs(images)
        judged = [member.judge(x) for member, x in zip(self.members, scales, strict=True)]
        return [logits for logits, _ in judged], [features for _, features in judged]

    def _inputs(self, images: Images) -> list[Tensor]:
        """One image for each member, coarse to fine."""
        if self.inject == "finest":
            return list(self.pyramid(_finest(images), len(self.members)))
        if isinstance(images, Tensor) or len(images) != len(self.members):
            got = 1 if isinstance(images, Tensor) else len(images)
            raise ValueError(f"images must hold {len(self.members)} scales, got {got}.")
        return list(images)


def _finest(images: Images) -> Tensor:
    return images if isinstance(images, Tensor) else images[-1]
