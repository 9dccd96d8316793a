"""A D that knows the class (lesson 11)."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.lessons.l11_class_conditional.class_networks import check_classes
from msgan_lessons.lessons.l11_class_conditional.conditioning import SelfAttention

__all__ = ["ProjectionDiscriminator"]

Images = Tensor | Sequence[Tensor]


class ProjectionDiscriminator(nn.Module):
    r"""The core's D with a second opinion: whether these features belong to this class.

    .. math:: f(x, y) = \psi(\phi(x)) + y^\top V \phi(x)

    Parameters
    ----------
    n_classes : int
        At least 2; 0: there are no labels, and f is the core's D.
    attention : int
        Resolution whose features pass through `SelfAttention`; 0: none. Not the finest, which
        holds no features.
    spectral_norm : bool
        For every convolution and for V.
    **sizes
        As for `MultiScaleDiscriminator`: resolution, channels, img_channels, inject.

    Raises
    ------
    ValueError
        If `n_classes` is 1 or negative, or there are no features of that resolution.

    References
    ----------
    Miyato and Koyama 2018, section 3 and figure 1. phi(x) is the sum over places of what the
    trunk hands to its head; psi is that head, which also sees where a feature stands (the paper's
    is linear in phi). Like BigGAN's, this D sees no minibatch statistics.

    Examples
    --------
    >>> import torch
    >>> D = ProjectionDiscriminator(channels=(16, 8, 8, 4))
    >>> D(torch.zeros(2, 1, 32, 32), torch.tensor([3, 9])).shape
    torch.Size([2])
    """

    def __init__(
        self, *, n_classes: int = 10, attention: int = 16, spectral_norm: bool = True, **sizes
    ) -> None:
        super().__init__()
        self.trunk = MultiScaleDiscriminator(
            **sizes, minibatch_stddev=False, spectral_norm=spectral_norm
        )
        check_classes(n_classes, attention, self.trunk.sizes[:-1])
        self.n_classes = n_classes
        blocks = self.trunk.blocks
        if attention:  # of two blocks that hand on 4x4, the first one
            k = self.trunk.sizes[::-1].index(attention) - 1
            channels = blocks[k][0].out_channels
            blocks[k] = nn.Sequential(*blocks[k], SelfAttention(channels, spectral_norm))
        if n_classes:
            self.embedding = nn.Embedding(n_classes, blocks[-1][0].out_channels)  # V
            nn.init.xavier_uniform_(self.embedding.weight)
            if spectral_norm:
                add_spectral_norm(self.embedding)

    def forward(self, images: Images, labels: Tensor | None = None) -> Tensor:
        """Judge images (as for `MultiScaleDiscriminator`) of classes (B,): logits (B,)."""
        return self.judge(images, labels)[0]

    def judge(self, images: Images, labels: Tensor | None = None) -> tuple[Tensor, list[Tensor]]:
        """Return the logits and what each block hands on.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for `MultiScaleDiscriminator.forward`.
        labels : Tensor, optional
            int64 (B,); a D without labels takes none into account.

        Returns
        -------
        tuple
            Logits (B,), and features fine to coarse, each (B, C, r, r).

        Raises
        ------
        ValueError
            If labels are missing or are not one an image, or the images do not fit.
        """
        logits, features = self.trunk.judge(images)
        if not self.n_classes:
            return logits, features
        if labels is None or labels.shape != logits.shape:
            got = None if labels is None else tuple(labels.shape)
            raise ValueError(f"labels must have shape {tuple(logits.shape)}, got {got}.")
        pooled = features[-1].sum((2, 3))  # phi(x): (B, C)
        return logits + (self.embedding(labels) * pooled).sum(1), features
