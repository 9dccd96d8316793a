"""What the judges of sound see: a wave at several rates, or folded at several periods (13)."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.blocks import initialise_he
from msgan_lessons.discriminator import DiscriminatorEnsemble

__all__ = [
    "PERIODS", "SPEECH_JUDGES", "StripDiscriminator", "fold", "judge_names", "speech_judge",
    "wave_pyramid",
]  # fmt: skip

SPEECH_JUDGES = ("scales", "periods", "one")
PERIODS = (2, 3, 5)


def wave_pyramid(waves: Tensor, n_scales: int, pool: bool = True) -> list[Tensor]:
    r"""Formula (36): the same wave at n_scales rates, coarse to fine.

    .. math:: x_K = x, \qquad x_k[n] = \frac{x_{k+1}[2 n] + x_{k+1}[2 n + 1]}{2}

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), T divisible by 2**(n_scales - 1).
    n_scales : int
        K >= 1.
    pool : bool
        False: every second sample is kept as it is, without the mean. What lies above half of
        the new rate then comes back as a lower tone (aliasing); the mean weakens it.

    Returns
    -------
    list of Tensor
        K tensors (B, 1, T / 2^(K - k), 1): a column, one pixel wide, for `StripDiscriminator`.

    Raises
    ------
    ValueError
        If the shape is not (B, 1, T) or the scales do not divide T.

    References
    ----------
    MelGAN (Kumar et al. 2019), section 2.2, pools by means of 4 samples at stride 2; ours are of
    2, as in `resampling.box_downsample`.

    Examples
    --------
    >>> import torch
    >>> [tuple(x.shape) for x in wave_pyramid(torch.zeros(2, 1, 4096), 3)]
    [(2, 1, 1024, 1), (2, 1, 2048, 1), (2, 1, 4096, 1)]
    """
    step = 2 ** (n_scales - 1)
    if n_scales < 1 or waves.ndim != 3 or waves.shape[1] != 1 or waves.shape[-1] % step:
        raise ValueError(
            f"waves must have shape (B, 1, T), T divisible by {step} for n_scales={n_scales}, "
            f"got {tuple(waves.shape)}."
        )
    scales = [waves]
    for _ in range(n_scales - 1):
        finer = scales[0]
        scales.insert(0, F.avg_pool1d(finer, 2) if pool else finer[..., ::2])
    return [x[..., None] for x in scales]


def fold(waves: Tensor, period: int) -> Tensor:
    """Write a wave into rows of `period` samples: a picture whose columns lie one period apart.

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T); the end is mirrored up to a multiple of the period.
    period : int
        At least 1 and below T.

    Returns
    -------
    Tensor
        Shape (B, 1, ceil(T / period), period).

    Raises
    ------
    ValueError
        If the period is out of range.

    References
    ----------
    HiFi-GAN (Kong et al. 2020), section 2.3: the multi-period discriminator, with periods 2, 3,
    5, 7 and 11.

    Examples
    --------
    >>> import torch
    >>> fold(torch.arange(6.0)[None, None], 3)[0, 0]
    tensor([[0., 1., 2.],
            [3., 4., 5.]])
    """
    if not 1 <= period < waves.shape[-1]:
        raise ValueError(f"period must be from 1 to {waves.shape[-1] - 1}, got {period}.")
    padded = F.pad(waves, (0, -waves.shape[-1] % period), mode="reflect")
    return padded.reshape(len(waves), 1, -1, period)


class StripDiscriminator(nn.Module):
    """A D of patches in time: it never looks across the columns of its picture.

    Parameters
    ----------
    channels : sequence of int
        Feature channels of the strided convolutions; each keeps every fourth row.

    References
    ----------
    The core's `PatchDiscriminator` with kernels of 16 x 1 at stride 4 x 1. For one column it is
    the one-dimensional D of MelGAN (Kumar et al. 2019, section 2.2, kernels of 41), for p columns
    the D of one period of HiFi-GAN (Kong et al. 2020, section 2.3, kernels of 5 x 1 at stride 3),
    both in small: what differs between our judges is the picture alone.

    Examples
    --------
    >>> import torch
    >>> StripDiscriminator(channels=(8, 16))(torch.zeros(2, 1, 4096, 1)).shape
    torch.Size([2, 1, 256, 1])
    """

    def __init__(self, channels: Sequence[int] = (16, 32, 64)) -> None:
        super().__init__()
        inputs = (1, *channels[:-1])
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(c_in, c_out, (16, 1), (4, 1), (6, 0)), nn.LeakyReLU(0.2, inplace=True)
            )
            for c_in, c_out in zip(inputs, channels, strict=True)
        )
        self.head = nn.Conv2d(channels[-1], 1, (3, 1), padding=(1, 0))
        initialise_he(self)

    def forward(self, images: Tensor) -> Tensor:
        """Judge (B, 1, H, W): logits (B, 1, about H / 4^n, W), n = len(channels)."""
        return self.judge(images)[0]

    def judge(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the logits and what each strided convolution hands on, for feature matching.

        Parameters
        ----------
        images : Tensor
            Shape (B, 1, H, W).

        Returns
        -------
        tuple
            Logits, and features (B, channels[k], about H / 4^(k + 1), W).
        """
        h, features = images, []
        for block in self.blocks:
            h = block(h)
            features.append(h)
        return self.head(h), features


def speech_judge(judge: str, width: int = 16) -> DiscriminatorEnsemble:
    """Build the core's ensemble of D for sound.

    Parameters
    ----------
    judge : str
        'scales': three D, on the wave, its half and its quarter rate (MelGAN). 'periods': three
        D, on the wave folded at 2, 3 and 5 samples (HiFi-GAN). 'one': one D on the wave.
    width : int
        Channels of each D's first layer, at least 1.

    Returns
    -------
    DiscriminatorEnsemble

    Raises
    ------
    ValueError
        If `judge` is none of the three.

    Examples
    --------
    >>> import torch
    >>> [tuple(s.shape) for s in speech_judge("periods")(torch.zeros(1, 1, 3840))]
    [(1, 1, 30, 2), (1, 1, 20, 3), (1, 1, 12, 5)]
    """
    if judge not in SPEECH_JUDGES:
        raise ValueError(f"judge must be one of {', '.join(SPEECH_JUDGES)}, got {judge!r}.")
    n = {"scales": 3, "periods": len(PERIODS), "one": 1}[judge]
    view = _folds if judge == "periods" else wave_pyramid
    return DiscriminatorEnsemble(
        n, lambda: StripDiscriminator((width, 2 * width, 4 * width)), pyramid=view
    )


def judge_names(judge: str) -> list[str]:
    """Name the D of `speech_judge`, in its order.

    Parameters
    ----------
    judge : str
        As for `speech_judge`.

    Returns
    -------
    list of str
        One a D.
    """
    if judge == "periods":
        return [f"judge of samples {p} apart" for p in PERIODS]
    rates = ("2,000", "4,000", "8,000")
    return [f"judge of {rate} samples a second" for rate in rates[-1 if judge == "one" else 0 :]]


def _folds(waves: Tensor, n: int) -> list[Tensor]:
    return [fold(waves, period) for period in PERIODS[:n]]
