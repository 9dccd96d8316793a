"""A G that draws the class it is told and a D that knows it: BigGAN in small (lesson 11)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.base.checks import check_least
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.pyramid import Scales


class ConditionalBatchNorm2d(nn.BatchNorm2d):
    """(1 + W_g c) (x - mean) / std + W_b c: batch norm whose gain and bias a vector c tells.

    De Vries et al. 2017, section 3; linear and centred at 1 as in BigGAN (Brock et al. 2019).
    """

    def __init__(self, channels: int, condition_dim: int) -> None:
        for name, value in (("channels", channels), ("condition_dim", condition_dim)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}.")
        super().__init__(channels, affine=False)
        self.gain = nn.Linear(condition_dim, channels, bias=False)
        self.bias_of = nn.Linear(condition_dim, channels, bias=False)
        for linear in (self.gain, self.bias_of):
            nn.init.normal_(linear.weight, 0.0, 0.02)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map (B, C, H, W) and (B, condition_dim) to (B, C, H, W)."""
        gain, bias = 1 + self.gain(condition), self.bias_of(condition)  # (B, C) each
        return torch.addcmul(bias[:, :, None, None], gain[:, :, None, None], super().forward(x))


class SelfAttention(nn.Module):
    """Let every place of a feature map look at all others; at first it changes nothing (gamma 0).

    SAGAN (Zhang et al. 2019), equations 1 to 3; f and h at half the resolution, as BigGAN's code.
    """

    def __init__(self, channels: int, spectral_norm: bool = False) -> None:
        super().__init__()
        check_least(2, channels=channels)
        few = max(1, channels // 8)
        wrap = add_spectral_norm if spectral_norm else nn.Identity()
        self.f, self.g = (wrap(nn.Conv2d(channels, few, 1, bias=False)) for _ in range(2))
        self.h = wrap(nn.Conv2d(channels, channels // 2, 1, bias=False))
        self.v = wrap(nn.Conv2d(channels // 2, channels, 1, bias=False))
        self.gamma = nn.Parameter(torch.zeros(()))

    def weights(self, x: Tensor) -> Tensor:
        """How much each place looks at each other one: (B, H W, H W / 4), each row sums to 1."""
        keys = F.max_pool2d(self.f(x), 2).flatten(2)  # (B, few, HW/4)
        queries = self.g(x).flatten(2)  # (B, few, HW)
        return (queries.transpose(1, 2) @ keys).softmax(-1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        values = F.max_pool2d(self.h(x), 2).flatten(2)  # (B, C/2, HW/4)
        seen = values @ self.weights(x).transpose(1, 2)  # (B, C/2, HW)
        seen = seen.unflatten(2, x.shape[2:]).contiguous(memory_format=torch.channels_last)
        return x + self.gamma * self.v(seen)


def orthogonal_penalty(module: nn.Module) -> Tensor:
    r"""How far from orthogonal the filters of a network are, their lengths left free: >= 0.

    .. math:: R(W) = \| W^\top W \odot (1 - I) \|_F^2, \quad \text{one filter a column of } W

    BigGAN (Brock et al. 2019), equation 3, whose weight beta is 1e-4. Brock et al. 2017 would
    also ask for length 1 (their equation is BigGAN's 2): found too strict.

    Parameters
    ----------
    module : nn.Module
        Its convolutions and transposed convolutions count, summed to a scalar with a graph; linear
        maps do not, so that class embeddings stay free.

    Raises
    ------
    ValueError
        If the module has no convolution.

    Examples
    --------
    >>> layer = nn.Conv2d(2, 2, 1, bias=False)
    >>> with torch.no_grad():
    ...     _ = layer.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 3.0]])[:, :, None, None])
    >>> orthogonal_penalty(layer).item()  # the dot product 1 stands in two places
    2.0
    """
    total = [_overlap(m) for m in module.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    if not total:
        raise ValueError(f"module must hold a convolution, got {type(module).__name__}.")
    return torch.stack(total).sum()


def _overlap(layer: nn.Module) -> Tensor:
    """Sum of the squared dot products of different filters of one layer."""
    weight = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
    filters = weight.flatten(1)  # (filters, length)
    products = filters @ filters.T
    return products.square().sum() - products.diagonal().square().sum()


class ConditionalGenerator(MultiScaleGenerator):
    """The core's G, whose batch norms are told the class by one embedding, and which may attend.

    BigGAN (Brock et al. 2019), section 3, but without residual blocks, 'skip-z', spectral norm.
    """

    def __init__(
        self, *, n_classes: int = 10, embedding_dim: int = 32, attention: int = 16, **sizes
    ) -> None:
        super().__init__(**sizes)
        check_classes(n_classes, attention, self.sizes)
        self.n_classes = n_classes  # 0: no labels, and the batch norms stay the core's
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
        """Draw images from z (B, latent_dim) and labels (B,), or weights of them (B, n_classes)."""
        features = zip(self.sizes, self.features(z, labels), strict=True)
        shown = [h for size, h in features if size in self.emitted]
        return [rgb(h).tanh() for rgb, h in zip(self.to_rgb, shown, strict=True)]

    def features(self, z: Tensor, labels: Tensor | None = None) -> list[Tensor]:
        """Return what each block hands on, coarse to fine: tensors (B, channels[k], r_k, r_k)."""
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
        """Turn labels, or weights of the classes, into vectors (B, embedding_dim)."""
        if labels is None or tuple(labels.shape) not in ((count,), (count, self.n_classes)):
            got = None if labels is None else tuple(labels.shape)
            raise ValueError(
                f"labels must have shape ({count},) or ({count}, {self.n_classes}), got {got}."
            )
        return self.embedding(labels) if labels.ndim == 1 else labels @ self.embedding.weight


def check_classes(n_classes: int, attention: int, sizes: Sequence[int]) -> None:
    """Refuse a number of classes or a place of attention that a network cannot have."""
    if n_classes < 0 or n_classes == 1:
        raise ValueError(f"n_classes must be 0 or at least 2, got {n_classes}.")
    if attention and attention not in sizes:
        known = ", ".join(map(str, sizes))
        raise ValueError(f"attention must be 0 or one of {known}, got {attention}.")


class ProjectionDiscriminator(nn.Module):
    """The core's D plus y^T V phi(x), phi summed over places (Miyato and Koyama 2018)."""

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

    def forward(self, images: Scales, labels: Tensor | None = None) -> list[Tensor]:
        """Judge images (as for `MultiScaleDiscriminator`) of classes (B,): [logits (B,)]."""
        return self.judge(images, labels)[0]

    def judge(
        self, images: Scales, labels: Tensor | None = None
    ) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return [logits (B,)] and [what each block hands on, fine to coarse: (B, C, r, r)]."""
        (logits,), (features,) = self.trunk.judge(images)
        if not self.n_classes:
            return [logits], [features]
        if labels is None or labels.shape != logits.shape:
            got = None if labels is None else tuple(labels.shape)
            raise ValueError(f"labels must have shape {tuple(logits.shape)}, got {got}.")
        pooled = features[-1].sum((2, 3))  # phi(x): (B, C)
        return [logits + (self.embedding(labels) * pooled).sum(1)], [features]
