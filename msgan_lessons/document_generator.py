"""The two networks of the document's section 4.1, as printed, and the head that D lacks."""

from torch import Tensor, nn

__all__ = ["DocumentGenerator"]


class DocumentGenerator(nn.Module):
    """The generator of the document's section 4.1, layer by layer: 512x1x1 -> 3x128x128.

    It is DCGAN's generator with one more layer. It runs as printed; what the text says around it
    is mended in lesson 03_generator (it has no pooling, and its output has a single scale).

    References
    ----------
    The document, section 4.1; DCGAN (Radford et al. 2016), figure 1.

    Examples
    --------
    >>> import torch
    >>> DocumentGenerator()(torch.randn(1, 512, 1, 1)).shape
    torch.Size([1, 3, 128, 128])
    """

    latent_dim = 512
    resolution = 128

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(512, 1024, 4, 1, 0, bias=False),  # 1x1 -> 4x4
            nn.BatchNorm2d(1024),
            nn.ReLU(True),
            nn.ConvTranspose2d(1024, 512, 4, 2, 1, bias=False),  # -> 8x8
            nn.BatchNorm2d(512),
            nn.ReLU(True),
            nn.ConvTranspose2d(512, 256, 4, 2, 1, bias=False),  # -> 16x16
            nn.BatchNorm2d(256),
            nn.ReLU(True),
            nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False),  # -> 32x32
            nn.BatchNorm2d(128),
            nn.ReLU(True),
            nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),  # -> 64x64
            nn.BatchNorm2d(64),
            nn.ReLU(True),
            nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False),  # -> 128x128
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Draw images.

        Parameters
        ----------
        z : Tensor
            Shape (B, 512) or (B, 512, 1, 1), standard normal.

        Returns
        -------
        Tensor
            Shape (B, 3, 128, 128), values in (-1, 1).

        Raises
        ------
        ValueError
            If `z` has another shape.
        """
        z = z[:, :, None, None] if z.ndim == 2 else z
        if z.ndim != 4 or z.shape[1:] != (512, 1, 1):
            raise ValueError(f"z must have shape (B, 512) or (B, 512, 1, 1), got {tuple(z.shape)}.")
        return self.main(z)
