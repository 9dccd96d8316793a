"""The cures against lost modes, each a change of one thing, for points in the plane (lesson 15)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.plane import PlaneDiscriminator, PlaneGenerator
from msgan_lessons.training import TrainConfig

__all__ = ["BASELINE", "CURES", "GAMMA", "NETWORKS", "Cure", "find_cure"]

GAMMA = 5e-5  # of R1 and R2: of the order of a cluster's variance, 1e-4
BASELINE = TrainConfig(
    batch_size=128, g_lr=2e-3, d_lr=2e-3, betas=(0.5, 0.99), reg_interval=2, ema_decay=0.995,
    probe_interval=1_000_000,
)  # fmt: skip
LEAST, STILL = 0.01, 0.8  # share of the rates at the end; of the steps, until gamma stays
NETWORKS = {  # the same in every run
    "generator": {"latent_dim": 2, "hidden": 128, "depth": 3, "batch_norm": True},
    "discriminator": {"hidden": 64, "depth": 2, "waves": 32, "bandwidth": 6.0},
}


@dataclass(frozen=True)
class Cure:
    """What differs from the baseline.

    Parameters
    ----------
    says : str
        The change, in words.
    config : mapping
        Fields of `TrainConfig`.
    discriminator : mapping
        Keyword arguments of `PlaneDiscriminator`.
    averaged : bool
        Whether G's running average is measured in its place.
    longer : int
        How many times as many steps it plays.
    gamma_from : float
        Where it is above 0, the weights of R1 and R2 begin there and fall by the same factor in
        each step, down to those of `config` when `STILL` of the steps are played; 0: they stay.
    rates_stay : float
        Share of the steps after which the learning rates begin to fall, in [0, 1).

    References
    ----------
    The protocol (2,500 points, three standard deviations, several runs) is that of Srivastava et
    al. 2017 (VEEGAN) and Lin et al. 2018 (PacGAN). PacGAN's published code plays 400,000 steps
    with batches of 100, G with four layers of 400, D with three maxout layers of 200. Ours plays
    800 steps (or `longer` times that) with batches of 128 and the small networks of NETWORKS,
    whose D sees waves.
    """

    says: str
    config: Mapping[str, object] = field(default_factory=dict)
    discriminator: Mapping[str, object] = field(default_factory=dict)
    averaged: bool = False
    longer: int = 1
    gamma_from: float = 0.0
    rates_stay: float = 0.5

    @property
    def settings(self) -> TrainConfig:
        """The baseline's settings with the change."""
        return BASELINE.with_(**self.config)

    def settings_at(self, played: float) -> dict[str, float]:
        """Return what changes while the game is played: learning rates and penalty weights.

        Parameters
        ----------
        played : float
            Share of the steps that are played, at least 0.

        Returns
        -------
        dict
            Fields of `TrainConfig`.

        Examples
        --------
        >>> CURES["R1"].settings_at(0.75)
        {'g_lr': 0.001, 'd_lr': 0.001}
        >>> gamma = [CURES["together annealed"].settings_at(t)["r1_gamma"] for t in (0, 1)]
        >>> f"{gamma[0]:g} {gamma[1]:g}"
        '0.2 5e-05'
        """
        asked = self.settings
        factor = max(LEAST, min(1.0, (1 - played) / (1 - self.rates_stay)))
        found = {name: getattr(asked, name) * factor for name in ("g_lr", "d_lr")}
        if self.gamma_from:
            left = max(0.0, 1 - played / STILL)
            for name in ("r1_gamma", "r2_gamma"):
                found[name] = self.gamma_from**left * getattr(asked, name) ** (1 - left)
        return found

    def networks(self, streams: Streams) -> tuple[nn.Module, nn.Module]:
        """Build G and D.

        Parameters
        ----------
        streams : Streams
            Its stream 'weights' draws them, G first.

        Returns
        -------
        tuple
            G and D.
        """
        streams.seed_weights()
        generator = PlaneGenerator(**NETWORKS["generator"])
        return generator, PlaneDiscriminator(**NETWORKS["discriminator"], **self.discriminator)


R1, R2 = {"r1_gamma": GAMMA}, {"r2_gamma": GAMMA}
TOGETHER = {
    "config": {"loss": "relativistic"} | R1 | R2,
    "discriminator": {"pac": 2},
    "averaged": True,
}
CURES: dict[str, Cure] = {
    "non-saturating": Cure("the baseline: no cure"),
    "minimax": Cure("G minimises log(1 - D(G(z)))", {"loss": "minimax"}),
    "R1": Cure("D's slope at real points is punished", R1),
    "R1 + R2": Cure("D's slope at real and generated points is punished", R1 | R2),
    "relativistic": Cure("D judges pairs of real and fake", {"loss": "relativistic"}),
    "pac 2": Cure("D judges two points together", discriminator={"pac": 2}),
    "minibatch_stddev": Cure(
        "D sees how much four points differ", discriminator={"minibatch_stddev": True}
    ),
    "spectral norm": Cure("D's weights have norm 1", discriminator={"spectral_norm": True}),
    "EMA": Cure("the running average of G is measured", averaged=True),
    "together": Cure("relativistic, R1, R2, pac 2 and EMA", **TOGETHER),
    "together annealed": Cure(
        "relativistic, R1, R2 and EMA; gamma falls from 0.2 to its value, ten times as many steps",
        {"loss": "relativistic"} | R1 | R2,
        averaged=True,
        longer=10,
        gamma_from=0.2,
        rates_stay=0.4,
    ),
}


def find_cure(name: str) -> Cure:
    """Look a cure up in CURES.

    Parameters
    ----------
    name : str
        Its key.

    Returns
    -------
    Cure

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> find_cure("pac 2").discriminator
    {'pac': 2}
    """
    if name not in CURES:
        raise ValueError(f"cure must be one of {', '.join(CURES)}, got {name!r}.")
    return CURES[name]
