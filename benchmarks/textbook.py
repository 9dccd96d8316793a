"""What our speed is measured against: a GAN as tutorials write it, plainly."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from msgan_lessons.pyramid import Scales
from msgan_lessons.steps import detach
from msgan_lessons.training import TrainConfig

__all__ = ["TUTORIAL_CONFIG", "TutorialDiscriminator", "TutorialGenerator", "textbook_loop"]

TUTORIAL_CONFIG = TrainConfig(batch_size=64, g_lr=2e-4, d_lr=2e-4, betas=(0.5, 0.999))


def textbook_loop(
    generator: nn.Module,
    discriminator: nn.Module,
    real_batches: Iterable[Tensor],
    config: TrainConfig,
    *,
    latents: torch.Generator,
    scales: Callable[[Tensor], Scales] = lambda images: [images],
    criterion: nn.Module | None = None,
    forwards: int = 2,
) -> Iterator[dict[str, float]]:
    """Train as a tutorial does: one row a step.

    Labels of ones and zeros, binary cross-entropy, two Adam optimisers with torch's defaults,
    memory as torch lays it out, D's gradients computed in G's step too and thrown away, and both
    losses fetched at every step.

    Parameters
    ----------
    generator, discriminator : nn.Module
        G has `latent_dim`; D returns one value an image.
    real_batches : iterable of Tensor
        (B, C, R, R) in [-1, 1].
    config : TrainConfig
        Learning rates and betas; nothing else is read.
    latents : torch.Generator
        Stream of z.
    scales : callable
        Turns real images into what D expects.
    criterion : nn.Module, optional
        `BCEWithLogitsLoss` where it is missing.
    forwards : int
        2: G draws new fakes for its own update; 1: it uses those of D's update.

    Yields
    ------
    dict
        'd_loss', 'g_loss'.
    """
    criterion = criterion or nn.BCEWithLogitsLoss()
    optimizer_g = torch.optim.Adam(generator.parameters(), lr=config.g_lr, betas=config.betas)
    optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=config.d_lr, betas=config.betas)
    device = next(generator.parameters()).device
    for batch in real_batches:
        real = scales(batch.to(device))
        size = (len(batch), generator.latent_dim)
        ones, zeros = torch.ones(len(batch), device=device), torch.zeros(len(batch), device=device)

        # Train D
        optimizer_d.zero_grad()
        fake = generator(torch.randn(size, generator=latents).to(device))
        (real_logits,), (fake_logits,) = discriminator(real), discriminator(detach(fake))
        d_loss = criterion(real_logits, ones) + criterion(fake_logits, zeros)
        d_loss.backward()
        optimizer_d.step()

        # Train G
        optimizer_g.zero_grad()
        if forwards == 2:
            fake = generator(torch.randn(size, generator=latents).to(device))
        g_loss = criterion(discriminator(fake)[0], ones)
        g_loss.backward()
        optimizer_g.step()

        yield {"d_loss": d_loss.item(), "g_loss": g_loss.item()}


class TutorialGenerator(nn.Sequential):
    """DCGAN's G as PyTorch's tutorial has it, one block shorter: 32x32 images.

    Parameters
    ----------
    width : int
        Feature channels at 16x16; twice as many at 8x8, four times at 4x4.
    latent_dim : int
        Length of z.
    """

    def __init__(self, width: int = 64, latent_dim: int = 100) -> None:
        super().__init__(
            nn.Unflatten(1, (latent_dim, 1, 1)),
            nn.ConvTranspose2d(latent_dim, width * 4, 4, 1, 0, bias=False),
            nn.BatchNorm2d(width * 4),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 4, width * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 2, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(True),
            nn.ConvTranspose2d(width, 1, 4, 2, 1, bias=False),
            nn.Tanh(),
        )
        self.latent_dim = latent_dim
        self.apply(_initialise)


class TutorialDiscriminator(nn.Sequential):
    """DCGAN's D as PyTorch's tutorial has it, one block shorter; returns probabilities.

    Parameters
    ----------
    width : int
        Feature channels at 16x16; twice as many at 8x8, four times at 4x4.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__(
            nn.Conv2d(1, width, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, width * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 2, width * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 4),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 4, 1, 4, 1, 0, bias=False),
            nn.Sigmoid(),
            nn.Flatten(0),
        )
        self.apply(_initialise)


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)
