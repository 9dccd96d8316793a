"""A G that draws the class it is told (lesson 11)."""

from collections.abc import Sequence

from torch import Tensor, nn

from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l11_class_conditional.conditioning import (
    ConditionalBatchNorm2d,
    SelfAttention,
)

__all__ = ["ConditionalGenerator", "check_classes"]

Images = Tensor | Sequence[Tensor]


class ConditionalGenerator(MultiScaleGenerator):
    r"""The core's G, whose batch norms are told the class, and which may attend.

    .. math:: h_k = ReLU(CBN_k(up_k(h_{k-1}), e_y)), \quad x_k = \tanh(toRGB_k(h_k))

    Parameters
    ----------
    n_classes : int
        At least 2; 0: there are no labels, and the batch norms are the core's.
    embedding_dim : int
        Length of e_y, which all batch norms share.
    attention : int
        Resolution whose features pass through `SelfAttention`; 0: none.
    **sizes
        As for `MultiScaleGenerator`: resolution, channels, latent_dim, img_channels, emit
        ('finest', 'all' or a sequence of resolutions).

    Raises
    ------
    ValueError
        If `n_classes` is 1 or negative, there is no scale of that attention, or `emit` is another.

    References
    ----------
    BigGAN (Brock et al. 2019), section 3: one embedding for all layers. Blocks are the core's, so
    DCGAN's and not residual; z enters the first block alone, where the paper gives every layer a
    part of it ('skip-z'); no spectral norm in G.

    Examples
    --------
    >>> import torch
    >>> G = ConditionalGenerator(n_classes=10, channels=(8, 8, 4, 4), latent_dim=8, emit="all")
    >>> [tuple(x.shape) for x in G(torch.randn(2, 8), torch.tensor([3, 9]))]
    [(2, 1, 4, 4), (2, 1, 8, 8), (2, 1, 16, 16), (2, 1, 32, 32)]
    """

    def __init__(
        self, *, n_classes: int = 10, embedding_dim: int = 32, attention: int = 16, **sizes
    ) -> None:
        super().__init__(**sizes)
        if self.emit in ("fading", "residual") or self.carry == "image":
            raise ValueError(
                "emit must be 'finest', 'all' or a sequence of resolutions and carry 'features', "
                f"got emit={self.emit!r} and carry={self.carry!r}."
            )
        check_classes(n_classes, attention, self.sizes)
        self.n_classes = n_classes
        self.attention = nn.ModuleDict()  # resolution to its layer
        for size, block in zip(self.sizes, self.blocks, strict=True):
            channels = block[1].num_features
            if n_classes:
                block[1] = ConditionalBatchNorm2d(channels, embedding_dim)
            if size == attention:
                self.attention[str(size)] = SelfAttention(channels)
        if n_classes:
            self.embedding = nn.Embedding(n_classes, embedding_dim)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> list[Tensor]:
        """Draw images of the classes asked for.

        Parameters
        ----------
        z : Tensor
            Shape (B, latent_dim), standard normal.
        labels : Tensor, optional
            int64 (B,); or weights of the classes, float (B, n_classes), to mix their embeddings.
            A G without labels takes none into account.

        Returns
        -------
        list of Tensor
            As for `MultiScaleGenerator.forward`.

        Raises
        ------
        ValueError
            If labels are missing, or z or labels have another shape or range.
        """
        features = zip(self.sizes, self.features(z, labels), strict=True)
        shown = [h for size, h in features if size in self.emitted]
        return [rgb(h).tanh() for rgb, h in zip(self.to_rgb, shown, strict=True)]

    def features(self, z: Tensor, labels: Tensor | None = None) -> list[Tensor]:
        """Return what each block hands on, coarse to fine: tensors (B, channels[k], r_k, r_k).

        Parameters
        ----------
        z, labels : Tensor
            As for `forward`.

        Returns
        -------
        list of Tensor
            One a scale.

        Raises
        ------
        ValueError
            As for `forward`.
        """
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (B, {self.latent_dim}), got {tuple(z.shape)}.")
        told = (self.embed(labels, len(z)),) if self.n_classes else ()
        h, out = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
        for size, (up, norm, relu) in zip(self.sizes, self.blocks, strict=True):
            h = relu(norm(up(h), *told))  # (B, channels[k], r_k, r_k)
            if str(size) in self.attention:
                h = self.attention[str(size)](h)
            out.append(h)
        return out

    def embed(self, labels: Tensor | None, count: int) -> Tensor:
        """Turn labels, or weights of the classes, into the vectors that the batch norms are told.

        Parameters
        ----------
        labels : Tensor
            As for `forward`.
        count : int
            B.

        Returns
        -------
        Tensor
            Shape (B, embedding_dim).

        Raises
        ------
        ValueError
            As for `forward`.
        """
        if labels is None or tuple(labels.shape) not in ((count,), (count, self.n_classes)):
            got = None if labels is None else tuple(labels.shape)
            raise ValueError(
                f"labels must have shape ({count},) or ({count}, {self.n_classes}), got {got}."
            )
        return self.embedding(labels) if labels.ndim == 1 else labels @ self.embedding.weight


def check_classes(n_classes: int, attention: int, sizes: Sequence[int]) -> None:
    """Refuse a number of classes or a place of attention that a network cannot have.

    Parameters
    ----------
    n_classes : int
        0, or at least 2.
    attention : int
        0, or one of `sizes`.
    sizes : sequence of int
        Resolutions with features.

    Raises
    ------
    ValueError
        In one sentence.
    """
    if n_classes < 0 or n_classes == 1:
        raise ValueError(f"n_classes must be 0 or at least 2, got {n_classes}.")
    if attention and attention not in sizes:
        known = ", ".join(map(str, sizes))
        raise ValueError(f"attention must be 0 or one of {known}, got {attention}.")
