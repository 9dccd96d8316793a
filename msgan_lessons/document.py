"""The two networks of the document's section 4.1, as printed, and the head that D lacks."""

from collections.abc import Sequence

from torch import Tensor, nn

__all__ = ["DocumentDiscriminator"]

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
