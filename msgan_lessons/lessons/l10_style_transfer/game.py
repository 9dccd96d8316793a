"""The game of two translators: unpaired batches, a pool, a cycle and an identity (lesson 10)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_alike
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.family import Model
from msgan_lessons.training import Game

MAX_SHIFT = 4  # pixels of 64
HEAD_START_SHARE = 0.5  # of the time: the most that the head start of D may take


class ImagePool:
    """Past fakes that D sees again: each is kept in an old one's place with probability 1/2.

    Zhu et al. 2017, section 4; Shrivastava et al. 2017, section 2.3, exchange half of each batch.
    """

    def __init__(self, size: int, generator: torch.Generator) -> None:
        if size < 0:
            raise ValueError(f"size must be >= 0, got {size}.")
        self.size, self.generator = size, generator
        self.images: list[Tensor] = []

    def __call__(self, images: Tensor) -> Tensor:
        """Take fakes (B, C, H, W), hand on as many, without a graph."""
        return torch.stack([self._exchanged(image) for image in images.detach()])

    def _exchanged(self, image: Tensor) -> Tensor:
        if len(self.images) < self.size:
            self.images.append(image)
            return image
        if self.size and torch.rand((), generator=self.generator) < 0.5:
            place = int(torch.randint(self.size, (), generator=self.generator))
            image, self.images[place] = self.images[place], image
        return image


def unpaired_batches(
    first: ImageData, second: ImageData, batch_size: int, streams: Streams
) -> Iterator[tuple]:
    """Yield batches ((x, y), [y, x]) of two data sets without any pairs, for ever.

    The first half is for G, the second for D, in the order of G's fakes. Each image is mirrored at
    random and moved by up to a sixteenth of its side over white.

    Parameters
    ----------
    first, second : ImageData
        Of one resolution, in colour or both grey.
    batch_size : int
        Images of each in a batch: as for `ImageData.batches`, with its errors.
    streams : Streams
        Order and augmentation.
    """
    order = zip(
        first.batches(batch_size, streams.fresh("first style")),
        second.batches(batch_size, streams.fresh("second style")),
        strict=False,
    )
    stream = streams.fresh("augmentation")
    return (((x, y), [y, x]) for x, y in ((_moved(x, stream), _moved(y, stream)) for x, y in order))


def held_out_pairs(names: Sequence[str], resolution: int, every: int = 1) -> list[Tensor]:
    """Open the held-out images of two styles, which do have pairs: for scores alone.

    For each data set (N, C, R, R) in [-1, 1]; image i of all is one emoji.

    Parameters
    ----------
    names : sequence of str
        As for `open_images`, with its errors: their test images show the same in the same order.
    resolution : int
        Pixels a side.
    every : int
        Take every so many of them, at least 1.

    Examples
    --------
    >>> [x.shape for x in held_out_pairs(("emoji_noto", "emoji_twemoji"), 32, every=100)]
    [torch.Size([3, 3, 32, 32]), torch.Size([3, 3, 32, 32])]
    """
    opened = [open_images(name, resolution=resolution, split="test") for name in names]
    return [data.images(slice(None, None, every)) for data in opened]


def _moved(images: Tensor, stream: torch.Generator) -> Tensor:
    """Mirror half of them, move each a little."""
    n, _, _, side = images.shape
    reach = side * MAX_SHIFT // 64
    padded = F.pad(images, (reach,) * 4, value=1.0)
    down, right = torch.randint(0, 2 * reach + 1, (2, n), generator=stream).tolist()
    moved = [p[:, i : i + side, j : j + side] for p, i, j in zip(padded, down, right, strict=True)]
    mirrored = (torch.rand(n, 1, 1, 1, generator=stream) < 0.5).to(images.device)
    moved = torch.stack(moved)
    return torch.where(mirrored, moved.flip(-1), moved)


def cycle_loss(real: Sequence[Tensor], cycled: Sequence[Tensor]) -> Tensor:
    r"""Formula (24): what has gone there and back should be what it was; a scalar >= 0.

    .. math:: L_{cyc} = E_x\|F(G(x)) - x\|_1 + E_y\|G(F(y)) - y\|_1

    Zhu et al. 2017, equation 2. Its norm is computed as the mean over pixels, here too.

    Parameters
    ----------
    real : list of Tensor
        [x, y], each (B, C, H, W) in [-1, 1].
    cycled : list of Tensor
        [F(G(x)), G(F(y))], of the same shapes.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> x, y = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)
    >>> cycle_loss([x, y], [x + 0.5, y]).item()
    0.5
    """
    return _both(real, cycled)


def identity_loss(real: Sequence[Tensor], same: Sequence[Tensor]) -> Tensor:
    """Formula (25): real [y, x] stays as same [G(y), F(x)] (Zhu et al. 2017, section 5.2)."""
    return _both(real, same)


class CycleGame(Game):
    r"""Formula (26): both adversarial losses, the cycle and the identity.

    .. math:: L = L_{GAN}(G, D_Y) + L_{GAN}(F, D_X) + \lambda L_{cyc} + \lambda_{id} L_{id}

    Zhu et al. 2017, equations 1 to 3 and sections 4 and 5.2: cycle 10, identity 5, pool 50. For G
    the adversarial losses are added; D takes their mean, as the paper halves D's. The head start
    is ours: the paper trains for days, and both players start from noise.

    Parameters
    ----------
    model : Model
        As `cyclegan` returns it.
    batches : iterable
        Yields ((x, y), [y, x]); see `unpaired_batches`.
    cycle : float
        Lambda, >= 0.
    identity : float
        Lambda of the identity, >= 0.
    pool : int
        Past fakes that D is shown again, one pool a style, >= 0.
    head_start : int
        Steps at the beginning in which D plays alone, >= 0: G starts as the identity, so D can
        learn what tells the styles apart before G learns from it. `hurry` ends it early.
    streams : Streams, optional
        Randomness of the pools; `Streams(0)` where it is missing.
    **others
        As for `Game`: generator_ema, device.

    Raises
    ------
    ValueError
        If a weight, the pool or the head start is negative.
    """

    def __init__(
        self,
        model: Model,
        batches: Iterable,
        *,
        cycle: float = 10.0,
        identity: float = 5.0,
        pool: int = 50,
        head_start: int = 0,
        streams: Streams | None = None,
        **others: object,
    ) -> None:
        if min(cycle, identity) < 0:
            raise ValueError(f"cycle and identity must be >= 0, got {cycle} and {identity}.")
        if head_start < 0:
            raise ValueError(f"head_start must be >= 0, got {head_start}.")
        self.head_start = head_start
        self.weights = {"cycle": cycle, "identity": identity}
        streams = streams or Streams(0)
        self.pools = [ImagePool(pool, streams.fresh(f"pool {k}")) for k in range(2)]
        super().__init__(
            model.generator, model.discriminator, batches, model.config,
            terms=self._terms, adversarial=2.0, streams=streams, **others,
        )  # fmt: skip

    def _terms(self, given: tuple, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Mapping:
        """The weighted cycle and identity losses."""
        terms = {}
        if self.weights["cycle"]:
            cycled = self.generator.cycles(fake)
            terms["cycle"] = self.weights["cycle"] * cycle_loss(given, cycled)
        if self.weights["identity"]:
            same = self.generator(*real)  # what is already there stays
            terms["identity"] = self.weights["identity"] * identity_loss(real, same)
        return terms

    def _update_d(self, given: tuple, real: Sequence[Tensor], fake: Sequence[Tensor]) -> dict:
        """D is shown fakes of the past among those of now."""
        pooled = [pool(x) for pool, x in zip(self.pools, fake, strict=True)]
        return super()._update_d(given, real, pooled)

    def hurry(self, share: float) -> None:
        """End D's head start where it took half of the time; `share` is what the steps took."""
        if share >= HEAD_START_SHARE:
            self.head_start = min(self.head_start, self.steps)

    def _update_g(self, given: tuple, real: Sequence[Tensor], fake: Sequence[Tensor]) -> dict:
        """G waits while D has its head start."""
        if self.steps <= self.head_start:
            return {}
        return super()._update_g(given, real, fake)


def _both(one: Sequence[Tensor], other: Sequence[Tensor]) -> Tensor:
    """Sum over the two directions of the mean absolute difference."""
    terms = []
    for a, b in zip(one, other, strict=True):
        check_alike("images", a.shape, b.shape, "one shape before and after")
        terms.append((a - b).abs().mean())
    return torch.stack(terms).sum()
