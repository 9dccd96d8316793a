"""What D says about each scale, and what of it reaches each block of G (lesson 08)."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.discriminator import DiscriminatorEnsemble
from msgan_lessons.losses import LOSSES
from msgan_lessons.pyramid import Scales


class SwitchedDiscriminator(nn.Module):
    """A D whose scales can be closed, x_k <- s_k x_k: it learns nothing there, nor does G."""

    # an ensemble leaves the judge of a closed scale out of the loss instead

    def __init__(self, discriminator: nn.Module, sizes: Sequence[int]) -> None:
        super().__init__()
        self.discriminator, self.sizes = discriminator, list(sizes)
        self.closed: frozenset[int] = frozenset()

    def close(self, sizes: Iterable[int]) -> None:
        """Close these scales, not all that are judged, and open all others."""
        closed = frozenset(sizes)
        if unknown := sorted(closed - set(self.sizes)):
            raise ValueError(
                f"D judges the scales {self.sizes} alone: there is no connection at {unknown[0]}."
            )
        if closed >= set(self.sizes):
            raise ValueError(f"one of the scales {self.sizes} must stay open, got all closed.")
        self.closed = closed

    def forward(self, images: Scales) -> Scales:
        """Judge images as D does, without the closed scales."""
        return self.judge(images)[0] if self.closed else self.discriminator(images)

    def judge(self, images: Scales) -> tuple:
        """Return logits and features as D does, without the closed scales."""
        if isinstance(self.discriminator, DiscriminatorEnsemble):
            judged = self.discriminator.judge(images)
            return tuple(
                [x for x, r in self._named(part) if r not in self.closed] for part in judged
            )
        if self.closed:
            images = [torch.zeros_like(x) if x.shape[-1] in self.closed else x for x in images]
        return self.discriminator.judge(images)

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Hand growth on to D."""
        self.discriminator.grow_to(depth, alpha)

    def _named(self, parts: Sequence) -> Iterable[tuple]:
        return zip(parts, self.sizes, strict=True)


def judged_sizes(discriminator: nn.Module, sizes: Sequence[int]) -> list[int]:
    """Resolutions of the images that a D judges, coarse to fine, out of those of its G."""
    if isinstance(discriminator, SwitchedDiscriminator):
        return list(discriminator.sizes)
    if isinstance(discriminator, DiscriminatorEnsemble):
        return list(sizes[-len(discriminator.members) :])
    return list(discriminator.entering)


def scale_gradients(
    generator: nn.Module, discriminator: nn.Module, z: Tensor
) -> tuple[list[int], Tensor]:
    """Resolutions j that D judges, and the norms (j, k) of what block k of G receives through x_j.

    Of the non-saturating loss; MSG-GAN (Karnewar and Wang 2020), section 2, has it in words.
    """
    judged = judged_sizes(discriminator, generator.sizes)
    sizes, terms = _terms(discriminator, judged, generator(z))
    norms = torch.zeros(len(terms), len(generator.blocks))
    for j, term in enumerate(terms):
        for k, block in enumerate(generator.blocks):
            weights = list(block.parameters())
            slopes = torch.autograd.grad(term, weights, retain_graph=True, allow_unused=True)
            squares = [s.square().sum() for s in slopes if s is not None]
            norms[j, k] = sum(squares, torch.zeros(())).sqrt()
    return sizes, norms


@torch.no_grad()
def scale_responses(
    discriminator: nn.Module, real: Scales, fake: Scales, sizes: Sequence[int]
) -> tuple[list[int], Tensor]:
    """Resolutions and D's mean logits by scale (resolutions, 2), of real and of fake images."""
    # A trunk sees one real scale exchanged for a fake one, which it never met in training (ours).
    judged = judged_sizes(discriminator, sizes)
    closed = getattr(discriminator, "closed", frozenset())
    shown = [r for r in judged if r not in closed]
    if isinstance(_bare(discriminator), DiscriminatorEnsemble):
        pairs = zip(discriminator(real), discriminator(fake), strict=True)
        return shown, torch.tensor([[a.mean(), b.mean()] for a, b in pairs])

    def logit(images: Scales) -> Tensor:
        return discriminator(images)[0].mean()

    if len(real) == 1:
        return shown, torch.tensor([[logit(x) for x in (real, fake)]])
    mixed = [[b if b.shape[-1] == r else a for a, b in zip(real, fake, strict=True)] for r in shown]
    whole = logit(real)
    return shown, torch.tensor([[whole, logit(images)] for images in mixed])


def _terms(
    discriminator: nn.Module, judged: Sequence[int], fake: Scales
) -> tuple[list[int], list[Tensor]]:
    """Resolutions that are judged, and G's loss as a function of one of them at a time."""
    loss = LOSSES["non_saturating"].generator
    closed = getattr(discriminator, "closed", frozenset())
    if isinstance(_bare(discriminator), DiscriminatorEnsemble):
        logits, sides = discriminator(fake), [r for r in judged if r not in closed]
        alone = [
            [s if i == j else s.detach() for i, s in enumerate(logits)] for j in range(len(logits))
        ]
        return sides, [loss(scales) for scales in alone]
    entering = [x.shape[-1] for x in fake if len(fake) == 1 or x.shape[-1] in judged]
    sides = [r for r in entering if r not in closed]
    alone = [[x if x.shape[-1] == r else x.detach() for x in fake] for r in sides]
    return sides, [loss(discriminator(images)) for images in alone]


def _bare(discriminator: nn.Module) -> nn.Module:
    """D without its switches."""
    if isinstance(discriminator, SwitchedDiscriminator):
        return discriminator.discriminator
    return discriminator
