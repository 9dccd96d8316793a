"""The exercises' right answers, and what their hints say of wrong ones, come out of the package."""

import math

import pytest
import scipy.stats
import torch
from seeded import normal
from torch import nn
from torch.nn.functional import softplus

from msgan_lessons import datasets, family, metrics
from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom.answers import answers_agree
from msgan_lessons.classroom.exercises import bank
from msgan_lessons.discriminator import DocumentDiscriminator
from msgan_lessons.family import MODELS, build
from msgan_lessons.generator import DocumentGenerator, MultiScaleGenerator
from msgan_lessons.lessons.l01_the_game.exercises import CROWD, MODES
from msgan_lessons.lessons.l01_the_game.game import PlaneGame
from msgan_lessons.lessons.l01_the_game.plane import GaussianMixture, mode_coverage
from msgan_lessons.lessons.l03_generator.pictures import writes
from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field
from msgan_lessons.lessons.l06_losses.pictures import generator_slope
from msgan_lessons.lessons.l09_super_resolution.pairs import back_project
from msgan_lessons.lessons.l10_style_transfer.game import cycle_loss, identity_loss
from msgan_lessons.lessons.l10_style_transfer.networks import cyclegan, forward_flops
from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalBatchNorm2d,
    ProjectionDiscriminator,
)
from msgan_lessons.lessons.l12_video.networks import VideoJudges, halve_rate
from msgan_lessons.lessons.l13_speech.networks import StripDiscriminator, wave_pyramid
from msgan_lessons.lessons.l13_speech.sound import mel_cepstral_distortion, mel_cepstrum
from msgan_lessons.lessons.l14_efficiency.exercises import PARAMETERS_AT_64
from msgan_lessons.lessons.l14_efficiency.measured import counted_flops
from msgan_lessons.lessons.l15_stability.modes import measure, paper_target
from msgan_lessons.losses import LOSSES, find_loss
from msgan_lessons.objective import optimal_discriminator
from msgan_lessons.pyramid import (
    GrowthSchedule,
    bilinear_upsample,
    box_downsample,
    image_pyramid,
    laplacian_pyramid,
    reconstruct,
)
from msgan_lessons.runs.parameters import budget

BANK = bank()


def sizes(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def an_undecided_d():
    logit = torch.tensor(0.0, requires_grad=True)
    share = logit.sigmoid()
    share.backward()
    return share, {
        "those are the odds": logit.exp(), "the sigmoid of 1": torch.tensor(1.0).sigmoid(),
        "the slope of the sigmoid": logit.grad, "the logarithm of the probability": share.log(),
        "cross-entropy charges": softplus(-logit),
    }  # fmt: skip


def scales_to_4x4():
    ends = {n: image_pyramid(torch.zeros(1, 1, 32, 32), n)[0].shape[-1] for n in range(2, 7)}
    right = next(n for n, end in ends.items() if end == 4)
    return right, {f"the coarsest is {e}x{e}": n for n, e in ends.items() if n != right}


def best_d_of_3_to_1():
    def best(*densities: float) -> torch.Tensor:
        return optimal_discriminator(*map(torch.tensor, densities))

    d = best(3.0, 1.0)
    return d, {
        "1 - D*": 1 - d, "turned round": 1 / d, "the logit": d.logit(), "log D*": d.log(),
        "not a logit": torch.tensor(3.0).sigmoid(), "equally dense": best(1.0, 1.0),
        "no fake points": best(1.0, 0.0),
    }  # fmt: skip


def numbers_of_bands():
    def numbers(side: int, n: int) -> list[int]:
        return [b.numel() for b in laplacian_pyramid(torch.zeros(1, 1, side, side), n)]

    bands = numbers(32, 4)
    named = {
        "the finest band alone": bands[-1], "each coarser one has a quarter": 4 * bands[-1],
        "it counts": sum(bands[1:]), "the coarser scales": sum(bands[:-1]),
        "the two finest": sum(bands[2:]), "at 5 scales": sum(numbers(32, 5)),
        "a single pixel": sum(numbers(32, 6)), "an image of 16x16": sum(numbers(16, 4)),
        "the coarsest band alone": bands[0], "the number of bands": len(bands),
        "how many times as many": sum(bands) / 32**2,
        "square each first": sum(n**0.5 for n in bands),
    }  # fmt: skip
    assert set(named.values()) == set(BANK["02.1"].hints)
    return sum(bands), named


def weights_of_a_layer():
    def weights(c_in: int, c_out: int, kernel: int) -> int:
        return nn.ConvTranspose2d(c_in, c_out, kernel, bias=False, device="meta").weight.numel()

    return DocumentGenerator().main[0].weight.numel(), {
        "not 3x3": weights(512, 1024, 3), "as in DCGAN": weights(100, 1024, 4),
        "one pair of channels": weights(1, 1, 4),
    }  # fmt: skip


def the_even_kernel():
    def even(stride: int) -> list[int]:
        inside = {k: writes(k, stride, 0, 9)[k:-k, k:-k].unique() for k in range(2, 10)}
        return [k for k, counts in inside.items() if len(counts) == 1]

    (right,) = set(even(3)) & {4, 5, 6, 7}
    assert even(3) == [3, 6, 9]
    assert {2, 4} < set(even(2))
    return right, {"even too": 9, "even for stride 2": 2, "even for stride 2;": 4}


def patch_of_five_layers():
    def field(*strides: int) -> tuple[int, int]:
        return receptive_field(nn.Sequential(*(nn.Conv2d(1, 1, 4, s) for s in strides)))

    strides = (2, 2, 2, 1, 1)
    return field(*strides)[0], {
        "the distance of neighbouring patches": field(*strides)[1],
        "the first layer": field(2)[0], "after three layers": field(2, 2, 2)[0],
        "after four layers": field(2, 2, 2, 1)[0],
        "the fourth layer has stride 1": field(2, 2, 2, 2, 1)[0],
        "their strides": field(1, 1, 1, 1, 1)[0],
    }  # fmt: skip


def slope(loss: str, logit: float) -> float:
    return generator_slope(loss, torch.tensor([float(logit)])).item()


def ratio_of_slopes():
    logit = math.log(0.1 / 0.9)
    steep, flat = slope("non_saturating", logit), slope("minimax", logit)
    at = torch.tensor([logit])
    high, low = (LOSSES[name].generator_loss(at) for name in ("non_saturating", "minimax"))
    return steep / flat, {
        "divide it by the other": -steep, "divide the other by it": -flat,
        "turned round": flat / steep, "the difference": flat - steep,
        "the squares": (steep / flat) ** 2, "the logarithm of the ratio": math.log(steep / flat),
        "the ratio of the losses": -high / low,
    }  # fmt: skip


def images_of_100_steps():
    preset, data = budget("class"), datasets.open_images("fashion_mnist", resolution=8)
    return 100 * 16, {
        "not 32": 100 * preset.batch_size, "batches of 64": 100 * budget("gpu").batch_size,
        "20,000 steps": 16 * preset.steps, "the data set": len(data),
    }  # fmt: skip


def stage_of_780_images():
    stage = GrowthSchedule(phase_images=240, n_scales=3).stage
    depth, alpha = stage(780)
    return (depth, alpha), {
        "phase_images=100": GrowthSchedule(phase_images=100, n_scales=3).stage(780),
        "before image 720": stage(719), "the fourth has begun": stage(720),
        "the second phase": stage(300), "weight of the newest scale": (depth, 1 - alpha),
    }  # fmt: skip


def free_share():
    def share(side: int) -> float:
        """Of a 16x16 image whose means at side x side are known."""
        moved = torch.func.jacrev(lambda x: back_project(x, torch.zeros(1, 1, side, side)))
        matrix = moved(torch.zeros(1, 1, 16, 16)).reshape(256, 256)
        return float(torch.linalg.matrix_rank(matrix)) / 256

    # three halvings, as from 64 to 8
    return share(2), {"that is the share for 16x16": share(4), "finest band": share(8)}


def price_of_two_scales():
    images = [torch.zeros(1, 3, 32, 32)] * 2
    juries = [cyclegan(resolution=32, width=2, n_scales=k).discriminator for k in (1, 2, 3)]
    one, two, three = (forward_flops(jury, images) for jury in juries)
    return two / one, {"three scales": three / one}


def numbers_of_two_tables():
    norm = ConditionalBatchNorm2d(16, 32)
    return sizes(nn.Embedding(10, 16), nn.Embedding(10, 16)), {
        "the package's way": sizes(norm), "ten e_y": sizes(norm, nn.Embedding(10, 32)),
        "without classes": sizes(nn.BatchNorm2d(16)),
    }  # fmt: skip


def variance_cut_at_2():
    one, two = (scipy.stats.truncnorm(-t, t) for t in (1, 2))
    return two.var(), {
        "the variance at t = 1": one.var(), "standard deviation at t = 1": one.std(),
        "standard deviation": two.std(), "lie within 2": math.erf(2 / math.sqrt(2)),
    }  # fmt: skip


def after_dropping(cycles: int) -> int:
    swing = torch.cos(2 * torch.pi * cycles * torch.arange(16) / 16).reshape(1, 1, 16, 1, 1)
    return int(torch.fft.rfft(halve_rate(swing).flatten()).abs().argmax())


def six_cycles_dropped():
    (right,) = {after_dropping(cycles) for cycles in (6, 10, 14, 2)}  # 10 and 14 hit the same
    return right, {"7 cycles": after_dropping(7)}


def tone_after_dropping():
    def heard(hertz: int) -> int:
        tone = torch.sin(2 * torch.pi * hertz * torch.arange(8000) / 8000)[None, None]
        low = wave_pyramid(tone, 2, pool=False)[0].flatten()  # a second of 4,000 samples
        return int(torch.fft.rfft(low).abs().argmax())

    (right,) = {heard(3000), heard(1000)}
    return right, {}


def reach_of_a_judge():
    judge, wave = StripDiscriminator((16, 32, 64)), torch.zeros(1, 1, 8192, requires_grad=True)
    field, step = receptive_field(judge)[:2]
    (logits,) = judge(wave_pyramid(wave, 3)[:1])
    logits[0, 0, logits.shape[2] // 2, 0].backward()
    reached = wave.grad.flatten().nonzero()
    assert reached.max() - reached.min() + 1 == 4 * field
    return 4 * field, {
        "at the rate of this judge": field, "at this judge's rate": step,
        "in samples of the wave": 4 * step, "in milliseconds": 4 * field * 1000 // 8000,
    }  # fmt: skip


def operations_of_a_layer():
    def counted(kernel: int = 4, backward: bool = False) -> int:
        layer, image = nn.Conv2d(64, 128, kernel, 2, 1, bias=False), torch.zeros(1, 64, 16, 16)
        image.requires_grad_(backward)
        return counted_flops(lambda: layer(image).sum().backward() if backward else layer(image))

    return counted(), {"3x3 kernel": counted(3), "forward and backward": counted(backward=True)}


def memory_of_a_step():
    pair, smaller = family.dcgan(resolution=64), family.dcgan(resolution=32)
    weights = [p for net in (pair.generator, pair.discriminator) for p in net.parameters()]
    assert sum(p.numel() for p in weights) == PARAMETERS_AT_64
    optimizer = torch.optim.Adam(weights)
    for p in weights:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    averages = [x for s in optimizer.state.values() for x in s.values() if x.ndim]
    held = sum(x.nbytes for x in (*weights, *(p.grad for p in weights), *averages))
    return held / 1e6, {
        "resolution=32": 16 * sizes(smaller.generator, smaller.discriminator) / 1e6,
        "G alone": 16 * sizes(pair.generator) / 1e6,
        "D alone": 16 * sizes(pair.discriminator) / 1e6,
    }  # fmt: skip


def push(logit: float, loss: str, leaks: int) -> float:
    logits = torch.tensor([logit], requires_grad=True)
    total = LOSSES[loss].generator_loss(logits)
    for _ in range(leaks):
        total = total + LOSSES[loss].discriminator_loss(torch.zeros(1), logits)
    total.backward()
    return logits.grad.item()


def where_g_stops():
    shares = {leaks: 1 / (leaks + 1) for leaks in (1, 2, 3, 4)}
    for leaks, share in shares.items():
        stopped = push(math.log(share / (1 - share)), "non_saturating", leaks)
        assert stopped == pytest.approx(0, abs=1e-6)
    return shares.pop(3), {f"n = {leaks}": share for leaks, share in shares.items()}


def push_of_three_leaks():
    return push(0.0, "hinge", 3), {
        "without a leak": push(0.0, "hinge", 0), "for one leak": push(0.0, "hinge", 1),
        "for two leaks": push(0.0, "hinge", 2),
        "or for the non-saturating loss": push(0.0, "non_saturating", 3),
        "the non-saturating loss with two leaks": push(0.0, "non_saturating", 2),
    }  # fmt: skip


def kl_of_one_class():
    one = torch.zeros(50, dtype=torch.int64)
    return metrics.mode_kl(one, 10), {
        "as often as the data": metrics.mode_kl(torch.arange(50) % 10, 10),
        "1000": metrics.mode_kl(one, 1000),
    }  # fmt: skip


def coverage_with_an_outlier():
    stream = torch.Generator().manual_seed(0)
    real, fake = torch.randn(100, 2, generator=stream), torch.randn(50, 2, generator=stream) + 50
    outlier = torch.cat([real, torch.tensor([[100.0, 100.0]])])
    precision, recall = metrics.precision_recall(outlier, fake, k=3)
    assert recall == metrics.coverage(real, fake, k=3) == 0.0
    return metrics.coverage(outlier, fake, k=3), {"that is precision": precision}


VALUES = {  # exercise: its right answer, and the words of hints with the numbers they speak of
    "00.1": an_undecided_d, "00.2": scales_to_4x4, "01.1": best_d_of_3_to_1,
    "02.1": numbers_of_bands, "03.1": weights_of_a_layer, "03.2": the_even_kernel,
    "04.1": patch_of_five_layers, "06.1": ratio_of_slopes, "07.2": images_of_100_steps,
    "08.2": stage_of_780_images, "09.2": free_share, "10.2": price_of_two_scales,
    "11.1": numbers_of_two_tables, "11.2": variance_cut_at_2, "12.2": six_cycles_dropped,
    "13.1": tone_after_dropping, "13.2": reach_of_a_judge, "14.1": operations_of_a_layer,
    "14.2": memory_of_a_step, "15.1": where_g_stops, "15.2": push_of_three_leaks,
    "16.1": kl_of_one_class, "16.2": coverage_with_an_outlier,
}  # fmt: skip


@pytest.mark.parametrize("number", VALUES)
def test_the_package_gives_the_right_answer_and_the_numbers_of_the_hints(number):
    right, named = VALUES[number]()
    entry = BANK[number]
    assert answers_agree(entry.right, right)
    for words, value in named.items():
        near = [hint for wrong, hint in entry.hints.items() if answers_agree(wrong, value, 5e-3)]
        assert any(words.rstrip(";") in hint for hint in near), words


def of_the_data_sets():
    data = datasets.open_images("fashion_mnist", resolution=32)
    yield (data.pixels[:2].float(),), data.images(slice(2))


def of_another_strength():
    images = normal(2, 3, 16, 16)
    coarse, finest = laplacian_pyramid(images, 2)
    for strength in (0.0, 1.0, 2.0):
        yield (images, strength), reconstruct([coarse, strength * finest])


def of_the_blocks_turned_round():
    G, z = MultiScaleGenerator(latent_dim=4, channels=(8, 4, 4, 2)).eval(), torch.ones(2, 4)
    yield (list(reversed(G.blocks)), z[:, :, None, None]), G.features(z)[-1]


def of_the_head_that_the_documents_d_lacks():
    features = normal(2, 512, 8, 8)
    weight = next(p for p in DocumentDiscriminator().head.parameters() if p.ndim == 4)
    yield (features, weight[0]), nn.functional.conv2d(features, weight).flatten()


def of_an_undecided_d():
    yield (torch.zeros(3), torch.zeros(2)), torch.tensor(2.0)


def of_the_projection():
    D = ProjectionDiscriminator(channels=(8, 4, 4, 2), spectral_norm=False, attention=0)
    images, labels = [normal(3, 1, 32, 32)], torch.tensor([0, 9, 4])
    (psi,), (features,) = D.trunk.judge(images)
    yield (psi, D.embedding.weight, features[-1], labels), D(images, labels)[0]


def of_the_cepstra():
    waves = torch.rand(2, 1, 1, 4000, generator=torch.Generator().manual_seed(0)) - 0.5
    yield [mel_cepstrum(wave)[0] for wave in waves], mel_cepstral_distortion(*waves)


def of_the_study():
    mixture = paper_target("ring of 8")
    for spread in (0.02, 0.1, 0.5):
        points = mixture.modes[:6].float() + spread * normal(6, 2, seed=3)
        found = measure(mixture, points)["modes"]
        yield (points, mixture.modes.float(), mixture.std), found


def of_coverage():
    real, fake = normal(2, 40, 3, seed=1)
    yield (real, fake, 5), metrics.coverage(real, fake)


REFERENCES = {  # exercise: arguments, and what the package makes of them
    "00.3": of_the_data_sets, "02.3": of_another_strength, "03.3": of_the_blocks_turned_round,
    "04.3": of_the_head_that_the_documents_d_lacks, "06.3": of_an_undecided_d,
    "11.3": of_the_projection, "13.3": of_the_cepstra,
    "15.3": of_the_study, "16.3": of_coverage,
}  # fmt: skip


@pytest.mark.parametrize("number", REFERENCES)
def test_a_banks_own_function_does_what_the_package_does(number):
    for arguments, expected in REFERENCES[number]():
        found = BANK[number].reference(*arguments)
        theirs = torch.as_tensor(expected).detach().double()
        mine = torch.as_tensor(found).detach().double()
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


def test_one_number_in_z_gives_a_line_of_points_and_two_give_a_net():
    shapes = [PlaneGame(seed=0, latent_dim=n).frame()["plane.manifold"].shape for n in (1, 2)]
    assert [min(rows, columns) > 1 for rows, columns, _ in shapes] == [False, True]


def test_one_point_of_sixty_is_a_mode_here_and_none_for_the_lesson():
    assert BANK["01.3"].reference(CROWD, MODES, 0.05) == 2
    assert mode_coverage(GaussianMixture(MODES, std=0.05, modes=MODES), CROWD)[0] == 1


def test_dropping_pixels_breaks_the_mean_alone():
    def drop(x):
        return x[..., ::2, ::2]

    images = normal(4, 1, 16, 16)
    bands = laplacian_pyramid(images, 3, down=drop)
    assert torch.allclose(reconstruct(bands), images, atol=1e-5)
    assert not torch.allclose(bands[0].mean((1, 2, 3)), images.mean((1, 2, 3)), atol=1e-5)
    kept = [x.mean((1, 2, 3)) for x in image_pyramid(images, 3)]
    assert all(torch.allclose(mean, kept[-1], atol=1e-5) for mean in kept)
    assert BANK["02.2"].right == "mean"


def test_interpolation_leaves_one_six_one_eighths_at_the_next_scale():
    line = torch.zeros(1, 1, 8, 8)
    line[..., 4] = 8
    again = box_downsample(bilinear_upsample(line))
    assert again[0, 0, 4].tolist() == [0, 0, 0, 1, 6, 1, 0, 0]


def test_the_claim_on_the_coarser_scales_holds_for_squares_alone():
    data = datasets.open_images("fashion_mnist", resolution=32, split="test")
    images = data.images(slice(20))
    small = box_downsample(images)
    squares = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
    for blurred, holds in ((squares, True), (bilinear_upsample(small), False)):
        pairs = zip(image_pyramid(images, 3), image_pyramid(blurred, 3), strict=True)
        *coarse, finest = (torch.allclose(a, b) for a, b in pairs)
        assert all(coarse) == holds
        assert any(coarse) == holds  # without squares, on no scale
        assert not finest


def test_lsgan_has_no_slope_at_one_and_the_hints_say_what_is_elsewhere():
    assert slope("lsgan", BANK["06.2"].right) == 0
    assert (slope("lsgan", 0), slope("lsgan", 2)) == (-1, 1)
    assert slope("non_saturating", 60) == pytest.approx(0)
    assert slope("minimax", -60) == pytest.approx(0)
    assert slope("lsgan", -60) < -60


def test_fakes_must_be_detached_for_d_and_must_not_for_g():
    real, fake, G, D, *_ = family.small_game("dcgan", torch.rand(4, 1, 16, 16) * 2 - 1, Streams(0))
    loss, cut = find_loss("non_saturating"), [x.detach() for x in fake]
    loss.discriminator(D(real), D(cut)).backward()
    loss.generator(D(cut), D(real)).backward()
    assert all(p.grad is None for p in G.parameters())
    loss.discriminator(D(real), D(fake)).backward()
    assert all(p.grad is not None for p in G.parameters())
    assert BANK["07.1"].right == "D"


def test_lapgan_alone_parts_the_blocks():
    def first_block_learns(name: str) -> bool:
        """Whether the finest image sends a gradient back to the first block of a model's G."""
        G = build(name, resolution=8, width=2, latent_dim=4).generator
        G(torch.ones(2, G.latent_dim))[-1].square().sum().backward()
        return next(G.blocks[0].parameters()).grad is not None

    assert [name for name in MODELS if not first_block_learns(name)] == [BANK["08.1"].right]


@pytest.mark.parametrize("batch", [1, 4])
def test_exchanging_the_fakes_changes_the_paired_distance_alone(batch):
    real = [torch.rand(batch, 2, 4, 4, generator=torch.Generator().manual_seed(0))]
    fake = [x.flip(0) for x in real]
    paired = next(iter(BANK["08.3"].mistakes.values()))
    assert BANK["08.3"].reference(real, fake) == pytest.approx(0, abs=1e-6)
    assert (paired(real, fake) > 0.1) == (batch > 1)


def test_a_draw_costs_the_decibels_of_the_first_answer():
    x, y = normal(2, 100_000).double()  # two draws of one distribution
    decibels = 10 * math.log10((x - y).square().mean() / y.var())
    assert decibels == pytest.approx(BANK["09.1"].right, abs=0.05)


def test_where_nothing_changes_only_the_adversarial_loss_is_left():
    pair = cyclegan(resolution=32, width=2)
    x, y = torch.rand(2, 1, 3, 32, 32)
    fake = pair.generator(x, y)
    assert cycle_loss([x, y], pair.generator.cycles(fake)) == 0
    assert identity_loss([y, x], pair.generator(y, x)) == 0
    assert find_loss("lsgan").generator(pair.discriminator(fake)) > 0


def test_only_the_judge_of_the_answer_keeps_its_mean_logit_when_frames_are_shuffled():
    torch.manual_seed(0)
    D, clips = VideoJudges(), torch.rand(4, 1, 16, 32, 32)
    order = torch.randperm(16)
    pairs = zip(D.members, D([clips]), D([clips[:, :, order]]), strict=True)
    same = [name for name, a, b in pairs if torch.allclose(a.mean(), b.mean(), atol=1e-5)]
    assert same == [BANK["12.1"].right]
    assert list(D.members) == list(BANK["12.1"].choices)
