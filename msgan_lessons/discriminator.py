"""D: from images to logits, formula (2) (lessons 04_discriminator and 08)."""

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.blocks import MinibatchStddev, initialise_he, join, strided_block
from msgan_lessons.pyramid import Scales, check_scales, chosen_scales, image_pyramid, scale_sizes


class DocumentDiscriminator(nn.Module):
    """The discriminator of the document's section 4.1, with the head that its text forgot.

    `body` is as printed: 3x128x128 -> 512x8x8, a feature map and no judgement. `head` is one
    8x8 convolution that turns the map into a logit, as DCGAN's last layer does.

    Examples
    --------
    >>> import torch
    >>> D, x = DocumentDiscriminator(), torch.zeros(2, 3, 128, 128)
    >>> D.body(x).shape, D([x])[0].shape
    (torch.Size([2, 512, 8, 8]), torch.Size([2]))
    """

    resolution = 128

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 64, 4, 2, 1, bias=False),  # 128x128 -> 64x64
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(64, 128, 4, 2, 1, bias=False),  # -> 32x32
            nn.BatchNorm2d(128),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(128, 256, 4, 2, 1, bias=False),  # -> 16x16
            nn.BatchNorm2d(256),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(256, 512, 4, 2, 1, bias=False),  # -> 8x8
            nn.BatchNorm2d(512),
            nn.LeakyReLU(0.2, inplace=True),
        )
        self.head = nn.Conv2d(512, 1, 8)  # 8x8 -> 1x1

    def forward(self, images: Scales) -> list[Tensor]:
        """Judge the finest images, (B, 3, 128, 128): [logits (B,)], higher = more real."""
        x = check_scales(images, "images")[-1]
        if x.ndim != 4 or x.shape[1:] != (3, 128, 128):
            raise ValueError(f"images must have shape (B, 3, 128, 128), got {tuple(x.shape)}.")
        return [self.head(self.body(x)).flatten()]  # (B,)


class DiscriminatorEnsemble(nn.Module):
    """Several D, one a scale, that share nothing.

    Parameters
    ----------
    n_scales : int
        How many, at least 1.
    make : callable
        Makes one D; called `n_scales` times.
    inject : str
        'finest': each sees the finest image, averaged down to its own resolution (pix2pixHD).
        'all': each sees the image that G drew at its scale (LAPGAN).
    pyramid : callable
        (finest, n_scales) to what each D sees: `image_pyramid`, or another view of other data.

    Raises
    ------
    ValueError
        If `n_scales` is below 1 or `inject` is unknown.

    References
    ----------
    pix2pixHD (Wang et al. 2018), section 3.2, pools with a 3x3 mean at stride 2, ours with a 2x2
    mean (`pyramid.box_downsample`). LAPGAN (Denton et al. 2015), section 3, has one D a level.

    Examples
    --------
    >>> import torch
    >>> D = DiscriminatorEnsemble(3, PatchDiscriminator)
    >>> [tuple(s.shape) for s in D([torch.zeros(2, 1, 32, 32)])]
    [(2, 1, 2, 2), (2, 1, 4, 4), (2, 1, 8, 8)]
    """

    def __init__(
        self,
        n_scales: int,
        make: Callable[[], nn.Module],
        inject: str = "finest",
        pyramid: Callable[[Tensor, int], Sequence[Tensor]] = image_pyramid,
    ) -> None:
        super().__init__()
        check_least(1, n_scales=n_scales)
        check_choice("inject", inject, ("finest", "all"))
        self.inject, self.pyramid = inject, pyramid
        self.members = nn.ModuleList(make() for _ in range(n_scales))

    def forward(self, images: Scales) -> list[Tensor]:
        """Judge images (B, C, r, r), coarse to fine: logits for each scale, coarse to fine."""
        return [member([x])[0] for member, x in self._seen(images)]

    def judge(self, images: Scales) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return the logits of each scale and the features of every member's layers."""
        judged = [member.judge([x]) for member, x in self._seen(images)]
        return [logits for (logits,), _ in judged], [layers for _, (layers,) in judged]

    def _seen(self, images: Scales) -> Iterator[tuple[nn.Module, Tensor]]:
        """Each member, and the images that it sees, coarse to fine."""
        scales = check_scales(images, "images")
        if self.inject == "finest":
            scales = self.pyramid(scales[-1], len(self.members))
        elif len(scales) != len(self.members):
            raise ValueError(f"images must hold {len(self.members)} scales, got {len(scales)}.")
        return zip(self.members, scales, strict=True)


class MultiScaleDiscriminator(nn.Module):
    r"""One trunk, from fine to coarse, in which an image may enter at every scale.

    .. math:: h_K = D_K(x_K), \quad h_{k} = D_k([h_{k+1}, x_{k}]), \quad D(x) = head(h_1)

    Formula (2), with an image at every scale; as there, the block with the highest number acts
    first, next to the finest image.

    Parameters
    ----------
    resolution, base_resolution, channels, img_channels
        As for `MultiScaleGenerator`, against which it plays.
    inject : str or sequence of int
        'finest': one image enters (DCGAN). 'all': the image of each scale is concatenated to its
        features (MSG-GAN's phi_simple); a sequence of resolutions: at these alone, and at the
        finest. In `family`, `GrowingDiscriminator` takes one image at the scale that plays.
    minibatch_stddev : bool
        Show D how much the images of the batch differ.
    spectral_norm : bool
        Divide each weight by its largest singular value (Miyato et al. 2018).
    pac : int
        Judge that many images together as one sample (PacGAN, Lin et al. 2018).

    Raises
    ------
    ValueError
        If an argument is not allowed, or `channels` does not have one entry a scale.

    References
    ----------
    DCGAN (Radford et al. 2016) for the strided convolutions (without its batch norm: a penalty on
    D's slope needs logits that depend on one image alone); ProGAN (Karras et al. 2018), section 2;
    MSG-GAN (Karnewar and Wang 2020).

    Examples
    --------
    >>> import torch
    >>> D = MultiScaleDiscriminator(resolution=16, channels=(32, 16, 8), inject="all")
    >>> [logits.shape for logits in D(image_pyramid(torch.zeros(4, 1, 16, 16), 3))]
    [torch.Size([4])]
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
        self.entering = chosen_scales(self.sizes, inject, "inject")
        _check(self.sizes, channels, pac)
        self.pac, self.img_channels = pac, img_channels
        image = img_channels * pac
        joined = [image * (r in self.entering[:-1]) for r in reversed(self.sizes)]
        outputs = list(reversed(channels))  # fine to coarse
        inputs = [image, *outputs[:-1]]
        self.blocks = nn.ModuleList(  # fine to coarse; each halves, the last does not
            _block(c_in + extra, c_out, halve=k < len(outputs) - 1)
            for k, (c_in, extra, c_out) in enumerate(zip(inputs, joined, outputs, strict=True))
        )
        self.add_entrances(inputs)
        self.stddev = MinibatchStddev() if minibatch_stddev else nn.Identity()
        self.head = nn.Conv2d(channels[0] + minibatch_stddev, 1, base_resolution)
        initialise_he(self)
        if spectral_norm:
            for layer in [m for m in self.modules() if isinstance(m, nn.Conv2d)]:
                add_spectral_norm(layer)

    def add_entrances(self, inputs: Sequence[int]) -> None:
        """Make layers through which images enter; here they enter as they are (see `family`)."""

    def forward(self, images: Scales) -> list[Tensor]:
        """Judge images, coarse to fine, each (B, C, r, r): [logits (B / pac,)], higher = more real.

        Scales that do not enter are passed over.
        """
        return self.judge(images)[0]

    def judge(self, images: Scales) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return [logits] and [what each block hands on, fine to coarse: (B / pac, C, r, r)]."""
        scales = self.packed(images, self.entering)
        h, features = scales.pop(), []  # (B/pac, img, r, r)
        for block in self.blocks:
            if scales and scales[-1].shape[-1] == h.shape[-1]:
                h = join(h, scales.pop())  # (B/pac, C + img, r_k, r_k)
            h = block(h)
            features.append(h)
        return [self.head(self.stddev(h)).flatten()], [features]  # (B/pac,)

    def packed(self, images: Scales, wanted: Sequence[int]) -> list[Tensor]:
        """Images of the resolutions that enter, coarse to fine, packed to (B/pac, pac*C, r, r)."""
        scales = [x for x in check_scales(images, "images") if x.shape[-1] in wanted]
        got = [tuple(x.shape[1:]) for x in scales or images]
        if got != [(self.img_channels, r, r) for r in wanted]:
            raise ValueError(
                f"images must have the scales {list(wanted)} with {self.img_channels} channel(s), "
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


def _check(sizes: list[int], channels: Sequence[int], pac: int) -> None:
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    check_least(1, pac=pac)


class PatchDiscriminator(nn.Module):
    """A D without a head over the whole image: every logit judges one patch (Isola et al. 2017).

    Parameters
    ----------
    img_channels : int
        1 or 3.
    channels : sequence of int
        Feature channels of the strided convolutions, fine to coarse; each halves the resolution.
        One, two and three of them, and the last 3x3, see patches of 8, 18 and 38 pixels.
    """

    def __init__(self, *, img_channels: int = 1, channels: Sequence[int] = (16, 32)) -> None:
        super().__init__()
        inputs = (img_channels, *channels[:-1])
        self.blocks = nn.Sequential(
            *(strided_block(c_in, c_out) for c_in, c_out in zip(inputs, channels, strict=True))
        )
        self.head = nn.Conv2d(channels[-1], 1, 3, padding=1)
        initialise_he(self)

    def forward(self, images: Scales) -> list[Tensor]:
        """Judge patches of the finest images: [(B, 1, H / 2^n, W / 2^n)], n = len(channels)."""
        return self.judge(images)[0]

    def judge(self, images: Scales) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return [logits] and [what each strided convolution hands on], for feature matching."""
        h, features = check_scales(images, "images")[-1], []  # (B, C, H, W)
        for block in self.blocks:
            h = block(h)
            features.append(h)
        return [self.head(h)], [features]
