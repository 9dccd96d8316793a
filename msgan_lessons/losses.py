"""What D and G minimise: one function per loss and side, and the table LOSSES (lesson 06_losses).

A new loss is two functions here and one entry in LOSSES; lessons, widgets and the command line
read the table.
"""

from torch import Tensor
from torch.nn import functional as F
from torch.nn.functional import logsigmoid, softplus

from msgan_lessons.objective import minimax_value
from msgan_lessons.penalties import gradient_penalty, r1_penalty, r2_penalty
from msgan_lessons.reduction import Loss, over_scales

__all__ = [
    "LOSSES",
    "Loss",
    "find_loss",
    "gradient_penalty",
    "over_scales",
    "pixel_mse",
    "r1_penalty",
    "r2_penalty",
]


# --- one function per loss and side; logits are tensors of any shape, the mean is over all ---


def minimax_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Formula (5), the document's L_D: -E[log D(x)] - E[log(1 - D(G(z)))] = -V(D, G)."""
    return -minimax_value(real_logits, fake_logits)


def minimax_generator(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """G's half of formula (3): E[log(1 - D(G(z)))]; its gradient fades while D(G(z)) is near 0."""
    return logsigmoid(-fake_logits).mean()


def non_saturating_generator(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """-E[log D(G(z))]: cross-entropy with 'real' labels, as the document's code has it."""
    return -logsigmoid(fake_logits).mean()


def lsgan_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[(D(x) - 1)^2]/2 + E[D(G(z))^2]/2, on the score itself (Mao et al. 2017, equation 9)."""
    return ((real_logits - 1) ** 2).mean() / 2 + (fake_logits**2).mean() / 2


def lsgan_generator(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """E[(D(G(z)) - 1)^2]/2 (Mao et al. 2017, equation 9)."""
    return ((fake_logits - 1) ** 2).mean() / 2


def hinge_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))] (Miyato et al. 2018, equation 16)."""
    return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()


def hinge_generator(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """-E[D(G(z))] (Miyato et al. 2018, equation 17)."""
    return -fake_logits.mean()


def wgan_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[D(G(z))] - E[D(x)]; D must be kept 1-Lipschitz (Gulrajani et al. 2017, equation 3)."""
    return fake_logits.mean() - real_logits.mean()


def wgan_generator(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """-E[D(G(z))] (Arjovsky et al. 2017, equation 2)."""
    return -fake_logits.mean()


def relativistic_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E[log sigmoid(D(x) - D(G(z)))], pair by pair (Jolicoeur-Martineau 2019, RSGAN)."""
    return softplus(-(real_logits - fake_logits)).mean()


def relativistic_generator(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """-E[log sigmoid(D(G(z)) - D(x))], pair by pair (Jolicoeur-Martineau 2019, RSGAN)."""
    return softplus(-(fake_logits - real_logits)).mean()


def relativistic_average_discriminator(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E[log sigmoid(D(x) - mean fake)] - E[log sigmoid(mean real - D(G(z)))] (ibid., RaSGAN)."""
    real_over_fake = softplus(-(real_logits - fake_logits.mean())).mean()
    fake_under_real = softplus(fake_logits - real_logits.mean()).mean()
    return real_over_fake + fake_under_real


def relativistic_average_generator(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """The same with real and fake exchanged (Jolicoeur-Martineau 2019, RaSGAN)."""
    return relativistic_average_discriminator(fake_logits, real_logits)


# --- the table ---

LOSSES: dict[str, Loss] = {
    "minimax": Loss(minimax_discriminator, minimax_generator, "Goodfellow et al. 2014, eq. 1"),
    "non_saturating": Loss(
        minimax_discriminator, non_saturating_generator, "Goodfellow et al. 2014, section 3"
    ),
    "lsgan": Loss(lsgan_discriminator, lsgan_generator, "Mao et al. 2017, eq. 9"),
    "hinge": Loss(hinge_discriminator, hinge_generator, "Miyato et al. 2018, eq. 16 and 17"),
    "wgan": Loss(
        wgan_discriminator, wgan_generator, "Gulrajani et al. 2017, eq. 3", gp_lambda=10.0
    ),
    "relativistic": Loss(
        relativistic_discriminator,
        relativistic_generator,
        "Jolicoeur-Martineau 2019, RSGAN",
        pairs=True,
    ),
    "relativistic_average": Loss(
        relativistic_average_discriminator,
        relativistic_average_generator,
        "Jolicoeur-Martineau 2019, RaSGAN",
        pairs=True,
    ),
}


def find_loss(name: str) -> Loss:
    """Look a loss up in LOSSES.

    Parameters
    ----------
    name : str
        Its key.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> find_loss("wgan").gp_lambda
    10.0
    """
    if name not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {name!r}.")
    return LOSSES[name]


def pixel_mse(images: Tensor, targets: Tensor) -> Tensor:
    r"""Formula (4), the document's L_G: the mean squared error of paired images.

    .. math:: L_G = E\,[(\hat y - y)^2]

    Parameters
    ----------
    images, targets : Tensor
        Same shape (B, C, H, W), values in [-1, 1]; `targets[i]` is the one right answer for
        `images[i]`. A GAN that starts from noise has no such pair (lesson 06_losses).

    Returns
    -------
    Tensor
        Scalar >= 0. The mean over pixels; the document's norm is the sum, C*H*W times as large.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import torch
    >>> float(pixel_mse(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)))
    1.0
    """
    if images.shape != targets.shape:
        raise ValueError(
            f"images and targets must have one shape, "
            f"got {tuple(images.shape)} and {tuple(targets.shape)}."
        )
    return ((images - targets) ** 2).mean()
