"""A game in which G starts from something given: an image, a label, a spectrogram (09 to 13)."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from msgan_lessons.base.record import CountedBatches
from msgan_lessons.base.streams import Streams, autocast, choose_device
from msgan_lessons.losses import Features, Images, find_loss, layer_pairs, r1_penalty
from msgan_lessons.steps import discriminator_step, ema_update, generator_step
from msgan_lessons.training import TrainConfig, to_floats


def paired_feature_matching(real_features: Features, fake_features: Features) -> Tensor:
    r"""Distance between what D's layers make of each real sample and of its generated twin.

    .. math:: \frac{1}{L} \sum_l E\left[ \| D^{(l)}(x) - D^{(l)}(G(s)) \|_1 \right] / N_l

    Wang et al. 2018 (pix2pixHD), equation 4; Kumar et al. 2019 (MelGAN), equation 4. Both sum over
    the layers and scales, ours is the mean over them.

    >>> one, other = torch.tensor([[1.0], [-1.0]]), torch.tensor([[-1.0], [1.0]])
    >>> paired_feature_matching([one], [other]).item()  # the means over the batch are equal
    2.0
    """
    pairs = layer_pairs(real_features, fake_features)
    if uneven := [(len(real), len(fake)) for real, fake in pairs if len(real) != len(fake)]:
        raise ValueError(
            f"each fake must have one real twin, got {uneven[0][0]} real and {uneven[0][1]} fake."
        )
    return torch.stack([(real - fake).abs().mean() for real, fake in pairs]).mean()


Given = tuple[Tensor, ...]
Terms = Callable[[Given, Images, Images], Mapping[str, Tensor]]


class Conditioned(nn.Module):
    """A D that has been told something about the batch: D(x) becomes D(x, y) with y held fixed.

    So the core's two steps, which call D(images), also train a D that sees labels, one a sample.
    """

    def __init__(self, network: nn.Module, condition: Given) -> None:
        super().__init__()
        self.network, self.condition = network, condition

    def forward(self, images: Images) -> Images:
        """Judge images as the network does, under the condition."""
        return self.network(images, *self.condition)

    def judge(self, images: Images) -> tuple:
        """Return logits and features as the network's own `judge` does, under the condition."""
        return self.network.judge(images, *self.condition)


class TaskGame:
    r"""The core's game with a task: G starts from something given, and more is asked of it.

    .. math:: \mathcal{L}_G = w \, \ell_G(D(G(s))) + \sum_i c_i(s, x, G(s))

    Parameters
    ----------
    generator : nn.Module
        Called as generator(*given).
    discriminator : nn.Module or None
        Images to logits; None where `adversarial` is 0.
    batches : iterable
        Yields (given, real): a tuple of tensors for G, and what D compares with, a tensor or a
        list of tensors as G returns it.
    config : TrainConfig, optional
        loss, g_lr, d_lr, betas, d_steps, r1_gamma, reg_interval, ema_decay and feature_matching
        count; batches bring their own size.
    terms : callable, optional
        (given, real, fake) to a dict: name to a weighted scalar, added to G's loss; each is a
        column of the rows.
    adversarial : float
        w, at least 0; 0: D does not play, and G has the terms alone.
    condition : callable, optional
        given to the tuple that D is told beside the images, for instance labels.
    generator_ema : nn.Module, optional
        A copy of G that receives its running average.
    streams : Streams, optional
        Kept as `streams`, for the batches; `Streams(0)` where it is missing.
    device : str
        'auto' or a torch device.
    match : callable
        For config.feature_matching: `paired_feature_matching`, or `feature_matching` where a
        fake has no real twin.

    Raises
    ------
    ValueError
        If the loss or device is unknown, `adversarial` is negative, or there is nothing to learn
        from.

    Examples
    --------
    >>> G = nn.Conv2d(1, 1, 1)
    >>> batches = iter([((torch.ones(2, 1, 4, 4),), torch.zeros(2, 1, 4, 4))])
    >>> error = lambda given, real, fake: {"mse": (fake - real).square().mean()}
    >>> sorted(TaskGame(G, None, batches, terms=error, adversarial=0.0, device="cpu").step())
    ['mse', 'n_images', 'step']
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module | None,
        batches: Iterable[tuple[Given, Images]],
        config: TrainConfig | None = None,
        *,
        terms: Terms | None = None,
        adversarial: float = 1.0,
        condition: Callable[[Given], Given] | None = None,
        generator_ema: nn.Module | None = None,
        streams: Streams | None = None,
        device: str = "auto",
        match: Callable = paired_feature_matching,
    ) -> None:
        if not adversarial >= 0:
            raise ValueError(f"adversarial must be >= 0, got {adversarial!r}.")
        if not adversarial and terms is None:
            raise ValueError("terms must be given for adversarial=0: G has nothing to learn from.")
        if adversarial and discriminator is None:
            raise ValueError(f"adversarial must be 0 without a discriminator, got {adversarial!r}.")
        self.config = config or TrainConfig()
        self.loss, self.adversarial = find_loss(self.config.loss), adversarial
        self.place, self.dtype = choose_device(device)
        self.generator, self.discriminator, self.generator_ema = (
            network and network.to(self.place, memory_format=torch.channels_last).train()
            for network in (generator, discriminator, generator_ema)
        )
        self.batches, self.terms, self.condition = CountedBatches(batches), terms, condition
        self.match, self.streams = match, streams or Streams(0)
        self.g_optimizer = self._adam(generator, self.config.g_lr)
        self.d_optimizer = self._adam(discriminator, self.config.d_lr) if adversarial else None
        self.steps = self.n_images = 0

    def step(self) -> dict[str, float]:
        """Play one step: `d_steps` updates of D, one of G, one of its average.

        Returns 'step', 'n_images', the terms, and what the core's two steps return; refuses, by
        FloatingPointError, a loss that is not finite.
        """
        self.steps += 1
        row: dict[str, Tensor | float | None] = {}
        for _ in range(self.config.d_steps if self.adversarial else 1):
            with autocast(self.place, self.dtype):
                given, real, fake = self._draw()
                if self.adversarial:
                    row |= self._update_d(given, real, fake)
        with autocast(self.place, self.dtype):
            row |= self._update_g(given, real, fake)
        if self.generator_ema is not None:
            ema_update(self.generator_ema, self.generator, self.steps - 1, self.config.ema_decay)
        return {"step": self.steps, "n_images": self.n_images, **to_floats(row, self.steps)}

    def _draw(self) -> tuple[Given, Images, Images]:
        """The next batch, and what G makes of it; the fakes serve both players."""
        given, real = next(self.batches)
        given = tuple(x.to(self.place) for x in given)
        real = real.to(self.place) if isinstance(real, Tensor) else [x.to(self.place) for x in real]
        self.n_images += len(given[0])
        return given, real, self.generator(*given)

    def _judge(self, given: Given) -> nn.Module:
        """D as it judges this batch."""
        if self.condition is None:
            return self.discriminator
        return Conditioned(self.discriminator, self.condition(given))

    def _update_d(self, given: Given, real: Images, fake: Images) -> dict:
        judge, penalty = self._judge(given), 0.0
        if self.config.r1_gamma and self.steps % self.config.reg_interval == 0:
            gamma = self.config.reg_interval * self.config.r1_gamma
            penalty = gamma / 2 * r1_penalty(judge, real)
        return discriminator_step(judge, self.d_optimizer, real, fake, self.loss, penalty)

    def _update_g(self, given: Given, real: Images, fake: Images) -> dict:
        terms = dict(self.terms(given, real, fake)) if self.terms else {}
        extra = sum(terms.values())
        row = {name: term.detach() for name, term in terms.items()}
        if self.adversarial:
            needed = self.loss.pairs or self.config.feature_matching
            return row | generator_step(
                self._judge(given), self.g_optimizer, fake, self.loss,
                real if needed else None, self.config.feature_matching,
                extra=extra, weight=self.adversarial, match=self.match,
            )  # fmt: skip
        self.g_optimizer.zero_grad(set_to_none=True)
        extra.backward()
        self.g_optimizer.step()
        return row

    def _adam(self, network: nn.Module, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), lr=lr, betas=self.config.betas, fused=True)
