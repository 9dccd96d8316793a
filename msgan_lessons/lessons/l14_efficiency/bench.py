"""What a model would cost, by formula: choose its sizes, nothing is computed (lesson 14)."""

import torch

from msgan_lessons.base.pictures import Picture
from msgan_lessons.family import build, channels_for
from msgan_lessons.lessons.l14_efficiency.measured import BlockCost, predict_blocks
from msgan_lessons.lessons.l14_efficiency.pictures import cost_bars
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline


class CostBench:
    """Predicts parameters, operations, kept memory and time of a model by its sizes.

    Parameters
    ----------
    roof : Roof
        Of this machine.
    model : str
        Key in `family.MODELS`; `build` refuses any other.

    Examples
    --------
    >>> bench = CostBench(Roofline(peak=50e9, bandwidth=10e9, cache_bandwidth=50e9))
    >>> blocks = bench.blocks(resolution=32, width=16, batch_size=32)
    >>> sum(b.predicted["parameters"] for b in blocks)
    420978
    """

    def __init__(self, roof: Roofline, model: str = "dcgan") -> None:
        with torch.device("meta"):
            build(model)
        self.roof, self.model = roof, model

    def blocks(self, resolution: int, width: int, batch_size: int) -> list[BlockCost]:
        """Predict every block of G, and of D on one batch of at least 2; nothing is measured."""
        with torch.device("meta"):
            pair = build(self.model, resolution=resolution, width=width)
            z = torch.zeros(batch_size, pair.generator.latent_dim)
        for network in (pair.generator, pair.discriminator):
            if hasattr(network, "stage"):  # read as numbers: all scales, the newest faded in
                n_scales = len(channels_for(resolution, width))
                network.stage = torch.tensor([n_scales, 1.0])
        drawn = predict_blocks("G", pair.generator, z, roof=self.roof)
        fake = [x.detach() for x in pair.generator(z)]
        return drawn + predict_blocks("D", pair.discriminator, fake, roof=self.roof)

    def bars(self, resolution: int, width: int, batch_size: int) -> Picture:
        """Draw the prediction by scale; the caption tells the sums."""
        blocks = self.blocks(resolution, width, batch_size)
        total = {k: sum(b.predicted[k] for b in blocks) for k in ("parameters", "flops", "kept")}
        least = sum(b.predicted["seconds"] for b in blocks)
        caption = (
            f"{self.model} at {resolution}x{resolution}, width {width}, batch {batch_size}: "
            f"{total['parameters']:,} parameters, {total['flops'] / 1e9:.2f} GFLOP forward, "
            f"{4e-6 * total['kept']:.1f} MB kept for backward, at least {1e3 * least:.1f} ms "
            "forward under the roof."
        )
        return cost_bars(blocks, caption)

    def choices(self, resolution: int, width: int, batch_size: int) -> dict[str, list | tuple]:
        """Three controls for `widgets.explore`, which start at the sizes given."""
        return {
            "resolution": [*dict.fromkeys((resolution, 16, 32, 64, 128))],
            "width": [*dict.fromkeys((width, 8, 16, 32, 64))],
            "batch_size": [*dict.fromkeys((batch_size, 8, 32, 128))],
        }
