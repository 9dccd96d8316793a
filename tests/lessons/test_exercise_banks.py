"""The exercises' right answers, and what their hints say of wrong ones, come out of the package."""

import math

import pytest
import torch
from seeded import normal
from torch import nn

from msgan_lessons import datasets, family, metrics
from msgan_lessons.classroom.answers import answers_agree
from msgan_lessons.classroom.exercises import Value, bank
from msgan_lessons.discriminator import DocumentDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l01_the_game.exercises import CROWD, MODES
from msgan_lessons.lessons.l01_the_game.plane import GaussianMixture, mode_coverage
from msgan_lessons.lessons.l03_generator.pictures import writes
from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field
from msgan_lessons.lessons.l06_losses.pictures import generator_slope
from msgan_lessons.lessons.l09_super_resolution.pairs import back_project
from msgan_lessons.lessons.l10_style_transfer.networks import cyclegan, forward_flops
from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalBatchNorm2d,
    ProjectionDiscriminator,
)
from msgan_lessons.lessons.l12_video.networks import VideoJudges, halve_rate
from msgan_lessons.lessons.l13_speech.networks import StripDiscriminator, wave_pyramid
from msgan_lessons.lessons.l13_speech.sound import mel_cepstral_distortion, mel_cepstrum
from msgan_lessons.lessons.l14_efficiency.exercises import PARAMETERS_AT_64
from msgan_lessons.lessons.l15_stability.modes import measure, paper_target
from msgan_lessons.losses import LOSSES
from msgan_lessons.pyramid import (
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


def scales_to_4x4():
    ends = {n: image_pyramid(torch.zeros(1, 1, 32, 32), n)[0].shape[-1] for n in range(2, 7)}
    right = next(n for n, end in ends.items() if end == 4)
    return right, {f"the coarsest is {e}x{e}": n for n, e in ends.items() if n != right}


def the_even_kernel():
    def even(stride: int) -> list[int]:
        inside = {k: writes(k, stride, 0, 9)[k:-k, k:-k].unique() for k in range(2, 10)}
        return [k for k, counts in inside.items() if len(counts) == 1]

    (right,) = set(even(3)) & {4, 5, 6, 7}
    assert even(3) == [3, 6, 9]
    assert {2, 4} < set(even(2))
    return right, {"even too": 9, "even for stride 2": 2, "even for stride 2;": 4}


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


VALUES = {  # exercise: its right answer, and the words of hints with the numbers they speak of
    "00.2": scales_to_4x4, "03.2": the_even_kernel, "06.1": ratio_of_slopes,
    "07.2": images_of_100_steps, "09.2": free_share, "10.2": price_of_two_scales,
    "11.1": numbers_of_two_tables, "12.2": six_cycles_dropped, "13.1": tone_after_dropping,
    "13.2": reach_of_a_judge, "14.2": memory_of_a_step, "15.1": where_g_stops,
}  # fmt: skip


@pytest.mark.parametrize("number", VALUES)
def test_the_package_gives_the_right_answer_and_the_numbers_of_the_hints(number):
    right, named = VALUES[number]()
    entry = BANK[number]
    assert answers_agree(entry.right, right)
    for words, value in named.items():
        near = [hint for wrong, hint in entry.hints.items() if answers_agree(wrong, value, 5e-3)]
        assert any(words.rstrip(";") in hint for hint in near), words


def test_a_hint_that_speaks_of_per_cent_is_of_a_hundred_times_the_answer():
    spoken = [
        (entry.right, wrong)
        for entry in BANK.values() if isinstance(entry, Value)
        for wrong, hint in entry.hints.items() if "that is in per cent" in hint
    ]  # fmt: skip
    assert len(spoken) >= 5
    assert all(wrong == pytest.approx(100 * right) for right, wrong in spoken)


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


def test_only_the_judge_of_the_answer_keeps_its_mean_logit_when_frames_are_shuffled():
    torch.manual_seed(0)
    D, clips = VideoJudges(), torch.rand(4, 1, 16, 32, 32)
    order = torch.randperm(16)
    pairs = zip(D.members, D([clips]), D([clips[:, :, order]]), strict=True)
    same = [name for name, a, b in pairs if torch.allclose(a.mean(), b.mean(), atol=1e-5)]
    assert same == [BANK["12.1"].right]
    assert list(D.members) == list(BANK["12.1"].choices)
