"""D: from images to logits, formula (2) (lesson 04_discriminator)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.blocks import MinibatchStddev, initialise_he, strided_block
from msgan_lessons.document import DocumentDiscriminator
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.scales import scale_sizes

__all__ = [
    "DiscriminatorEnsemble",
    "DocumentDiscriminator",
    "MultiScaleDiscriminator",
]

INJECT = ("finest", "all")
Images = Tensor | Sequence[Tensor]


class MultiScaleDiscriminator(nn.Module):
    r"""One trunk, from fine to coarse, in which an image may enter at every scale.

    .. math:: h_K = D_K(x_K), \quad h_{k} = D_k([h_{k+1}, x_{k}]), \quad D(x) = head(h_1)

    Formula (2) with its order mended: the block next to the finest image acts first.

    Parameters
    ----------
    resolution, base_resolution : int
        Pixels a side of the finest and coarsest scale, powers of two.
    channels : sequence of int
        Feature channels at each scale, coarse to fine, as in the generator it plays against.
    img_channels : int
        1 or 3.
    inject : str
        'finest': one image enters (DCGAN). 'all': the image of each scale is concatenated to the
        features of that scale (MSG-GAN's phi_simple).
    minibatch_stddev : bool
        Show D how much the images of the batch differ.
    spectral_norm : bool
        Divide each weight by its largest singular value (Miyato et al. 2018).
    pac : int
        Judge that many images together as one sample; the batch must be divisible by it
        (PacGAN, Lin et al. 2018).

    Raises
    ------
    ValueError
        If the resolutions are not powers of two, `channels` does not have one entry a scale, or
        `inject` or `pac` is not allowed.

    References
    ----------
    DCGAN (Radford et al. 2016) for the strided convolutions (without its batch norm: a penalty on
    D's slope needs logits that depend on one image alone); MSG-GAN (Karnewar and Wang 2020).

    Examples
    --------
    >>> D = MultiScaleDiscriminator(resolution=16, channels=(32, 16, 8), inject="all")
    >>> D(image_pyramid(torch.zeros(4, 1, 16, 16), 3)).shape
    torch.Size([4])
    """

    def __init__(
        self,
        *,
        resolution: int = 32,
        base_resolution: int = 4,
        channels: Sequence[int] = (128, 64, 32, 16),
        img_channels: int = 1,
        inject: str = "finest",
        minibatch_stddev: bool = True,
        spectral_norm: bool = False,
        pac: int = 1,
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, base_resolution)
        _check(self.sizes, channels, inject, pac)
        self.inject, self.pac, self.img_channels = inject, pac, img_channels
        image = img_channels * pac
        joined = [0] + [image if inject == "all" else 0] * (len(channels) - 1)
        outputs = list(reversed(channels))  # fine to coarse
        inputs = [image, *outputs[:-1]]
        self.blocks = nn.ModuleList(  # fine to coarse; each halves, the last does not
            _block(c_in + extra, c_out, halve=k < len(outputs) - 1)
            for k, (c_in, extra, c_out) in enumerate(zip(inputs, joined, outputs, strict=True))
        )
        self.stddev = MinibatchStddev() if minibatch_stddev else nn.Identity()
        self.head = nn.Conv2d(channels[0] + minibatch_stddev, 1, base_resolution)
        initialise_he(self)
        if spectral_norm:
            for layer in [m for m in self.modules() if isinstance(m, nn.Conv2d)]:
                add_spectral_norm(layer)

    def forward(self, images: Images) -> Tensor:
        """Judge images.

        Parameters
        ----------
        images : Tensor or list of Tensor
            Coarse to fine, each (B, img_channels, r, r), values in [-1, 1]. For inject='finest'
            the last is judged, and a tensor will do.

        Returns
        -------
        Tensor
            Logits, shape (B / pac,); higher = more real.

        Raises
        ------
        ValueError
            If the images do not have the sizes that this D was made for, or `pac` does not divide
            the batch.
        """
        h, *coarser = self._inputs(images)
        for k, block in enumerate(self.blocks):
            if k > 0 and coarser:
                h = torch.cat([h, coarser[k - 1]], 1)  # (B/pac, C + img, r_k, r_k)
            h = block(h)
        return self.head(self.stddev(h)).flatten()  # (B/pac,)

    def _inputs(self, images: Images) -> list[Tensor]:
        """Images that enter, fine to coarse, packed to (B/pac, pac*C, r, r)."""
        scales = [images] if isinstance(images, Tensor) else list(images)
        wanted = self.sizes if self.inject == "all" else self.sizes[-1:]
        scales = scales[-len(wanted) :]
        got = [tuple(x.shape[1:]) for x in scales]
        if got != [(self.img_channels, r, r) for r in wanted]:
            raise ValueError(
                f"images must have the scales {wanted} with {self.img_channels} channel(s), "
                f"got {got}."
            )
        batch = len(scales[-1])
        if batch % self.pac:
            raise ValueError(f"the batch must be divisible by pac={self.pac}, got {batch}.")
        return [x.reshape(batch // self.pac, -1, *x.shape[2:]) for x in reversed(scales)]


class DiscriminatorEnsemble(nn.Module):
    """Several D, one a scale: each sees the finest image, averaged down to its own resolution.

    Parameters
    ----------
    n_scales : int
        How many, at least 1.
    make : callable
        Makes one D; called `n_scales` times.

    Raises
    ------
    ValueError
        If `n_scales` is below 1.

    References
    ----------
    pix2pixHD (Wang et al. 2018), section 3.2, calls this the multi-scale discriminator; it pools
    with a 3x3 mean at stride 2, ours with a 2x2 mean (`resampling.box_downsample`).

    Examples
    --------
    >>> from msgan_lessons.patch import PatchDiscriminator
    >>> D = DiscriminatorEnsemble(3, PatchDiscriminator)
    >>> [tuple(s.shape) for s in D(torch.zeros(2, 1, 32, 32))]
    [(2, 1, 2, 2), (2, 1, 4, 4), (2, 1, 8, 8)]
    """

    def __init__(self, n_scales: int, make: Callable[[], nn.Module]) -> None:
        super().__init__()
        if n_scales < 1:
            raise ValueError(f"n_scales must be at least 1, got {n_scales}.")
        self.members = nn.ModuleList(make() for _ in range(n_scales))

    def forward(self, images: Images) -> list[Tensor]:
        """Judge (B, C, H, W), or the finest of a list; logits for each scale, coarse to fine."""
        scales = image_pyramid(_finest(images), len(self.members))
        return [member(x) for member, x in zip(self.members, scales, strict=True)]


def _block(c_in: int, c_out: int, halve: bool) -> nn.Sequential:
    if halve:
        return strided_block(c_in, c_out)
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, 1, 1), nn.LeakyReLU(0.2, inplace=True))


def _finest(images: Images) -> Tensor:
    return images if isinstance(images, Tensor) else images[-1]


def _check(sizes: list[int], channels: Sequence[int], inject: str, pac: int) -> None:
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    if inject not in INJECT:
        raise ValueError(f"inject must be one of {', '.join(INJECT)}, got {inject!r}.")
    if pac < 1:
        raise ValueError(f"pac must be at least 1, got {pac}.")
