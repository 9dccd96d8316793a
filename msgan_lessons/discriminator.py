"""D: from images to logits, formula (2) (lessons 04_discriminator and 08)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.blocks import MinibatchStddev, initialise_he, join, strided_block
from msgan_lessons.pyramid import box_downsample, chosen_scales, image_pyramid, scale_sizes

Images = Tensor | Sequence[Tensor]


class DocumentDiscriminator(nn.Module):
    """The discriminator of the document's section 4.1, with the head that its text forgot.

    `body` is as printed: 3x128x128 -> 512x8x8, a feature map and no judgement. `head` is one
    8x8 convolution that turns the map into a logit, as DCGAN's last layer does.

    References
    ----------
    The document, section 4.1; DCGAN (Radford et al. 2016), section 3.

    Examples
    --------
    >>> import torch
    >>> D = DocumentDiscriminator()
    >>> x = torch.zeros(2, 3, 128, 128)
    >>> D.body(x).shape, D(x).shape
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

    def forward(self, images: Images) -> Tensor:
        """Judge images.

        Parameters
        ----------
        images : Tensor or list of Tensor
            Shape (B, 3, 128, 128), values in [-1, 1]; of a list, the finest is judged.

        Returns
        -------
        Tensor
            Logits, shape (B,); higher = more real.

        Raises
        ------
        ValueError
            If the images are not 3x128x128.
        """
        x = images if isinstance(images, Tensor) else images[-1]
        if x.ndim != 4 or x.shape[1:] != (3, 128, 128):
            raise ValueError(f"images must have shape (B, 3, 128, 128), got {tuple(x.shape)}.")
        return self.head(self.body(x)).flatten()  # (B,)


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
        (finest, n_scales) to what each D sees, for inject='finest': `image_pyramid`, or another
        view of other data, for instance a wave at several rates (lesson 13_speech).

    Raises
    ------
    ValueError
        If `n_scales` is below 1 or `inject` is unknown.

    References
    ----------
    pix2pixHD (Wang et al. 2018), section 3.2, calls this the multi-scale discriminator; it pools
    with a 3x3 mean at stride 2, ours with a 2x2 mean (`resampling.box_downsample`).
    LAPGAN (Denton et al. 2015), section 3, trains one D a level.

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.discriminator import PatchDiscriminator
    >>> D = DiscriminatorEnsemble(3, PatchDiscriminator)
    >>> [tuple(s.shape) for s in D(torch.zeros(2, 1, 32, 32))]
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
        if n_scales < 1:
            raise ValueError(f"n_scales must be at least 1, got {n_scales}.")
        if inject not in ("finest", "all"):
            raise ValueError(f"inject must be one of finest, all, got {inject!r}.")
        self.inject, self.pyramid = inject, pyramid
        self.members = nn.ModuleList(make() for _ in range(n_scales))

    def forward(self, images: Images) -> list[Tensor]:
        """Judge (B, C, H, W), or a list coarse to fine; logits for each scale, coarse to fine."""
        scales = self._inputs(images)
        return [member(x) for member, x in zip(self.members, scales, strict=True)]

    def judge(self, images: Images) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return the logits of each scale and the features of every member's layers.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for `forward`.

        Returns
        -------
        tuple
            Logits as `forward` returns them, and for each scale a list of (B, C, H, W).
        """
        scales = self._inputs(images)
        judged = [member.judge(x) for member, x in zip(self.members, scales, strict=True)]
        return [logits for logits, _ in judged], [features for _, features in judged]

    def _inputs(self, images: Images) -> list[Tensor]:
        """One image for each member, coarse to fine."""
        if self.inject == "finest":
            return list(self.pyramid(_finest(images), len(self.members)))
        if isinstance(images, Tensor) or len(images) != len(self.members):
            got = 1 if isinstance(images, Tensor) else len(images)
            raise ValueError(f"images must hold {len(self.members)} scales, got {got}.")
        return list(images)


def _finest(images: Images) -> Tensor:
    return images if isinstance(images, Tensor) else images[-1]


INJECT = ("finest", "fading", "all")


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


def receptive_field(module: nn.Module) -> tuple[int, int]:
    r"""Side of the image patch that one output of a stack of convolutions depends on.

    .. math:: r \leftarrow r + (k - 1)\,s, \qquad s \leftarrow s \cdot stride

    Parameters
    ----------
    module : nn.Module
        Its `Conv2d` layers are taken in order, as one chain without dilation.

    Returns
    -------
    tuple of int
        (pixels a side of the patch, pixels between the patches of neighbouring outputs).

    References
    ----------
    The recursion is elementary; Isola et al. 2017 reach 70 pixels with it. A test compares it
    with the gradient of an output with respect to the image.

    Examples
    --------
    >>> receptive_field(PatchDiscriminator(channels=(16, 32)))
    (18, 4)
    """
    size, step = 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            size += (layer.kernel_size[0] - 1) * step
            step *= layer.stride[0]
    return size, step


def patch_of(module: nn.Module, row: int, column: int) -> tuple[int, int, int]:
    r"""Where in the image the patch of one output lies, for a stack of convolutions.

    .. math:: start \leftarrow start - padding \cdot s, \qquad s \leftarrow s \cdot stride

    Parameters
    ----------
    module : nn.Module
        Its `Conv2d` layers are taken in order, as one chain of square kernels without dilation.
    row, column : int
        Which output, from 0.

    Returns
    -------
    tuple of int
        (top, left, side) in pixels; top and left are negative where the patch reaches into the
        padding.

    References
    ----------
    The recursion of `receptive_field`, with the padding as well.

    Examples
    --------
    >>> patch_of(PatchDiscriminator(channels=(16, 32)), 2, 3)
    (1, 5, 18)
    """
    start, step, side = 0, 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            side += (layer.kernel_size[0] - 1) * step
            start -= layer.padding[0] * step
            step *= layer.stride[0]
    return start + row * step, start + column * step, side


def logit_under(
    judge: nn.Module, resolution: int, across: float, down: float
) -> tuple[int, int, int]:
    """Say which logit of a patch D lies under a place of the image.

    Parameters
    ----------
    judge : nn.Module
        A patch D; its strides multiply to a divisor of the resolution.
    resolution : int
        Pixels a side of the image that it sees.
    across, down : float
        From 0 (left, top) to 1 (right, bottom).

    Returns
    -------
    tuple of int
        (row, column, logits a side).

    Raises
    ------
    ValueError
        If the strides do not divide the resolution, or the place is not in [0, 1].

    Examples
    --------
    >>> logit_under(PatchDiscriminator(channels=(16, 32)), 32, 0.5, 1.0)
    (7, 4, 8)
    """
    step = receptive_field(judge)[1]
    if resolution % step:
        raise ValueError(
            f"resolution must be divisible by the strides' product {step}, got {resolution}."
        )
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise ValueError(f"across and down must be from 0 to 1, got {across} and {down}.")
    n = resolution // step
    return min(int(down * n), n - 1), min(int(across * n), n - 1), n


class PatchDiscriminator(nn.Module):
    """A D without a head over the whole image: every logit judges one patch.

    Parameters
    ----------
    img_channels : int
        1 or 3.
    channels : sequence of int
        Feature channels of the strided convolutions, fine to coarse; each halves the resolution.

    References
    ----------
    Isola et al. 2017, section 3.2.2; the patch is the receptive field: 8, 18 and 38 pixels for one,
    two and three strided convolutions of size 4 and the final one of size 3 (a law in the tests).

    Examples
    --------
    >>> import torch
    >>> PatchDiscriminator(channels=(16, 32))(torch.zeros(2, 1, 32, 32)).shape
    torch.Size([2, 1, 8, 8])
    """

    def __init__(self, *, img_channels: int = 1, channels: Sequence[int] = (16, 32)) -> None:
        super().__init__()
        inputs = (img_channels, *channels[:-1])
        self.blocks = nn.Sequential(
            *(strided_block(c_in, c_out) for c_in, c_out in zip(inputs, channels, strict=True))
        )
        self.head = nn.Conv2d(channels[-1], 1, 3, padding=1)
        initialise_he(self)

    def forward(self, images: Images) -> Tensor:
        """Judge every patch: (B, C, H, W) -> logits (B, 1, H / 2^n, W / 2^n), n = len(channels)."""
        return self.judge(images)[0]

    def judge(self, images: Images) -> tuple[Tensor, list[Tensor]]:
        """Return the logits and what each strided convolution hands on, for feature matching.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for `forward`: of a list, the finest is judged.

        Returns
        -------
        tuple
            Logits, and features (B, channels[k], H / 2^(k+1), W / 2^(k+1)).
        """
        h = images if isinstance(images, Tensor) else images[-1]
        features = []
        for block in self.blocks:
            h = block(h)
            features.append(h)
        return self.head(h), features
