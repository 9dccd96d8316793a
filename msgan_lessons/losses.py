"""What D and G minimise, formulas (4) and (5): losses, penalties, the table LOSSES (lesson 06)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.functional import logsigmoid, softplus

from msgan_lessons.base.checks import check_alike, check_choice
from msgan_lessons.objective import minimax_value
from msgan_lessons.pyramid import Scales, check_scales

Judge = Callable[[Scales], Scales]  # D: images to logits


@dataclass(frozen=True)
class Loss:
    """Both sides of one game: mean over the batch, then over scales.

    Parameters
    ----------
    discriminator_loss, generator_loss : callable
        Functions of two tensors, as below; each returns a scalar to be minimised.
    paper : str
        Where the loss is from.
    pairs : bool
        G's side compares with real logits and so needs them.
    gp_lambda : float
        The WGAN-GP weight that training uses unless told otherwise.
    """

    discriminator_loss: Callable[[Tensor, Tensor], Tensor]
    generator_loss: Callable[..., Tensor]
    paper: str
    pairs: bool = False
    gp_lambda: float = 0.0

    def discriminator(
        self,
        real_logits: Scales,
        fake_logits: Scales,
        scale_weights: Sequence[float] | None = None,
    ) -> Tensor:
        """D's loss, a scalar, from lists of logits of any shape, one tensor a scale."""
        return over_scales(self.discriminator_loss, real_logits, fake_logits, scale_weights)

    def generator(
        self,
        fake_logits: Scales,
        real_logits: Scales | None = None,
        scale_weights: Sequence[float] | None = None,
    ) -> Tensor:
        """G's loss, a scalar; a relativistic one (`pairs`) needs the real logits too."""
        if real_logits is None:
            if self.pairs:
                raise ValueError("real_logits must be given: a relativistic loss compares with it.")
            real_logits = fake_logits  # not used
        return over_scales(self.generator_loss, fake_logits, real_logits, scale_weights)


def over_scales(
    loss: Callable[[Tensor, Tensor], Tensor],
    first: Scales,
    second: Scales,
    weights: Sequence[float] | None = None,
) -> Tensor:
    """Apply a loss of two tensors at every scale and take the (weighted) mean: a scalar.

    Parameters
    ----------
    loss : callable
        (Tensor, Tensor) -> scalar; half precision reaches it as float32.
    first, second : list of Tensor
        One a scale; both sides have the same scales.
    weights : sequence of float, optional
        One a scale, >= 0, not all zero. Default: all equal.

    Raises
    ------
    TypeError
        If a side is a tensor and no list.
    ValueError
        If the numbers of scales differ or the weights do not fit.
    """
    firsts, seconds = _at_least_float32(first), _at_least_float32(second)
    if len(firsts) != len(seconds) or not firsts:
        raise ValueError(
            f"both sides must have the same scales, got {len(firsts)} and {len(seconds)}."
        )
    weights = [1.0] * len(firsts) if weights is None else list(weights)
    if len(weights) != len(firsts) or min(weights) < 0 or sum(weights) == 0:
        raise ValueError(
            f"scale_weights must be {len(firsts)} numbers >= 0, not all zero, got {weights}."
        )
    terms = [w * loss(a, b) for w, a, b in zip(weights, firsts, seconds, strict=True)]
    return torch.stack(terms).sum() / sum(weights)


def _at_least_float32(scales: Scales) -> list[Tensor]:
    """The scales, so that a loss is never rounded to half precision."""
    half = (torch.bfloat16, torch.float16)
    return [s.float() if s.dtype in half else s for s in check_scales(scales)]


def r1_penalty(discriminator: Judge, real_images: Scales) -> Tensor:
    r"""Squared slope of D at real images, with a graph; the loss adds r1_gamma / 2 times this.

    .. math:: R_1 = E_x\,[\| \nabla_x D(x) \|^2]

    Parameters
    ----------
    discriminator : callable
        Images at scales, coarse to fine, to a list of logits.
    real_images : list of Tensor
        One a scale, (B, C, H, W).

    References
    ----------
    Mescheder et al. 2018, equation 9. Squared norms of several input images are *summed*; of
    several logits an image, D(x) is the *mean* (positions, then scales): gamma means the same.

    Examples
    --------
    >>> x = torch.zeros(4, 1, 2, 2)
    >>> r1_penalty(lambda images: [3 * images[0].flatten(1).sum(1)], [x]).item()  # slope 3
    36.0
    """
    return _squared_slopes(discriminator, real_images).mean()


def r2_penalty(discriminator: Judge, fake_images: Scales) -> Tensor:
    r"""Squared slope of D at generated images, which are detached: G is not reached.

    .. math:: R_2 = E_z\,[\| \nabla_x D(x) \|^2], \quad x = G(z)
    """
    return _squared_slopes(discriminator, fake_images).mean()


def gradient_penalty(
    discriminator: Judge,
    real_images: Scales,
    fake_images: Scales,
    generator: torch.Generator | None = None,
    *,
    epsilon: Tensor | None = None,
) -> Tensor:
    r"""WGAN-GP: D's slope between real and fake should be 1; the loss adds gp_lambda times this.

    .. math:: E\,[(\| \nabla_{\hat x} D(\hat x) \| - 1)^2], \quad
        \hat x = \epsilon x + (1 - \epsilon) G(z), \quad \epsilon \sim U[0, 1]

    Parameters
    ----------
    discriminator : callable
        As for `r1_penalty`.
    real_images, fake_images : list of Tensor
        Same shapes; one epsilon an image, shared by its scales.
    generator : torch.Generator, optional
        Source of epsilon, on the CPU; torch's own where it is missing.
    epsilon : Tensor, optional
        Shape (B,), in [0, 1], in place of a draw.

    Raises
    ------
    ValueError
        If real and fake differ in their shapes.

    References
    ----------
    Gulrajani et al. 2017, equation 3; the norm is that of all input images together (MSG-GAN,
    Karnewar and Wang 2020, averages instead).

    Examples
    --------
    >>> x = torch.zeros(4, 1, 2, 2)
    >>> gradient_penalty(lambda images: [images[0].flatten(1).sum(1)], [x], [x]).item()  # slope 2
    1.0
    """
    shapes = [[tuple(x.shape) for x in check_scales(s)] for s in (real_images, fake_images)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"real and fake images must have the same shapes, got {shapes[0]} and {shapes[1]}."
        )
    if epsilon is None:
        epsilon = torch.rand(len(real_images[0]), generator=generator)
    epsilon = epsilon.to(real_images[0].device)
    mixed = [_between(x, y, epsilon) for x, y in zip(real_images, fake_images, strict=True)]
    slopes = _squared_slopes(discriminator, mixed)
    return ((slopes + 1e-12).sqrt() - 1).square().mean()


def _between(real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """A point on the way from each fake image to a real one, or of points (B, 2)."""
    share = epsilon.view(-1, *[1] * (real.ndim - 1))  # (B, 1, ...)
    return share * real + (1 - share) * fake


def _squared_slopes(discriminator: Judge, images: Scales) -> Tensor:
    """||grad_x D(x)||^2 for each image of the batch, summed over its scales: shape (B,)."""
    inputs = [x.detach().float().requires_grad_(True) for x in check_scales(images)]
    logits = check_scales(discriminator(inputs), "the logits of D")
    scores = torch.stack([x.flatten(1).mean(1) if x.ndim > 1 else x for x in logits]).mean(0)
    grads = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return torch.stack([g.square().flatten(1).sum(1) for g in grads]).sum(0)


def penalty_terms(
    discriminator: nn.Module,
    real: Scales,
    fake: Scales,
    config,
    loss: Loss,
    *,
    epsilon: Callable[[int], Tensor],
) -> Tensor | float:
    r"""Sum of R1, R2 and the gradient penalty, each with its weight in a `TrainConfig`; or 0.0.

    .. math:: \frac{\gamma_1}{2} R_1 + \frac{\gamma_2}{2} R_2 + \lambda\, GP
    """
    total = 0.0
    gp_lambda = loss.gp_lambda if config.gp_lambda < 0 else config.gp_lambda
    if config.r1_gamma:
        total = total + config.r1_gamma / 2 * r1_penalty(discriminator, real)
    if config.r2_gamma:
        total = total + config.r2_gamma / 2 * r2_penalty(discriminator, fake)
    if gp_lambda:
        places = epsilon(len(real[-1]))
        penalty = gradient_penalty(discriminator, real, [x.detach() for x in fake], epsilon=places)
        total = total + gp_lambda * penalty
    return total


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

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    check_choice("loss", name, LOSSES)
    return LOSSES[name]


def pixel_mse(images: Tensor, targets: Tensor) -> Tensor:
    r"""Formula (4), the document's L_G: the mean squared error of paired images, a scalar.

    .. math:: L_G = E\,[(\hat y - y)^2]

    Parameters
    ----------
    images, targets : Tensor
        Same shape (B, C, H, W); `targets[i]` is the one right answer for `images[i]`. A GAN that
        starts from noise has no such pair. The document's norm is the sum, C*H*W times as large.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> float(pixel_mse(torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)))
    1.0
    """
    check_alike("images and targets", images.shape, targets.shape)
    return ((images - targets) ** 2).mean()


Features = Sequence[Sequence[Tensor]]  # a list of layers for each logit map of D


def feature_matching(real_features: Features, fake_features: Features) -> Tensor:
    r"""Distance between what D's layers make of real and of generated images, on average.

    .. math:: \frac{1}{L} \sum_l \left\| E_x[D^{(l)}(x)] - E_z[D^{(l)}(G(z))] \right\|_1 / N_l

    Features are what `judge` of a D returns beside its logits: for each of them a list of layers,
    (B, C, H, W). pix2pixHD (Wang et al. 2018, equation 4) compares image by image; an image from
    noise has no real twin, so the means over the batch are compared, as in Salimans et al. 2016,
    section 3.1 (there squared).

    >>> feature_matching([[torch.ones(4, 8, 2, 2)]], [[torch.zeros(4, 8, 2, 2)]]).item()
    1.0
    """
    pairs = _layer_pairs(real_features, fake_features)
    return torch.stack([(real.mean(0) - fake.mean(0)).abs().mean() for real, fake in pairs]).mean()


def paired_feature_matching(real_features: Features, fake_features: Features) -> Tensor:
    r"""Distance between what D's layers make of each real sample and of its generated twin.

    .. math:: \frac{1}{L} \sum_l E\left[ \| D^{(l)}(x) - D^{(l)}(G(s)) \|_1 \right] / N_l

    Wang et al. 2018 (pix2pixHD), equation 4; Kumar et al. 2019 (MelGAN), equation 4. Both sum over
    the layers and scales, ours is the mean over them.

    Parameters
    ----------
    real_features, fake_features : list of list of Tensor
        As for `feature_matching`; sample i of both sides is one pair.

    Raises
    ------
    ValueError
        If the layers differ, or the numbers of samples.

    Examples
    --------
    >>> one, other = torch.tensor([[1.0], [-1.0]]), torch.tensor([[-1.0], [1.0]])
    >>> paired_feature_matching([[one]], [[other]]).item()  # the means over the batch are equal
    2.0
    """
    pairs = _layer_pairs(real_features, fake_features)
    if uneven := [(len(real), len(fake)) for real, fake in pairs if len(real) != len(fake)]:
        raise ValueError(
            f"each fake must have one real twin, got {uneven[0][0]} real and {uneven[0][1]} fake."
        )
    return torch.stack([(real - fake).abs().mean() for real, fake in pairs]).mean()


def _layer_pairs(real_features: Features, fake_features: Features) -> list[tuple[Tensor, Tensor]]:
    """The layers of both sides, real ones as constants."""
    reals, fakes = (
        [layer for layers in side for layer in check_scales(layers, "layers")]
        for side in (real_features, fake_features)
    )
    if [x.shape[1:] for x in reals] != [x.shape[1:] for x in fakes] or not reals:
        raise ValueError(
            f"real and fake features must have the same layers, got "
            f"{[tuple(x.shape) for x in reals]} and {[tuple(x.shape) for x in fakes]}."
        )
    return [(r.detach().float(), f.float()) for r, f in zip(reals, fakes, strict=True)]
