"""Trainers of two GAN libraries, where they are installed; they are no dependency of ours."""

import importlib
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType

import torch
from torch import Tensor, nn

from benchmarks.games import FOR_EVER, build
from benchmarks.process import Desk
from benchmarks.timing import timed
from msgan_lessons.datasets.images import open_images

__all__ = ["importable", "mimicry", "torchgan"]


class Loader:
    """What both trainers expect of a DataLoader: batches with labels, a size, a length."""

    def __init__(self, desk: Desk, batches: Iterator[Tensor], batch_size: int) -> None:
        self.batch_size, self._labels = batch_size, torch.zeros(batch_size)
        self._batches = timed(desk, batches)

    def __iter__(self) -> Iterator[list[Tensor]]:
        return ([images, self._labels] for images in self._batches)

    def __len__(self) -> int:
        return FOR_EVER


class Finest(nn.Module):
    """A network of ours among those that know one image alone."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Return the finest image of G, or D's logits as a column."""
        out = self.network(x)
        return out[:, None] if isinstance(out, Tensor) else out[-1]


def mimicry(desk: Desk, batch_size: int = 32) -> None:
    """Time torch-mimicry's Trainer on our dcgan; pictures and checkpoints are switched off."""
    with _stand_ins():
        from torch_mimicry.nets.gan.gan import BaseDiscriminator, BaseGenerator
        from torch_mimicry.training import Trainer

    class Generator(BaseGenerator):
        forward = Finest.forward

    class Discriminator(BaseDiscriminator):
        forward = Finest.forward

    pair, streams = build("dcgan")
    g = Generator(nz=pair.generator.latent_dim, ngf=0, bottom_width=4, loss_type="gan")
    d = Discriminator(ndf=0, loss_type="gan")
    g.network, d.network = pair.generator, pair.discriminator
    batches = open_images().batches(batch_size, streams["data"])
    with tempfile.TemporaryDirectory() as folder:
        optimizers = [torch.optim.Adam(network.parameters(), lr=1e-3) for network in (d, g)]
        trainer = Trainer(
            d, g, *optimizers, Loader(desk, batches, batch_size), num_steps=FOR_EVER,
            log_dir=folder, vis_steps=FOR_EVER, save_steps=FOR_EVER, device=torch.device("cpu"),
        )  # fmt: skip
        trainer.train()


def torchgan(desk: Desk, batch_size: int = 32) -> None:
    """Time torchgan's Trainer on our dcgan."""
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
    from torchgan.models import Discriminator, Generator
    from torchgan.trainer import Trainer

    pair, streams = build("dcgan")

    class OurGenerator(Generator):
        def __init__(self) -> None:
            super().__init__(pair.generator.latent_dim)
            self.network = pair.generator

        forward = Finest.forward

    class OurDiscriminator(Discriminator):
        def __init__(self) -> None:
            super().__init__(1)
            self.network = pair.discriminator

        forward = Finest.forward

    adam = {"name": torch.optim.Adam, "args": {"lr": 1e-3}}
    networks = {
        "generator": {"name": OurGenerator, "optimizer": adam},
        "discriminator": {"name": OurDiscriminator, "optimizer": adam},
    }
    losses = [MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()]
    batches = open_images().batches(batch_size, streams["data"])
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            networks, losses, device=torch.device("cpu"), epochs=1, log_dir=folder,
            checkpoints=f"{folder}/gan", recon=folder,
        )  # fmt: skip
        trainer(Loader(desk, batches, batch_size))


def importable(desk: Desk, package: str) -> None:
    """Answer whether a package imports as it is: None, or the error in one line."""
    for _question in desk:
        try:
            importlib.import_module(package)
            desk.answer(None)
        except Exception as error:
            desk.answer(f"{type(error).__name__}: {error}")


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Let torch-mimicry be imported: stand in for TensorFlow (its FID alone) and torch._six."""
    importlib.import_module("torch.utils.tensorboard")  # looks for TensorFlow: must come before
    missing = {}
    for name, contents in (("tensorflow", {}), ("torch._six", {"PY3": True})):
        missing[name] = ModuleType(name)
        missing[name].__spec__ = ModuleSpec(name, None)
        vars(missing[name]).update(contents)
    sys.modules.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]
