"""D: from images to logits, formula (2) (lessons 04_discriminator and 08)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.blocks import MinibatchStddev, initialise_he, join, strided_block
from msgan_lessons.document import DocumentDiscriminator
from msgan_lessons.ensemble import DiscriminatorEnsemble
from msgan_lessons.resampling import box_downsample
from msgan_lessons.scales import chosen_scales, scale_sizes

__all__ = [
    "DiscriminatorEnsemble",
    "DocumentDiscriminator",
    "MultiScaleDiscriminator",
]

INJECT = ("finest", "fading", "all")
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
    inject : str or sequence of int
        'finest': one image enters (DCGAN). 'fading': one image enters at the scale that growth has
        reached, and the blocks finer than it rest (ProGAN). 'all': the image of each scale is
        concatenated to the features of that scale (MSG-GAN's phi_simple); a sequence of
        resolutions: at these alone, and at the finest.
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
    D's slope needs logits that depend on one image alone); ProGAN (Karras et al. 2018), section 2;
    MSG-GAN (Karnewar and Wang 2020).

    Examples
    --------
    >>> D = MultiScaleDiscriminator(resolution=16, channels=(32, 16, 8), inject="all")
    >>> from msgan_lessons.pyramid import image_pyramid
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
        inject: str | Sequence[int] = "finest",
        minibatch_stddev: bool = True,
        spectral_norm: bool = False,
        pac: int = 1,
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, base_resolution)
        entering = chosen_scales(self.sizes, inject, "inject", INJECT)
        _check(self.sizes, channels, pac)
        self.inject, self.pac, self.img_channels = inject, pac, img_channels
        image = img_channels * pac
        self.entering = self.sizes[-1:] if inject == "fading" else entering
        joined = [image * (r in self.entering[:-1]) for r in reversed(self.sizes)]
        outputs = list(reversed(channels))  # fine to coarse
        inputs = [image, *outputs[:-1]]
        self.blocks = nn.ModuleList(  # fine to coarse; each halves, the last does not
            _block(c_in + extra, c_out, halve=k < len(outputs) - 1)
            for k, (c_in, extra, c_out) in enumerate(zip(inputs, joined, outputs, strict=True))
        )
        if inject == "fading":  # the finest block takes the image as it is
            self.from_rgb = nn.ModuleList(
                [nn.Identity(), *(_from_rgb(image, c) for c in inputs[1:])]
            )
            self.register_buffer("stage", torch.tensor([len(self.sizes), 1.0]))  # depth, alpha
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
            Coarse to fine, each (B, img_channels, r, r), values in [-1, 1]; scales that do not
            enter are passed over. Where one image enters, a tensor will do; for inject='fading'
            it has the resolution of the depth that `grow_to` set.

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
        return self.judge(images)[0]

    def judge(self, images: Images) -> tuple[Tensor, list[Tensor]]:
        """Return the logits and what each block hands on, for feature matching.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for `forward`.

        Returns
        -------
        tuple
            Logits (B / pac,), and features fine to coarse, each (B / pac, C, r, r).
        """
        depth, alpha = self.stage.tolist() if self.inject == "fading" else (len(self.sizes), 1.0)
        first = len(self.sizes) - int(depth)  # finer blocks rest
        scales = self._inputs(images, self.sizes[int(depth) - 1])
        h = x = scales.pop()  # (B/pac, img, r, r)
        features = []
        if self.inject == "fading":
            h = self.from_rgb[first](x)
        for k, block in enumerate(self.blocks[first:], start=first):
            if k > first and scales and scales[-1].shape[-1] == h.shape[-1]:
                h = join(h, scales.pop())  # (B/pac, C + img, r_k, r_k)
            h = block(h)
            if k == first and alpha < 1:  # fade in: part of the image goes round the newest block
                h = alpha * h + (1 - alpha) * self.from_rgb[k + 1](box_downsample(x))
            features.append(h)
        return self.head(self.stddev(h)).flatten(), features  # (B/pac,)

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Set the scales that play from now on; saved with the weights (inject='fading').

        Parameters
        ----------
        depth : int
            From 1 to the number of scales, counted from the coarse end.
        alpha : float
            Weight of the newest, in [0, 1].
        """
        self.stage.copy_(torch.tensor([depth, alpha if depth > 1 else 1.0]))

    def _inputs(self, images: Images, finest: int) -> list[Tensor]:
        """Images that enter, coarse to fine, packed to (B/pac, pac*C, r, r)."""
        given = [images] if isinstance(images, Tensor) else list(images)
        wanted = [finest] if len(self.entering) == 1 else self.entering
        scales = [x for x in given if x.shape[-1] in wanted]
        got = [tuple(x.shape[1:]) for x in scales or given]
        if got != [(self.img_channels, r, r) for r in wanted]:
            raise ValueError(
                f"images must have the scales {wanted} with {self.img_channels} channel(s), "
                f"got {got}."
            )
        batch = len(scales[-1])
        if batch % self.pac:
            raise ValueError(f"the batch must be divisible by pac={self.pac}, got {batch}.")
        return [x.reshape(batch // self.pac, -1, *x.shape[2:]) for x in scales]


def _block(c_in: int, c_out: int, halve: bool) -> nn.Sequential:
    if halve:
        return strided_block(c_in, c_out)
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, 1, 1), nn.LeakyReLU(0.2, inplace=True))


def _from_rgb(image: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(image, c_out, 1), nn.LeakyReLU(0.2, inplace=True))


def _check(sizes: list[int], channels: Sequence[int], pac: int) -> None:
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    if pac < 1:
        raise ValueError(f"pac must be at least 1, got {pac}.")
