"""What two processes play for the tests: small games in double precision, all in one launch."""

import copy
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.family import build
from msgan_lessons.parallel.processes import Processes, sync_batch_norm
from msgan_lessons.training import Game, TrainConfig, played

BATCH, RESOLUTION, STEPS = 16, 8, 4
CASES = {
    "dcgan": ("dcgan", {}),
    "relativistic_average": ("dcgan", {"loss": "relativistic_average"}),
    "gradient penalty": ("dcgan", {"loss": "wgan", "reg_interval": 1}),
    "r1, two steps of d": ("msggan", {"r1_gamma": 1.0, "reg_interval": 2, "d_steps": 2}),
    "growth": ("progan", {"growth_images": 16}),
    "teacher forcing": ("lapgan", {"g_steps": 2}),
    "spectral norm and packs": ("dcgan", {}),
    "feature matching": ("multiscale_d", {"loss": "hinge", "feature_matching": 1.0}),
}


def noise(seed: int = 1) -> Iterator[Tensor]:
    stream = torch.Generator().manual_seed(seed)
    while True:
        yield torch.rand(BATCH, 1, RESOLUTION, RESOLUTION, generator=stream).double() * 2 - 1


def new_game(name: str, processes: Processes | None = None, batches=None) -> Game:
    """A game in double precision, the same at each call."""
    model, settings = CASES[name]
    Streams(0).seed_weights()
    pair = build(model, resolution=RESOLUTION, width=2, latent_dim=8)
    if name == "spectral norm and packs":
        judge = {"resolution": RESOLUTION, "channels": (4, 2), "spectral_norm": True, "pac": 2}
        pair = replace(pair, discriminator=MultiScaleDiscriminator(**judge))
    players = pair.generator.double(), pair.discriminator.double()
    return Game(
        *players, batches or noise(), TrainConfig(batch_size=BATCH, **settings), device="cpu",
        generator_ema=copy.deepcopy(players[0]), streams=Streams(0), processes=processes,
    )  # fmt: skip


def play(name: str, processes: Processes | None = None) -> tuple[dict[str, Tensor], list[dict]]:
    """Play a case; all weights and buffers of G, D and the average, and the rows."""
    game = new_game(name, processes)
    rows = [game.step() for _ in range(STEPS)]
    names = ("generator", "discriminator", "generator_ema")
    states = {n: getattr(game, n).state_dict() for n in names}
    named = {f"{n}.{k}": v for n, s in states.items() for k, v in s.items()}
    return {name: tensor.contiguous().clone() for name, tensor in named.items()}, rows


def play_all(folder: Path) -> None:
    """What each of the two processes does; the files bear its rank."""
    torch.Tensor.float = torch.Tensor.double  # a penalty is computed in single precision else
    processes = Processes(cpu=True)
    said = {}
    for name in CASES:
        state, said[name] = play(name, processes)
        save_file(state, folder / f"{name}.{processes.rank}")
    said["diverged"] = _diverge(processes)
    said["stopped"] = _stop(processes)
    processes.local_batch_norm = True
    save_file(play("dcgan", processes)[0], folder / f"local.{processes.rank}")
    (folder / f"said.{processes.rank}").write_text(json.dumps(said))
    processes.wait()


def _diverge(processes: Processes) -> str:
    """One image that is not finite, in the share of process 1."""
    broken = next(noise())
    broken[1] = float("nan")
    game = new_game("dcgan", processes, itertools.chain([next(noise()), broken]))
    game.step()
    try:
        game.step()
    except FloatingPointError as error:
        return str(error)
    return "went on"


def _stop(processes: Processes) -> int:
    """The clocks disagree: process 0 has no time left after its first step, process 1 has."""
    seconds = 1e-9 if processes.is_main else 1e9
    return len(list(played(new_game("dcgan", processes), steps=50, max_seconds=seconds)))


NORM_SHARED = ("images", "slopes", "second slopes")
NORM_SUMMED = ("weight slopes", "bias slopes")


def norm_whole() -> dict[str, Tensor]:
    """torch's batch norm of a batch: values, first and second derivatives, statistics."""
    return _norm(torch.nn.BatchNorm2d(3).double(), *_norm_batch())


def norm_share(folder: Path) -> None:
    """The same of this process's share, through the synced norm."""
    processes = Processes(cpu=True)
    layer = sync_batch_norm(torch.nn.BatchNorm2d(3).double())
    results = _norm(layer, *processes.share(_norm_batch()))
    save_file(results, folder / f"norm.{processes.rank}")
    processes.wait()


def _norm_batch() -> tuple[Tensor, Tensor]:
    stream = torch.Generator().manual_seed(3)
    shape = (2, 8, 3, 4, 4)
    return tuple(torch.randn(shape, generator=stream, dtype=torch.float64) * 2 + 1)


def _norm(layer: torch.nn.Module, x: Tensor, target: Tensor) -> dict[str, Tensor]:
    x = x.clone().requires_grad_(True)
    images = layer(x)
    loss = (images - target).pow(3).sum()
    (slopes,) = torch.autograd.grad(loss, x, create_graph=True)
    weights = torch.autograd.grad(loss, list(layer.parameters()), retain_graph=True)
    (second,) = torch.autograd.grad(slopes.pow(2).sum(), x)
    found = {"images": images, "slopes": slopes, "second slopes": second}
    found |= dict(zip(NORM_SUMMED, weights, strict=True)) | layer.state_dict()
    return {name: value.detach().contiguous().clone() for name, value in found.items()}
