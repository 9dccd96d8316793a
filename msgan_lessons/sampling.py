"""Drawing with a trained G: no gradients, no change, the same pictures for the same latents."""

import torch
from torch import Tensor, nn

__all__ = ["draw"]


def draw(generator: nn.Module, z: Tensor, chunk: int = 256) -> list[Tensor]:
    """Draw images in evaluation mode and bring them to the CPU.

    Parameters
    ----------
    generator : nn.Module
        z (B, latent_dim) to images, or to a list of images coarse to fine. Its mode is put back.
    z : Tensor
        Shape (N, latent_dim).
    chunk : int
        Latents drawn at a time; the pictures do not depend on it beyond float rounding.

    Returns
    -------
    list of Tensor
        One a scale, coarse to fine, each (N, C, R, R), float32, in [-1, 1], on the CPU.

    Examples
    --------
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> [tuple(x.shape) for x in draw(MultiScaleGenerator(emit="all"), torch.zeros(2, 64))]
    [(2, 1, 4, 4), (2, 1, 8, 8), (2, 1, 16, 16), (2, 1, 32, 32)]
    """
    device, was_training = next(generator.parameters()).device, generator.training
    generator.eval()
    with torch.no_grad():
        parts = [generator(part.to(device)) for part in z.split(chunk)]
    generator.train(was_training)
    scales = [[part] if isinstance(part, Tensor) else part for part in parts]
    return [torch.cat(scale).float().cpu() for scale in zip(*scales, strict=True)]
