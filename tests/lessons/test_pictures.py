"""A picture says in words what it shows, a table stands in columns, nothing to show is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from seeded import images

from msgan_lessons.base.pictures import Picture, sheet
from msgan_lessons.discriminator import PatchDiscriminator
from msgan_lessons.lessons.l01_the_game import pictures as plane
from msgan_lessons.lessons.l02_scales import pictures as scales
from msgan_lessons.lessons.l03_generator import pictures as generator
from msgan_lessons.lessons.l04_discriminator import pictures as discriminator
from msgan_lessons.lessons.l06_losses import pictures as losses
from msgan_lessons.lessons.l08_multiscale_gan import pictures as family
from msgan_lessons.lessons.l09_super_resolution import pictures as large
from msgan_lessons.lessons.l10_style_transfer import pictures as style
from msgan_lessons.lessons.l11_class_conditional import pictures as classes
from msgan_lessons.lessons.l12_video import pictures as video
from msgan_lessons.lessons.l12_video.networks import clip_pyramid
from msgan_lessons.lessons.l13_speech import pictures as speech
from msgan_lessons.lessons.l14_efficiency import pictures as costs
from msgan_lessons.lessons.l14_efficiency.measured import BlockCost
from msgan_lessons.lessons.l14_efficiency.roofline import LayerTiming, Roofline
from msgan_lessons.lessons.l15_stability import pictures as stability
from msgan_lessons.lessons.l15_stability.stacked import PUBLISHED_RESULTS
from msgan_lessons.lessons.l16_evaluation import damages
from msgan_lessons.lessons.l16_evaluation import pictures as evaluation
from msgan_lessons.losses import LOSSES
from msgan_lessons.pyramid import laplacian_pyramid


def blank(n: int, side: int = 8, channels: int = 1) -> torch.Tensor:
    return torch.zeros(n, channels, side, side)


IMAGE = images(3, 16, 16)
BANDS = [band[0] for band in laplacian_pyramid(IMAGE[None], 3)]
LACKING = [*BANDS[:-1], 0 * BANDS[-1]]
LOGITS = {kind: [torch.full((r // 2, r // 2), 1.0 * r) for r in (4, 8)] for kind in "ab"}
TWO_SIZES = [blank(1, r, 3)[0] for r in (8, 32)]
JUDGE = PatchDiscriminator(img_channels=3, channels=(1, 1))

FLOOR, PAPER = {"frechet": 1.0, "swd": {4: 0.01, 8: 0.02}}, {"none": 14.2, "all": 8.36}


def ends(model: str, *frechet: float) -> list[dict]:
    """Two rows of a duel for each seed, the second with its end."""
    return [
        {"model": model, "seed": seed, "frechet": f, "swd": {4: f / 100, 8: f / 50}, "step": step,
         "n_images": 32 * step, "seconds": 0.5 * step, "flops": 2e9 * step}
        for seed, end in enumerate(frechet) for step, f in ((1, 90.0), (2, end))
    ]  # fmt: skip


DUEL = ends("slow", 40.0, 50.0) + ends("fast", 10.0, 20.0)
UNNAMED = [{k: v for k, v in row.items() if k != "seed"} for row in DUEL if row["seed"] == 0]
ABLATION = ends("none", 30.0, 20.0) + ends("all", 10.0, 14.0)
ENDS = "fast 15.00 (10.00 to 20.00), slow 45.00 (40.00 to 50.00); real images 1.00"


def bands_of(*sizes: int) -> Picture:
    bands = dict.fromkeys(sizes, 0.1)
    rows = [{**row, "swd": bands} for row in DUEL]
    return family.duel_curves(rows, {"frechet": 1.0, "swd": bands}, "look")


ENLARGED = {
    "bicubic": {"psnr": 21.9, "ssim": 0.75, "swd_64": 0.045, "frechet": 7.3},
    "MSE": {"psnr": 25.4, "ssim": 0.83, "swd_64": 0.026, "frechet": 1.7},
    "GAN": {"psnr": 25.1, "ssim": 0.84, "swd_64": 0.024, "frechet": 1.1},
}
ROWS = {"16x16": blank(3, 16, 3), "real": blank(3, 64, 3)}

ONE = {"ssim": 0.4, "perceptual": 0.1, "palette": 9.0, "style": 0.02}
TURNED = {"identity": ONE, "CycleGAN": {**ONE, "style": 0.9}}
CYCLED = [{"step": k, "g_loss": 0.3, "cycle": 0.1, "identity": 0.0} for k in (1, 2)]
D_ALONE = [{"step": 1, "d_loss": 0.3}]  # its head start: nothing of G

NAMES = ("T-shirt/top", "Trouser", "Ankle boot")


def of_class(**changes) -> dict:
    known = {"accuracy": 0.5, "frechet": 10.0, "precision": 0.4, "recall": 0.3, "coverage": 0.2}
    return {**known, "by_class": [0.2, 0.5, 0.8], **changes}


CUTS = [of_class(threshold=t, recall=t / 10) for t in (0.5, 3.0)]
SEEDS = [of_class(model="full", frechet=x) for x in (9.0, 12.0)] + [of_class(model="no labels")]

CLIPS = {"real": images(3, 1, 16, 32, 32), "G": images(3, 1, 16, 32, 32).flip(2)}
WAVES = {name: torch.sin(torch.arange(6400) * f)[None] for f, name in ((0.4, "real"), (0.7, "GAN"))}
SAID = {name: [torch.zeros(1, 1, 10), torch.zeros(1, 1, 20)] for name in WAVES}

ROOF = Roofline(peak=80e9, bandwidth=10e9, cache_bandwidth=40e9)
PREDICTED = {"parameters": 1000, "flops": 2e9, "backward_flops": 4e9, "kept": 5e5, "seconds": 0.01}


def block(network: str, resolution: int, flops: float = 2e9) -> BlockCost:
    measured = {**PREDICTED, "flops": flops, "seconds": 0.02, "step_seconds": 0.06}
    return BlockCost(network, "blocks.0", resolution, PREDICTED, measured)


BLOCKS = [block("G", 8), block("G", 16), block("G", 16, 4e9), block("D", 16)]
LAYERS = [
    LayerTiming("G", "transposed convolution", 32, 60e9, 1e9, 1.0),
    LayerTiming("D", "convolution", 4, 70e9, 1e9, 1.0),
    LayerTiming("G", "batch norm", 8, 5e9, 8e9, 1.0),
    LayerTiming("D", "minibatch stddev", 4, 1e6, 1e6, 1.0),
]
BOUGHT = {"model": "8x8", "seconds": 2.0, "step": 100, "frechet": 12.34, "scales": [blank(8)]}

CURES = {"ring of 8": {
    "R1": [{"modes": 7, "high_quality": 0.5}, {"modes": 8, "high_quality": 0.75}],
    "minimax": [{"modes": 1, "high_quality": 0.993}],
}}  # fmt: skip
STACKED = {"real": {"modes": 1000, "kl": 0.1}, "ours": {"modes": 9, "kl": 5.0, "step": 1500}}


def scores(level: float, *left_out: str) -> dict:
    found = {
        "frechet": 10.0 * level, "swd": {4: 0.1 * level, 8: 0.2}, "precision": 0.5, "recall": 0.25,
        "coverage": 0.75, "ms_ssim": 0.3, "mode_kl": 0.2, "consistency": {4: 0.1}, "modes": 9,
    }  # fmt: skip
    return {key: value for key, value in found.items() if key not in left_out}


REAL = scores(0.1, "consistency")
THRICE = [scores(9), scores(1), scores(2)]
COUNTED = {"real": {100: 3.0, 200: 1.0}, "fake": {100: 9.0, 200: 8.0}}
EXCESS = {"Fréchet distance": 40.2, "precision": -5.0, "recall": -0.2}
NOTICED = "Noticed by Fréchet distance (40); better than real for precision."

SHOWN = [  # a picture, and what its alternative text must say
    (lambda: plane.modes_against_steps({"one": [{"step": 1}], "two": []}, 8),
     "one: none counted of 8 modes; two: none counted"),
    (lambda: plane.two_discriminators(np.eye(3), np.eye(3), [(0, 0.5), (1, 0.25)]),
     "falls from 0.50 to 0.25"),
    (lambda: scales.pyramid_rows(IMAGE, BANDS),
     "band left out: nothing", "mean squared error of 0.0000"),
    (lambda: scales.pyramid_rows(IMAGE, LACKING, "16x16"),
     "Three rows of 3 images from 4x4 to 16x16", "band left out: 16x16",
     f"mean squared error of {BANDS[-1].square().mean():.4f}"),
    (lambda: scales.guessed_bands({"real": IMAGE[None]}, [8, 16], [0.5, 0.25], [0.125, 0.0]),
     "8x8: 0.500 and 0.125; 16x16: 0.250 and 0.000"),
    (lambda: generator.transposed_writes(2, 2), "makes 12x12 of 6x6", ", ".join(["1"] * 12)),
    (lambda: generator.transposed_writes(2, 3), "written 1, 1, 0, 1, 1, 0"),  # not the row of gaps
    (lambda: generator.drawn_scales(*[[blank(3, 4), blank(3, 8)]] * 2, count=2), "4x4, 8x8"),
    (lambda: generator.new_codes({"fitted": blank(2), "new codes": blank(2)}), "fitted; new codes"),
    *((lambda at=at: discriminator.patches_under(TWO_SIZES, JUDGE, at, at),
       *(f"{r}x{r}: logit ({k}, {k}) of {n}x{n}, 18x18 pixels"
         for r, n in ((8, 2), (32, 8)) for k in [min(int(at * n), n - 1)]))
      for at in (0.0, 0.5, 1.0)),
    (lambda: discriminator.accuracy_bars({"b": [0.5, 0.98]}, [16, 32]), "b: 16x16 50%, 32x32 98%"),
    (lambda: discriminator.logit_maps(dict.fromkeys("ab", IMAGE), LOGITS, [4, 8]),
     "a: 4x4 4.00, 8x8 8.00; b: 4x4 4.00, 8x8 8.00"),
    (lambda: losses.generator_slopes(list(LOSSES)), *LOSSES),
    (lambda: losses.samples({"hinge": blank(3)}, blank(3), blank(3)[0]), "hinge"),
    (lambda: losses.fake_shares({"pixel_mse": [], "hinge": [{"step": 1, "d_fake_before": 0.5}]}),
     "the step for hinge."),
    (lambda: losses.fake_shares({"pixel_mse": []}), "no loss"),
    *((lambda unit=unit: family.duel_curves(DUEL, FLOOR, "look", unit), ENDS, family.AXES[unit])
      for unit in ("seconds", "images", "flops")),
    (lambda: family.duel_curves(UNNAMED, FLOOR, "look"), "fast 10.00, slow 40.00"),
    *((lambda n=n: bands_of(*(4 * 2**k for k in range(n))), f"of {n} bands") for n in (1, 5, 7)),
    (lambda: family.connection_dots(ABLATION, PAPER),
     "none 25.00 (20.00 to 30.00), paper 14.20; all 12.00 (10.00 to 14.00), paper 8.36"),
    (lambda: large.enlarged_rows(ROWS, "look"), "rows: 16x16; real."),
    (lambda: large.added_bands(IMAGE, {"bicubic": IMAGE}, "look"), "bicubic, real"),
    (lambda: large.distortion_perception(ENLARGED, "look"),
     "GAN: 25.1 dB, Fréchet 1.10, SWD 0.024"),
    (lambda: style.score_dots({"there": TURNED, "back": TURNED}, "look"),
     "there, CycleGAN: ssim 0.4, perceptual 0.1, palette 9, style 0.9"),
    (lambda: style.cycle_curves({"three scales": CYCLED, "one": CYCLED}, "look"),
     "one, step 2: adversarial loss 0.30"),
    (lambda: style.cycle_curves({"three scales": D_ALONE, "one": []}, "look"),
     "three scales, step 1: adversarial loss none, cycle loss none",
     "one, step 0: adversarial loss none"),
    (lambda: style.turned_rows({"Noto": blank(2)}, "look"), "Noto"),
    (lambda: classes.class_sheet({"drawn": blank(6)}, NAMES, "look"), ", ".join(NAMES)),
    (lambda: classes.class_accuracy({"a": of_class(), "b": of_class(accuracy=0.7)}, of_class(),
                                    NAMES, "look"),
     "real images 0.50, a 0.50, b 0.70"),
    (lambda: classes.truncation_curve({"kept": CUTS, "measured": CUTS}, of_class(), "look"),
     "kept: at 0.5 precision 0.40, recall 0.05, accuracy 0.50, distance 10.0, at 3 ",
     "; measured: at 0.5"),
    (lambda: classes.ablation_dots(SEEDS, of_class(), "look"),
     "full 0.50 (0.50 to 0.50) and 10.50 (9.00 to 12.00)", "no labels 0.50 and 10.00"),
    (lambda: video.film_strips({"G": CLIPS["G"][0]}, "look"), "frames 0 to 14", ": G"),
    (lambda: video.clip_scales([x[0] for x in clip_pyramid(CLIPS["G"], 4)], "look"),
     "2 x 4x4; 4 x 8x8; 8 x 16x16; 16 x 32x32"),
    (lambda: video.space_time_rows(CLIPS, "look"), "real; G"),
    (lambda: video.spectra(CLIPS, "look"), "real ", "e-", "G "),
    (lambda: video.score_dots({"G": [{"frechet": 2.0, "motion": 0.5}] * 2}, "look"),
     "G Fréchet distance, motion features 2, 2; G motion statistics 0.5, 0.5."),
    (lambda: speech.spectrograms(WAVES, "look"), "real; GAN"),
    (lambda: speech.judged_speech(WAVES, SAID, ["D 1", "D 2"]), "real, GAN: D 1; D 2"),
    (lambda: costs.cost_bars(BLOCKS, "look"), "as measured",
     "operations forward, GFLOP: G 8x8 2, G 16x16 6, D 16x16 2",
     "time forward, ms: G 8x8 20, G 16x16 40, D 16x16 20",
     "kept for backward, MB: G 8x8 2, G 16x16 4"),
    (lambda: costs.cost_bars([BlockCost("G", "blocks.0", 8, PREDICTED, {})], "look"),
     "as predicted", "time forward, ms: G 8x8 10"),
    (lambda: costs.roof_plot(ROOF, LAYERS, "look"),
     "peak 80 GFLOP/s, memory 10 GB/s, cache 40 GB/s, and 4 layers",
     "Fastest: convolution of D at 4x4, 70 GFLOP/s at 70 operations a byte",
     "Waiting for: compute 2, memory 1, neither 1."),
    (lambda: costs.speed_up_bars({"new for old": {"old": [2.0, 4.0], "new": [1.0, 1.0]}}, "look"),
     "new for old: 3.00 (2.00 to 4.00)"),
    (lambda: costs.schedule_curves({"8": [0.1, 0.1], "16": [0.1, 0.1]},
                                   {"none": [1.0], "1": [1.5], "4": [1.2]}, "look"),
     "by batch size: 8: 12.5, 16: 6.25", "a second: 8: 10, 16: 10",
     "by its interval: 1: 1.5, 4: 1.2."),
    (lambda: costs.bought_rows([BOUGHT], {"8x8": 0.005}, "look"),
     "8x8: 100 steps of 20 ms (roof: 5), Fréchet distance 12.3"),
    (lambda: stability.modes_figure(CURES, "look"), "R1 7.5 modes and 62 %"),
    (lambda: evaluation.score_curves([0.0, 5.0, 9.0], THRICE, REAL, 1, "look"),
     "goes from 90 to 20.0 (real against real 1.0)", "lowest value 10.0 after 5 seconds",
     "precision is 0.50, recall 0.25, coverage 0.75"),
    (lambda: evaluation.score_curves([0.0, 1.0], [REAL, REAL], REAL, 0, "look"), "Six graphs"),
    *((lambda n=n: evaluation.count_curves({f"metric {i}": COUNTED for i in range(n)}, "look"),
       "from 100 to 200 images a side", f"metric {n - 1}, real and generated: 9 to 8",
       "metric 0, real and real: 3 to 1") for n in (1, 3, 4)),
    (lambda: evaluation.nearest_pairs({"G": (blank(3), blank(3))}), "training images: G"),
    (lambda: damages.damage_bars(blank(20), EXCESS, "blur, strength 0.3"),
     f"Real images, damage: blur, strength 0.3. {NOTICED}"),
    (lambda: damages.damage_table({"blur": EXCESS, "noise": {**EXCESS, "recall": 9}}, 0.3),
     f"A table at strength 0.3. blur: {NOTICED} noise: Noticed by", "recall (9)"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), [(make, words) for make, *words in SHOWN])
def test_a_picture_tells_its_names_and_numbers_in_words(make, words):
    picture = make()
    assert isinstance(picture, Picture)
    assert Image.open(io.BytesIO(picture.png)).format == "PNG"
    assert len(picture.png) < 100_000
    assert [word for word in words if word not in picture.alt] == []
    assert picture.alt.endswith(".")
    assert picture.caption == "look" or picture.caption.endswith((".", "?"))


TABLES = [  # a table, and the entries of some of its lines
    (lambda: family.duel_table(DUEL, FLOOR), {
        0: "steps seconds GFLOPs Fréchet distance SWD 4 SWD 8",
        1: "fast 2 1.0 4 15.00 (10.00 to 20.00) 0.1500 0.3000",
        3: "real images 1.00 0.0100 0.0200"}),
    (lambda: family.connection_table(ABLATION, PAPER),
     {1: "none 25.00 (20.00 to 30.00) 2.00 14.20", 2: "all 12.00 (10.00 to 14.00) 2.00 8.36"}),
    (lambda: large.score_table(ENLARGED), {
        0: "PSNR SSIM SWD 64 Fréchet", 2: "MSE 25.40* 0.830 0.0260 1.70",
        3: "GAN 25.10 0.840* 0.0240* 1.10*"}),
    (lambda: style.score_table(TURNED), {2: "CycleGAN 0.400 0.1000 9.00 0.90"}),
    (lambda: classes.score_table({"real": of_class(), "full": [
        of_class(frechet=9.0, step=1200), of_class(frechet=12.0, step=1200)]}), {
        1: "real - 0.500 10.00 0.400 0.300 0.200", 2: "full 1,200 0.500 10.50 0.400 0.300 0.200"}),
    (lambda: speech.score_table({"a": {"MCD [dB]": 1.0, "STFT": 2.0},
                                 "long name": {"MCD [dB]": 3.0, "STFT": 4.0}}),
     {1: "a 1.000 2.000", 2: "long name 3.000 4.000"}),
    (lambda: costs.cost_table(BLOCKS),
     {3: "G 16x16 blocks.0 1,000 4.000 4.000 2.00 10.00 20.00 60.00"}),
    (lambda: costs.verdict_lines(ROOF, LAYERS), {
        0: "memory 25% of the time: batch norm G 8",
        1: "compute 50% of the time: transposed convolution G 32; convolution D 4",
        2: "neither 25% of the time: minibatch stddev D 4"}),
    (lambda: stability.modes_table(CURES),
     {1: "R1 2 7.5 (7 to 8) 62.5 (50.0 to 75.0)", 2: "minimax 1 1.0 99.3"}),
    (lambda: stability.stacked_table(STACKED, PUBLISHED_RESULTS),
     {2: "ours 1,500 9 5.000", 4: "from papers, on stacked digits:"}),
    (lambda: evaluation.score_lines({"best": scores(1), "real": REAL}), {
        0: "best real", 1: "Fréchet distance 10 1", 3: "band 8x8 0.2 0.2", -1: "scale 4x4 0.1 -"}),
]  # fmt: skip


@pytest.mark.parametrize(("make", "entries"), TABLES)
def test_a_table_stands_in_columns_and_fits_a_page(make, entries):
    lines = make().splitlines()
    assert {k: " ".join(lines[k].split()) for k in entries} == entries
    assert max(map(len, lines)) <= 110


def test_sheet_gives_every_resolution_the_same_space_and_repeats_pixels():
    rows = [
        [torch.zeros(1, 4, 4), torch.ones(1, 8, 8)],
        [torch.ones(3, 2, 2), -torch.ones(1, 4, 4)],
    ]
    canvas = sheet(rows, cell=8, gap=2)
    assert canvas.shape == (18, 18, 3)
    assert (canvas[:8, :8] == 128).all()
    assert (canvas[10:, 10:] == 0).all()
    assert (canvas[8:10] == 255).all()  # the gap is white
    canvas = sheet([[torch.tensor([[[-1.0, 1.0], [1.0, -1.0]]])]], cell=6)[..., 0]
    assert (canvas == np.kron(np.array([[0, 255], [255, 0]]), np.ones((3, 3)))).all()


def test_a_part_of_enlarged_images_takes_as_much_space_as_the_whole():
    whole, middle = (large.enlarged_rows(ROWS, "look", part).png for part in (1.0, 0.5))
    assert Image.open(io.BytesIO(whole)).size == Image.open(io.BytesIO(middle)).size

    twin = {**TURNED, "true twin": {**ONE, "style": 0.9}}  # has its style alone among the dots
    pngs = [style.score_dots({"there": found}, "look").png for found in (TURNED, twin)]
    assert pngs[0] != pngs[1]
    assert damages.told({"recall": 2.9}) == "Noticed by none."
