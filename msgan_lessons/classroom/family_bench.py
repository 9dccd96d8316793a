"""Small pairs of the family to look into, at the start or after a few steps (lesson 08)."""

from torch import nn

from msgan_lessons import presets
from msgan_lessons.classroom.family_plots import scale_lens
from msgan_lessons.classroom.pictures import Picture
from msgan_lessons.datasets import ImageData
from msgan_lessons.growth import GrowthSchedule
from msgan_lessons.runs.repro import Streams
from msgan_lessons.scales import scale_sizes
from msgan_lessons.training import Game

__all__ = ["FamilyBench"]

WIDTH = 4
BATCH = 8


class FamilyBench:
    """Every member of the family in small, trained for as long as the student asks.

    Parameters
    ----------
    data : ImageData
        Real images, at least 8; their resolution is that of the networks.
    phase_images : int
        Real images in one phase of growth, at least 1.
    seed : int
        Of weights, data and latents.

    Raises
    ------
    ValueError
        If the resolution is no power of two from 4 on, or `phase_images` is below 1.
    """

    def __init__(self, data: ImageData, phase_images: int = 100, seed: int = 0) -> None:
        n_scales = len(scale_sizes(data.resolution, 4))
        self.data, self.schedule = data, GrowthSchedule(phase_images, n_scales)
        self.seed, self.latents = seed, Streams(seed)
        self._pairs: dict[tuple[str, int], tuple[nn.Module, nn.Module]] = {}

    def pair(self, model: str, steps: int) -> tuple[nn.Module, nn.Module]:
        """Return G and D after some steps; trained once, then kept.

        Parameters
        ----------
        model : str
            Key in `presets.MODELS`.
        steps : int
            D+G updates of the grown pair, at least 0.

        Returns
        -------
        tuple of nn.Module

        Raises
        ------
        ValueError
            If the model is unknown.
        """
        if (model, steps) not in self._pairs:
            streams = Streams(self.seed)
            streams.seed_weights()
            sizes = {"resolution": self.data.resolution, "img_channels": self.data.img_channels}
            pair = presets.build(model, width=WIDTH, **sizes).with_(growth_images=0)
            batches = self.data.batches(BATCH, streams["data"])
            players = pair.generator, pair.discriminator
            game = Game(*players, batches, pair.config, streams=streams, device="cpu")
            for _ in range(steps):
                game.step()
            self._pairs[model, steps] = players
        return self._pairs[model, steps]

    def lens(self, model: str, steps: int, n_images: int) -> Picture:
        """Show what G draws at each scale, and the gradients of formula (11).

        Parameters
        ----------
        model, steps
            As for `pair`.
        n_images : int
            Where the schedule of a growing pair stands; the others do not heed it.

        Returns
        -------
        Picture
        """
        players, name = self.pair(model, steps), f"{model}, {steps} steps"
        if getattr(players[0], "emit", "") == "fading":
            depth, alpha = self.schedule.stage(n_images)
            name += f", depth {depth}, alpha {alpha:g}"
            for network in players:
                network.grow_to(depth, alpha)
        z = self.latents.fixed_latents(32, players[0].latent_dim)
        return scale_lens(*players, z, name)
