"""Where each layer stands under the roofline (lesson 14_efficiency)."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.lessons.l14_efficiency.costs import NUMBER, Block, Layer
from msgan_lessons.lessons.l14_efficiency.costs_trace import tracing
from msgan_lessons.lessons.l14_efficiency.roofline import Point
from msgan_lessons.lessons.l14_efficiency.stopwatch import repeated
from msgan_lessons.pyramid import bilinear_upsample

__all__ = ["layer_points", "points_of", "upsampling_points"]

KINDS = {
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "transposed convolution",
    nn.BatchNorm2d: "batch norm",
    nn.ReLU: "activation",
    nn.LeakyReLU: "activation",
    MinibatchStddev: "minibatch stddev",
}
BILINEAR = 7  # operations for each number that leaves: four products, three sums


def layer_points(label: str, blocks: Sequence[Block], repeats: int = 30) -> list[Point]:
    """Time every layer of traced blocks alone, forward.

    Parameters
    ----------
    label : str
        'G' or 'D'.
    blocks : sequence of Block
        As `costs_trace.tracing` gives them.
    repeats : int
        The fastest one counts, as for the roof.

    Returns
    -------
    list of Point
    """
    return [_point(label, b.resolution, layer, repeats) for b in blocks for layer in b.layers]


def upsampling_points(blocks: Sequence[Block], repeats: int = 30) -> list[Point]:
    """Time bilinear upsampling of what enters each block that doubles the resolution.

    Parameters
    ----------
    blocks : sequence of Block
        G's; it is what a transposed convolution does without learned weights.
    repeats : int
        As for `layer_points`.

    Returns
    -------
    list of Point
    """
    found = []
    for block in blocks:
        x = block.given
        if block.layers[-1].shape[-1] == 2 * x.shape[-1] > 2:
            out = 4 * x.numel()
            seconds = _fastest(bilinear_upsample, x, repeats)
            size = NUMBER * (x.numel() + out)
            point = Point(
                "G", "bilinear upsampling", block.resolution, BILINEAR * out, size, seconds
            )
            found.append(point)
    return found


def points_of(
    generator: nn.Module, discriminator: nn.Module, z: Tensor, repeats: int = 30
) -> list[Point]:
    """Time every layer of G and of D alone, and bilinear upsampling beside G's own.

    Parameters
    ----------
    generator, discriminator : nn.Module
        A member of the family; copies of both are run.
    z : Tensor
        Shape (B, latent_dim).
    repeats : int
        As for `layer_points`.

    Returns
    -------
    list of Point
        G's layers, D's layers, upsampling.
    """
    G, D = copy.deepcopy((generator, discriminator))
    with tracing(G) as drawn:
        fake = G(z)
    with tracing(D) as judged:
        D(fake)
    layers = layer_points("G", drawn, repeats) + layer_points("D", judged, repeats)
    return layers + upsampling_points(drawn, repeats)


def _point(label: str, resolution: int, layer: Layer, repeats: int) -> Point:
    seconds = _fastest(layer.module, layer.given, repeats)
    return Point(
        label, KINDS[type(layer.module)], resolution, layer.operations, layer.moved, seconds
    )


@torch.no_grad()
def _fastest(call: Callable, given: Tensor, repeats: int) -> float:
    return min(repeated(lambda: call(given), repeats))
