"""Fingerprints of the product: what users can see, one line a fact, to compare two checkouts.

`python -m benchmarks.fingerprints --out before.txt`, then, after a change that must not be seen,
`python -m benchmarks.fingerprints --compare before.txt`.
"""

import contextlib
import copy
import hashlib
import html
import io
import itertools
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from msgan_lessons import __version__
from msgan_lessons.__main__ import cli, main
from msgan_lessons.base.keeping import state
from msgan_lessons.base.pictures import Picture
from msgan_lessons.base.places import data_folder, notebooks_folder
from msgan_lessons.base.streams import Streams
from msgan_lessons.blocks import MinibatchStddev, initialise_he, initialise_normal
from msgan_lessons.datasets.clips import MovingSprites, open_clips
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.datasets.speech import open_speech
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.editions import EDITIONS
from msgan_lessons.editions.book import write_book
from msgan_lessons.editions.source import fresh_folder
from msgan_lessons.family import (
    CONNECTIONS,
    MODELS,
    GrowingDiscriminator,
    build,
    channels_for,
    connection_resolutions,
)
from msgan_lessons.lessons.l01_the_game.game import PlaneGame
from msgan_lessons.lessons.l01_the_game.plane import TARGETS, GaussianMixture, drawn_target, target
from msgan_lessons.lessons.l08_multiscale_gan.lab import ScaleLab
from msgan_lessons.lessons.l09_super_resolution.networks import srgan
from msgan_lessons.lessons.l09_super_resolution.pairs import training_pairs
from msgan_lessons.lessons.l10_style_transfer.game import CycleGame, unpaired_batches
from msgan_lessons.lessons.l10_style_transfer.networks import cyclegan
from msgan_lessons.lessons.l10_style_transfer.scores import (
    load_style_classifier,
    palette_distance,
    style_probability,
    style_scores,
)
from msgan_lessons.lessons.l11_class_conditional.game import biggan, class_game
from msgan_lessons.lessons.l12_video.networks import clip_pyramid, video_game, videogan
from msgan_lessons.lessons.l12_video.scores import load_clip_reader, motion_distances
from msgan_lessons.lessons.l13_speech.networks import SPEECH_JUDGES, melgan, vocoder_game
from msgan_lessons.lessons.l13_speech.sound import mel_filterbank, stft
from msgan_lessons.lessons.l15_stability.clinic import (
    CASES,
    case_setup,
    contradicting_symptom,
    fault_diff,
    measured_case,
)
from msgan_lessons.lessons.l15_stability.faults import FaultyTraining
from msgan_lessons.losses import LOSSES, feature_matching, find_loss, gradient_penalty, pixel_mse
from msgan_lessons.metrics.distances import band_distances, frechet_distance, sliced_wasserstein
from msgan_lessons.metrics.features import image_features, load_classifier
from msgan_lessons.metrics.images import mode_count, mode_kl, ms_ssim, ms_ssim_diversity, ssim
from msgan_lessons.metrics.neighbours import (
    coverage,
    density,
    nearest,
    nearest_neighbour_accuracy,
    precision_recall,
    wilson_interval,
)
from msgan_lessons.metrics.scores import (
    noise_floor,
    sample_size_curve,
    scale_consistency,
    score_floor,
    score_images,
)
from msgan_lessons.objective import jensen_shannon_divergence, kl_divergence
from msgan_lessons.parallel.launching import launched
from msgan_lessons.parallel.processes import Processes
from msgan_lessons.pyramid import (
    GrowthSchedule,
    image_pyramid,
    laplacian_pyramid,
    pyramid_like,
    reconstruct,
    scale_sizes,
)
from msgan_lessons.runs.grid import grid_points, parse_grid
from msgan_lessons.runs.lessons import Lesson, build_requests, find_lessons
from msgan_lessons.runs.parameters import Parameter, check_parameters, known_parameters
from msgan_lessons.runs.recordings import recorded_generator, recorded_trace, shipped_generator
from msgan_lessons.runs.train import EXTRA_PARAMETERS, TrainSettings
from msgan_lessons.training import Game, TrainConfig, train

__all__ = ["GROUPS", "fingerprints"]

ROOT = Path(__file__).resolve().parents[1]
PLACE = Path("/tmp/msgan_fingerprints")  # always the same: sentences shorten long paths
STEPS, BATCH = 3, 8
Fact = tuple[str, str]  # name, value


# --- digests ---


def short(content: bytes | str) -> str:
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()[:32]


def said(text: str) -> str:
    """Write a sentence in one line, without what differs between machines and checkouts."""
    for folder, word in ((PLACE, "PLACE"), (ROOT, "ROOT"), (Path.home(), "HOME")):
        text = text.replace(str(folder), word)
    text = re.sub(r"\bmsgan_lessons(\.[a-z_0-9]+)+", "msgan_lessons.*", text)
    return json.dumps(text)


def of_rows(rows: Sequence[dict]) -> str:
    """Digest rows without their times and what was not measured."""
    bare = [
        {k: row[k] for k in sorted(row) if "second" not in k and row[k] is not None} for row in rows
    ]
    return short(json.dumps(bare, default=float))


def of_tensors(tensors: dict[str, Tensor]) -> str:
    """Digest names, shapes, kinds and every bit."""
    found = hashlib.sha256()
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        found.update(tensor.numpy().tobytes())
    return found.hexdigest()[:32]


def of_arrays(arrays: dict[str, np.ndarray]) -> str:
    return of_tensors({name: torch.from_numpy(np.array(a)) for name, a in arrays.items()})


def of_networks(*networks: nn.Module | None) -> str:
    named = zip(("generator", "discriminator", "average"), networks, strict=True)
    states = {n: network.state_dict() for n, network in named if network is not None}
    named = {f"{n}.{k}": v for n, s in states.items() for k, v in s.items()}
    return of_tensors({name.replace(".network.", "."): v for name, v in named.items()})


# --- trainings of the family ---


def seeded(seed: int = 2) -> Streams:
    streams = Streams(seed)
    streams.seed_weights()
    return streams


def noise(resolution: int, channels: int = 1, seed: int = 1, batch: int = BATCH) -> Iterator:
    stream = torch.Generator().manual_seed(seed)
    while True:
        yield torch.rand(batch, channels, resolution, resolution, generator=stream) * 2 - 1


def pictures(channels: int, side: int, seed: int = 0) -> ImageData:
    stream = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (12, channels, side, side), generator=stream).byte()
    return ImageData("noise", pixels, torch.arange(12) % 4, tuple("abcd"))


def family() -> dict[str, tuple[str, dict, dict]]:
    """Cases: model, its arguments ('pac', 'spectral_norm' of D among them), its settings."""
    cases = {}
    for model in MODELS:
        grown = {"growth_images": BATCH} if model == "progan" else {}
        for name, settings in {
            "plain": {},
            "r1": {"r1_gamma": 1.0, "reg_interval": 2},
            "r2": {"r2_gamma": 1.0, "reg_interval": 1},
            "r1 and r2": {"r1_gamma": 0.5, "r2_gamma": 0.5, "reg_interval": 1},
            "wgan_gp": {"loss": "wgan", "reg_interval": 1},
            "gradient penalty": {"gp_lambda": 2.0, "reg_interval": 2},
            "d_steps 2": {"d_steps": 2, "g_steps": 2, "probe_interval": 1},
            **{f"loss {loss}": {"loss": loss} for loss in LOSSES},
        }.items():
            cases[f"{model}/{name}"] = (model, {}, {**grown, **settings})
        cases[f"{model}/colour"] = (model, {"img_channels": 3}, grown)
        cases[f"{model}/wide"] = (model, {"width": 20, "resolution": 8}, grown)
        if model in ("lapgan", "multiscale_d"):
            cases[f"{model}/feature matching"] = (model, {}, {"feature_matching": 2.0})
        else:
            judge = {"pac": 2, "spectral_norm": True}
            cases[f"{model}/pac and spectral norm"] = (model, judge, grown)
    for connections in CONNECTIONS:
        sizes = {"connections": connections, "resolution": 32}
        cases[f"msggan/connections {connections}"] = ("msggan", sizes, {})
    return cases


def pair_of(model: str, arguments: dict, settings: dict):
    own = {k: v for k, v in arguments.items() if k in ("pac", "spectral_norm")}
    told = {"resolution": 16, "width": 2, "latent_dim": 8, **arguments}
    pair = build(model, **{k: v for k, v in told.items() if k not in own})
    if own:
        sizes = {"resolution": 16, "channels": channels_for(16, 2), **own}
        if model == "progan":
            judge = GrowingDiscriminator(**sizes)
        else:
            inject = "all" if model == "msggan" else "finest"
            judge = MultiScaleDiscriminator(**sizes, inject=inject)
        pair = replace(pair, discriminator=judge)
    return pair.with_(batch_size=BATCH, **settings)


def training() -> Iterator[Fact]:
    for name, (model, arguments, settings) in family().items():
        streams = seeded()
        pair = pair_of(model, arguments, settings)
        average = copy.deepcopy(pair.generator)
        shape = (arguments.get("resolution", 16), arguments.get("img_channels", 1))
        rows = list(train(
            pair.generator, pair.discriminator, noise(*shape), pair.config, steps=STEPS,
            generator_ema=average, streams=streams, device="cpu",
        ))  # fmt: skip
        yield f"{name}/rows", of_rows(rows)
        yield f"{name}/weights", of_networks(pair.generator, pair.discriminator, average)


# --- games of the applications, of the plane and of the clinic ---


def core() -> Game:
    streams = seeded()
    pair = pair_of("msggan", {}, {"loss": "relativistic_average", "d_steps": 2})
    return Game(
        pair.generator, pair.discriminator, noise(16), pair.config,
        generator_ema=copy.deepcopy(pair.generator), streams=streams, device="cpu",
    )  # fmt: skip


def super_resolution(variant: str) -> Game:
    streams = seeded()
    model = srgan(variant=variant, width=4, n_blocks=1)
    batches = training_pairs(pictures(3, 64), 4, streams, every_scale=variant == "laplacian")

    def error(given, real, fake):
        return {"mse": (fake[-1] - real[-1]).square().mean()}

    return Game(
        model.generator, model.discriminator, batches, model.config, terms=error,
        generator_ema=copy.deepcopy(model.generator), streams=streams, device="cpu",
    )  # fmt: skip


def style_transfer() -> CycleGame:
    streams = seeded()
    model = cyclegan(resolution=16, width=4, n_blocks=1, n_scales=2, d_width=4)
    batches = unpaired_batches(pictures(3, 16, 1), pictures(3, 16, 2), 4, streams)
    average = copy.deepcopy(model.generator)
    return CycleGame(model, batches, pool=5, streams=streams, device="cpu", generator_ema=average)


def class_conditional(**arguments: object) -> Game:
    seeded()
    model = biggan(resolution=16, width=2, n_classes=4, attention=8, **arguments)
    return class_game(model, pictures(1, 16), batch_size=4, seed=5, device="cpu")


def video(judges: str) -> Game:
    streams = seeded()
    model = videogan(judges=judges, width=2).with_(r1_gamma=0.1, reg_interval=2)
    sprites = MovingSprites("noise", torch.rand(6, 1, 16, 16, generator=Streams(0).fresh("ink")))
    return video_game(model, sprites, 2, streams, device="cpu")


def speech(judge: str) -> Game:
    streams = seeded()
    model = melgan(judge=judge, width=8, judge_width=2).with_(batch_size=2)
    return vocoder_game(model, open_speech("asterisk", "test"), streams)


def games() -> Iterator[Fact]:
    made: dict[str, Callable[[], object]] = {
        "07 core": core,
        "09 super resolution": lambda: super_resolution("srresnet"),
        "09 super resolution, laplacian": lambda: super_resolution("laplacian"),
        "10 style transfer": style_transfer,
        "11 class conditional": class_conditional,
        "11 class conditional, one scale": lambda: class_conditional(scales="finest"),
        "12 video, frame and fast": lambda: video("frame,fast"),
        **{f"13 speech, {judge}": lambda j=judge: speech(j) for judge in SPEECH_JUDGES},
    }
    for name, make in made.items():
        game = make()
        yield f"{name}/rows", of_rows([game.step() for _ in range(STEPS)])
        networks = (game.generator, game.discriminator, game.generator_ema)
        yield f"{name}/weights", of_networks(*networks)
        tensors, _ = state(game)
        for part in sorted(tensors):
            yield f"{name}/state of {part}", of_tensors(tensors[part])
    yield from plane()
    yield from lab()
    yield from clinic()


def subject_facts(name: str, subject, count: int) -> Iterator[Fact]:
    """A live panel's subject: rows, frame, words, networks."""
    rows = list(itertools.islice(subject.train(), count))
    yield f"{name}/rows", of_rows([row for row in rows if row])
    yield f"{name}/frame", of_arrays(subject.frame())
    told = [subject.status(row) for row in rows if row]
    yield f"{name}/status", said(re.sub(r"[\d.,]+ (ms|s\b|steps/s|images/s)", "TIME", told[-1]))
    yield f"{name}/weights", of_networks(subject.game.generator, subject.game.discriminator, None)


def plane() -> Iterator[Fact]:
    for name in TARGETS:
        yield from subject_facts(f"01 plane, {name}", PlaneGame(name, batch_size=16), 6)
    for loss in LOSSES:
        subject = PlaneGame(loss=loss, r1_gamma=0.1, batch_size=16)
        yield from subject_facts(f"01 plane, {loss}", subject, 3)
    subject = PlaneGame(latent_dim=1, batch_size=16)
    subject.set("slow", True)
    yield from subject_facts("01 plane, slow motion", subject, 14)


def lab() -> Iterator[Fact]:
    for model in MODELS:
        subject = ScaleLab(pictures(1, 16), model=model, width=2, batch_size=4, seed=3)
        rows = list(itertools.islice(filter(None, subject.rows()), STEPS))
        keys = [sorted(row) for row in rows]
        yield f"08 lab, {model}/columns", short(json.dumps(keys))
        game = subject.game
        yield f"08 lab, {model}/weights", of_networks(game.generator, game.discriminator, None)


def clinic() -> Iterator[Fact]:
    for letter, case in CASES.items():
        for cure in (None, case.cure):
            practice = case_setup(letter, cure)
            practice = practice.with_(head_start=min(practice.head_start, 4))
            patient = FaultyTraining(practice, 0)
            name = f"15 clinic, {letter}, {'cured' if cure else 'ill'}"
            yield f"{name}/rows", of_rows(list(patient.train(STEPS)))
            yield f"{name}/weights", of_networks(patient.generator, patient.discriminator, None)
        yield f"15 clinic, {letter}/line", said(fault_diff(letter))
        symptoms = measured_case(letter, None, 0, STEPS)
        yield f"15 clinic, {letter}/health", said(case.health(symptoms))
        for other in CASES.values():
            sentence = contradicting_symptom(other.cause, symptoms) or "the sign is there"
            yield f"15 clinic, {letter}/against {other.cause}", said(sentence)


# --- two processes ---

TOGETHER_PLAYED = {
    "dcgan": ("dcgan", {}, {}),
    "relativistic average": ("dcgan", {}, {"loss": "relativistic_average"}),
    "wgan_gp": ("dcgan", {}, {"loss": "wgan", "reg_interval": 1}),
    "r1, d_steps 2": ("msggan", {}, {"r1_gamma": 1.0, "reg_interval": 2, "d_steps": 2}),
    "growth": ("progan", {}, {"growth_images": BATCH}),
    "teacher forcing": ("lapgan", {}, {"g_steps": 2}),
    "pac and spectral norm": ("dcgan", {"pac": 2, "spectral_norm": True}, {}),
    "feature matching": ("multiscale_d", {}, {"loss": "hinge", "feature_matching": 1.0}),
}


def play_together(folder: Path) -> None:
    """What each process does; the file bears its rank."""
    processes, facts = Processes(cpu=True), []
    for name, case in TOGETHER_PLAYED.items():
        streams = seeded()
        pair = pair_of(*case).with_(batch_size=2 * BATCH)
        game = Game(
            pair.generator, pair.discriminator, noise(16, batch=2 * BATCH), pair.config,
            device="cpu", generator_ema=copy.deepcopy(pair.generator), streams=streams,
            processes=processes,
        )  # fmt: skip
        rows = [game.step() for _ in range(STEPS)]
        networks = (game.generator, game.discriminator, game.generator_ema)
        facts.append((f"{name}/rows", of_rows(rows)))
        facts.append((f"{name}/weights", of_networks(*networks)))
    (folder / f"facts.{processes.rank}").write_text(json.dumps(facts))
    processes.wait()


def two_processes() -> Iterator[Fact]:
    core().step()  # what torch loads at its first step, both inherit
    with tempfile.TemporaryDirectory() as folder:
        launched(play_together, Path(folder), seconds=200)
        for rank in (0, 1):
            for name, value in json.loads((Path(folder) / f"facts.{rank}").read_text()):
                yield f"process {rank}, {name}", value


# --- refusals: wrong values, whole calls, wrong arguments ---

NO_NUMBERS = [
    "", " ", "many", "None", "nan", "-nan", "inf", "-inf", "1e999", "1,5", "1.5.2", "0x", "--1",
    "1\n2", "1\0", "½", "٣x", "9" * 5000, "-" + "9" * 5000, "true", "[1]", "1;2", "e", "∞",
]  # fmt: skip
NO_INTS = [*NO_NUMBERS, "1.5", "1e3", "0x10", "1,000", "2.0", "-0.5"]
NO_WORDS = ["", " ", ",", "\0", "\n", "\x1b[31m", "None", "ﬁ", "../..", "🙂", "\udcff", "a" * 5000]
NO_FOLDERS = ["folder", "folder:", "Folder:x", "folder:/no/such", "folder:~nobody_at_all/x",
              "folder:\0", "folder:a\nb", "folder:" + "x" * 300, "folder:/etc/hostname",
              "folder:\udcff"]  # fmt: skip
APART = {  # names: values that are right alone and wrong together
    ("resolution", "n_scales"): [("8", "3"), ("8", "7"), ("16", "4"), ("64", "6"), ("256", "8")],
    ("frames", "resolution"): [("8", "8"), ("16", "8"), ("16", "16")],
    ("resolution", "juries"): [("8", "one scale"), ("16", "one scale"), ("128", "three scales")],
    ("data", "features"): [("fashion_mnist", "classifier"), ("cifar10", "classifier")],
    ("resolution", "features"): [("8", "classifier"), ("128", "classifier")],
    ("features",): [("vgg19",)],
    ("data", "variants"): [("emoji", "full"), ("folder:.", "full"), ("cifar10", "no labels")],
    ("data", "batch_size"): [("emoji_noto", "649"), ("emoji", "1404"), ("emoji_twemoji", "4096")],
    ("preset", "batch_size"): [("smoke", "1"), ("auto", "1")],
    ("data",): [("fashion_mnist_full",), ("cifar10",), ("celeba",)],
}
KINDS = [None, True, 1, -1, 10**5000, 1.5, float("nan"), "", "x", [], {}, b"x"]


def outside(allowed: Parameter) -> list[str]:
    """Numbers just below and above a range, and far from it."""
    steps = (1, 7, 10**6, 10**400) if allowed.kind is int else (abs(allowed.low) / 2 + 1e-9, 1e9)
    low, high = (allowed.kind(x) for x in (allowed.low, allowed.high))
    beyond = [low - s for s in steps] + [high + s for s in steps if allowed.kind is int]
    return [str(x) for x in beyond] + ([] if allowed.kind is int else [str(2 * high), "1e300"])


def misspelt(word: str) -> list[str]:
    """Words one slip away."""
    k = len(word) // 2
    slips = [word[:k] + word[k + 1 :], word[: k + 1] + word[k:], word[:k] + "#" + word[k + 1 :]]
    return [*slips, word.upper(), f"{word} ", f" {word}", f"{word[::-1]}_"]


def wrong_values(allowed: Parameter) -> list[str]:
    """Texts that a parameter must not take; some are right after all, and that is a fact, too."""
    if allowed.kind in (int, float):
        known = NO_INTS if allowed.kind is int else NO_NUMBERS
        return [*known, *outside(allowed), *(["3", "12", "33", "255"] * allowed.power_of_two)]
    words = sorted(allowed.choices())
    listed = [f"{w}{end}" for w in words[:2] for end in (f",{w}", ",", f";{w}", ",x")]
    slips = [slip for word in words for slip in misspelt(word)]
    return [*NO_WORDS, *listed, f",{words[0]}", *slips, *(NO_FOLDERS if allowed.folder else [])]


def sentence(call: Callable[[], object]) -> str:
    """What a call refuses with, after the kind of the error."""
    try:
        call()
    except Exception as error:
        return said(f"{type(error).__name__}: {error}")
    return "accepted"


def in_words(text: str) -> str:
    """Write a value into the name of a fact, in one word and not too long."""
    text = json.dumps(text).replace(" ", "\\_")
    return text if len(text) < 60 else f"{text[:40]}...{short(text)[:8]}"


def calls(lesson: Lesson) -> Iterator[tuple[str, Callable[[], object]]]:
    """Wrong calls of one lesson: names as all lessons share them, and what is called."""

    def planned(*told: tuple[str, str], preset: str = "") -> Callable[[], object]:
        return lambda: build_requests([lesson], [f"{n}={v}" for n, v in told], preset)

    names = [p.name for p in lesson.parameters]
    for name in names:
        for text in dict.fromkeys(wrong_values(known_parameters()[name])):
            yield f"{name}={in_words(text)}", planned((name, text))
        default = str(lesson.defaults[name])
        yield f"{name} twice", planned((name, default), (name, default))
        for slip in misspelt(name):
            yield f"{in_words(slip)}=1", planned((slip, "1"))
    for together, rows in APART.items():
        if set(together) <= set(names):
            for row in rows:
                told = list(zip(together, row, strict=True))
                yield ",".join(f"{n}={in_words(v)}" for n, v in told), planned(*told)
    for text in ("=", "=1", " =1", "\t=", "steps", "", "\0"):
        yield f"-p {in_words(text)}", lambda t=text: build_requests([lesson], [t])
    for text in wrong_values(known_parameters()["preset"]):
        yield f"--preset {in_words(text)}", planned(preset=text)
    yield "two presets", planned(("preset", "class"), preset="smoke")
    yield "a trace", lambda: build_requests([lesson], [], trace=True)
    grids = [["preset"], ["preset="], ["preset=smoke,"], ["preset=smoke,smoke"], ["x_=1"], [],
             ["preset=smoke", "preset=class"], ["preset=5:5"], ["presett=smoke"]]  # fmt: skip
    for number in ("seed", "steps"):
        if number in names:
            grids += [[f"{number}={text}"] for text in (
                "5:5", "0:5:0", "0:99999999", "-3:2", "0:5:-1", "1,1", "many", "1:2:3:4", "1+2",
            )]  # fmt: skip
    for words in grids:
        yield (
            f"--grid {in_words(' '.join(words))}",
            lambda w=words: grid_points(lesson, parse_grid(w, lesson)),
        )
    first = f"{names[-1]}={lesson.defaults[names[-1]]}"
    yield "in --grid and in -p", lambda: grid_points(lesson, parse_grid([first], lesson), [first])


def of_lessons() -> Iterator[Fact]:
    """One line a wrong call and sentence, with the lessons that say it."""
    found: dict[tuple[str, str], list[str]] = {}
    lessons = find_lessons()
    for lesson in lessons:
        for name, call in calls(lesson):
            text = sentence(call).replace(lesson.name, "LESSON")
            found.setdefault((name, text), []).append(lesson.name[:2])
    for (name, text), who in found.items():
        who = ",".join(dict.fromkeys(who))
        yield f"{name} in {who}", text


def of_kinds() -> Iterator[Fact]:
    """Parameters that are checked by themselves, as `start_lesson` does it in a notebook."""
    for name, allowed in known_parameters().items():
        yield f"words of {name}", said(allowed.words())
        for k, value in enumerate(KINDS):
            call = lambda n=name, v=value: check_parameters(**{n: v})  # noqa: E731
            yield f"kind {k} of {name}", sentence(call)
    for name in TrainSettings.__dataclass_fields__:
        for k, value in enumerate(KINDS):
            if not (name == "local_batch_norm" or (name == "data" and value in ("x", ""))):
                call = lambda n=name, v=value: TrainSettings(**{n: v})  # noqa: E731
                yield f"kind {k} of train {name}", sentence(call)


def told(words: Sequence[str]) -> str:
    """Exit status and everything that a call of the command line prints."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(list(words))
    return f"{status}|{out.getvalue()}|{err.getvalue()}"


def of_commands() -> Iterator[Fact]:
    """Whole calls. What would be right after all is stopped by what comes last in each."""
    blocked = str(PLACE / "a_file")  # where no folder can be made
    listed: list[list[str]] = [[], ["x"], ["lst"], ["--x"], ["run"], ["sweep"], ["export"]]
    lessons = ["", "x", "99", "lesson", "5x", "05_minimaxx", "all x", "../05"]
    listed += [[command, *text.split(" ")] for command in ("run", "list") for text in lessons]
    for lesson in ("01", "07", "08", "12", "16"):
        for pair in (
            "steps=x",
            "seed=-1",
            "data=folder:/no/such",
            "x=1",
            "steps",
            "preset=Smoke",
            "batch_size=1",
            "resolution=24",
            "loss=hinje",
            "seed=" + "9" * 5000,
        ):
            listed.append(["run", lesson, "-p", pair, "--out", blocked])
            listed.append(["sweep", lesson, "--grid", pair, "--out", blocked])
        listed.append(["run", lesson, "--trace", "--out", blocked])
        for option in ("--workers", "--threads"):
            for count in ("0", "-1", "many", "1.5", "", "99999"):
                listed.append(["sweep", lesson, "--grid", "preset=smoke", option, count])
    listed += [
        ["run", "05", "--out", blocked], ["run", "05", "--preset", "x"], ["run", "05", "--x"],
        ["run", "all", "-p", "x=1"], ["run", "05", "07", "-p", "loss=x"],
        ["sweep", "all", "--grid", "preset=smoke"], ["sweep", "07"],
        ["sweep", "07", "--grid", "preset=smoke", "--workers", "2", "--scheduler", "tcp://a:1"],
    ]  # fmt: skip
    options = ["model", "data", "resolution", "loss", "steps", "batch_size", "seed", "g_lr",
               "d_lr", "width", "max_seconds"]  # fmt: skip
    for name in options:
        for text in dict.fromkeys(
            wrong_values(EXTRA_PARAMETERS.get(name) or known_parameters()[name])
        ):
            if "\0" not in text and "\udcff" not in text:
                given = f"--{name.replace('_', '-')}={text}"
                listed.append(["train", given, "--local-batch-norm", "--out", blocked])
    listed += [["train"], ["train", "--out", blocked, "--local-batch-norm"]]
    full = PLACE / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    for edition in ("", "x", "Student", *EDITIONS):
        listed += [["export", edition, blocked], ["export", edition, str(full)]]
        listed += [["export", edition, str(PLACE / "new"), "x"], ["export", edition, "."]]
        for option in (["--weeks", "0"], ["--weeks", "3"], ["--exercises-only"],
                       ["--install-from", "x y"], ["--session-minutes", "many"]):  # fmt: skip
            listed.append(["export", edition, blocked, *option])
    listed += [["export", "colab", str(PLACE / "new"), "--install-from", spec] for spec in (
        "http://a/b.whl", "x y", "-e .", "git+ssh://a", "https://a/b.txt", "\n", "'", "a;b",
    )]  # fmt: skip
    listed += [["export", "pack", str(PLACE / "new"), "--weeks", "1", "--session-minutes", "1"]]
    listed += [["book", blocked], ["book", str(full)], ["book", str(PLACE / "new"), "x"]]
    for name in ("", "x", "fashion_mnist", "cifar", "VGG19"):
        listed.append(["download", name])
    run = str(PLACE / "no_run")
    for where in (run, str(full), blocked):
        listed += [["sample", where, "--count", n, "--out", "x.npz"] for n in ("0", "x", "5")]
        listed += [["evaluate", where], ["evaluate", where, "--count", "5"], ["report", where]]
        listed += [["evaluate", where, "--against", "x"], ["guesses", "show", where]]
    listed += [["guesses"], ["guesses", "--out", "x", "show", "y"], ["guesses", "--out", blocked]]
    (PLACE / "a_file").write_text("a file")
    for words in listed:
        name = f"msgan {in_words(' '.join(words))} {short(chr(0).join(words))[:6]}"
        yield name, said(told(words))


def zeros(*shape: int) -> Tensor:
    return torch.zeros(shape)


def stream() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def networks_refused() -> dict[str, Callable[[], object]]:
    """Wrong arguments of G, D, ensembles, pyramids, blocks and losses."""
    from_family = {
        f"{model} {argument}={value!r}": lambda m=model, a=argument, v=value: build(m, **{a: v})
        for model in MODELS
        for argument, values in {
            "resolution": (0, 4, 24, 512, -8), "img_channels": (0, 2), "width": (0, -1),
            "latent_dim": (0, -1), "connections": ("some", ""),
        }.items()
        for value in values
        if argument != "connections" or model == "msggan"
    }  # fmt: skip
    g, d, small = MODELS["dcgan"], MultiScaleDiscriminator, {"resolution": 16, "width": 2}
    many = lambda **changes: build("msggan", **small, **changes)  # noqa: E731
    generator = lambda **changes: type(g().generator)(**changes)  # noqa: E731
    low = lambda *scales: build("lapgan", **small).generator(  # noqa: E731
        zeros(2, build("lapgan", **small).generator.latent_dim), low=list(scales)
    )
    return {
        **from_family,
        "build x": lambda: build("x"),
        "G channels": lambda: generator(resolution=16, channels=(8, 4)),
        "G emit word": lambda: generator(emit="some"),
        "G emit sizes": lambda: generator(emit=(5,)),
        "G img_channels": lambda: generator(img_channels=2),
        "G resolution": lambda: generator(resolution=24),
        "G base_resolution": lambda: generator(resolution=8, base_resolution=16),
        "G z": lambda: generator()(zeros(2, 8)),
        "G z of one": lambda: generator()(zeros(8)),
        "G depth": lambda: build("progan", **small).generator(zeros(2, 64), depth=4),
        "G depth 0": lambda: build("progan", **small).generator(zeros(2, 64), depth=0),
        "G low": lambda: low(zeros(2, 1, 8, 8)),
        "G low none": lambda: low(),
        "G features": lambda: build("lapgan", **small).generator.features(zeros(2, 64)),
        "D channels": lambda: d(resolution=16, channels=(8, 4)),
        "D inject": lambda: d(inject="none"),
        "D inject sizes": lambda: d(inject=(5,)),
        "D pac": lambda: d(pac=0),
        "D resolution": lambda: d(resolution=20),
        "D images": lambda: many().discriminator(image_pyramid(zeros(2, 1, 32, 32), 3)),
        "D images missing": lambda: many().discriminator([zeros(2, 1, 16, 16)]),
        "D images colour": lambda: many().discriminator(image_pyramid(zeros(2, 3, 16, 16), 3)),
        "D batch pac": lambda: d(resolution=8, channels=(8, 4), pac=2)([zeros(5, 1, 8, 8)]),
        "ensemble 0": lambda: DiscriminatorEnsemble(0, PatchDiscriminator),
        "ensemble inject": lambda: DiscriminatorEnsemble(2, PatchDiscriminator, inject="x"),
        "ensemble scales": lambda: DiscriminatorEnsemble(2, PatchDiscriminator, inject="all")(
            [zeros(2, 1, 16, 16)]
        ),
        "ensemble images": lambda: DiscriminatorEnsemble(9, PatchDiscriminator)(
            [zeros(2, 1, 32, 32)]
        ),
        "minibatch stddev": lambda: MinibatchStddev(1),
        "normal": lambda: initialise_normal(nn.Linear(1, 1), 0),
        "he": lambda: initialise_he(nn.Linear(1, 1), -1),
        "pyramid list": lambda: image_pyramid([1], 2),
        "pyramid float": lambda: image_pyramid(zeros(1, 1, 8, 8), 2.0),
        "pyramid bool": lambda: image_pyramid(zeros(1, 1, 8, 8), True),
        "pyramid 0": lambda: image_pyramid(zeros(1, 1, 8, 8), 0),
        "pyramid shape": lambda: image_pyramid(zeros(1, 8, 8), 2),
        "pyramid odd": lambda: image_pyramid(zeros(1, 1, 9, 8), 2),
        "laplacian odd": lambda: laplacian_pyramid(zeros(1, 1, 12, 12), 4),
        "pyramid like": lambda: pyramid_like(zeros(2, 1, 32, 32), [zeros(1, 1, 64, 64)]),
        "reconstruct": lambda: reconstruct([zeros(1, 1, 4, 4), zeros(1, 1, 12, 12)]),
        "reconstruct none": lambda: reconstruct([]),
        "clips": lambda: clip_pyramid(zeros(1, 1, 8, 8), 2),
        "clips list": lambda: clip_pyramid([1], 2),
        "clips 0": lambda: clip_pyramid(zeros(1, 1, 4, 8, 8), 0),
        "clips odd": lambda: clip_pyramid(zeros(1, 1, 5, 8, 8), 2),
        "scale sizes": lambda: scale_sizes(24, 4),
        "scale sizes base": lambda: scale_sizes(8, 16),
        "channels width": lambda: channels_for(32, 0),
        "channels resolution": lambda: channels_for(24, 8),
        "connected": lambda: connection_resolutions(32, "x"),
        "connected 16": lambda: connection_resolutions(16, "coarse"),
        "growth phase": lambda: GrowthSchedule(0, 3),
        "growth scales": lambda: GrowthSchedule(3, 0),
        "loss": lambda: find_loss("hinje"),
        "loss empty": lambda: find_loss(""),
        "pixel mse": lambda: pixel_mse(zeros(1, 1, 2, 2), zeros(1, 1, 2, 3)),
        "gradient penalty": lambda: gradient_penalty(
            nn.Flatten(), [zeros(1, 1, 2, 2)], [zeros(1, 1, 2, 3)]
        ),
        "feature matching": lambda: feature_matching([[zeros(2, 3)]], [[zeros(2, 2)]]),
        "kl": lambda: kl_divergence(torch.tensor([0.5, 0.4]), torch.tensor([0.5, 0.5])),
        "kl shapes": lambda: kl_divergence(torch.tensor([1.0]), torch.tensor([0.5, 0.5])),
        "js negative": lambda: jensen_shannon_divergence(
            torch.tensor([-1.0, 2]), torch.tensor([0.5, 0.5])
        ),
    }


def games_refused() -> dict[str, Callable[[], object]]:
    """Wrong settings, games, subjects and applications."""
    wrong = {
        "loss": ("x", ""), "batch_size": (0, 1, -1), "g_lr": (0, -1, float("nan"), float("inf")),
        "d_lr": (0, -1, float("inf")), "betas": ((1, 0), (-1, 0), (0.5, 1)), "d_steps": (0, -1),
        "g_steps": (0,), "r1_gamma": (-1, float("inf")), "r2_gamma": (-1, float("nan")),
        "gp_lambda": (-2, float("inf")), "reg_interval": (0,), "ema_decay": (1, -0.1, 2),
        "feature_matching": (-1,), "growth_images": (-1,), "probe_interval": (-1,),
    }  # fmt: skip
    config = {
        f"TrainConfig {name}={value!r}": lambda n=name, v=value: TrainConfig(**{n: v})
        for name, values in wrong.items()
        for value in values
    }
    pair = build("dcgan", resolution=8, width=1)

    def game(**changes: object) -> Game:
        settings = pair.config.with_(batch_size=4, **changes)
        return Game(pair.generator, pair.discriminator, noise(8, batch=4), settings, device="cpu")

    plane_wrong = [
        ("target", "star"), ("target", "drawn"), ("plane", [[0.0, 0.0]]), ("plane", None),
        ("plane", [[0, 0], [0, 0], [0, 7]]), ("plane", [[0, 0], [0, 0], ["a", 7]]),
        ("plane", [[0, 0], [0, 0], 5]), ("loss", "no"), ("g_lr", -1.0), ("batch_size", 4),
        ("feature_matching", 1.0), ("growth_images", 5), ("latent_dim", 0),
    ]  # fmt: skip
    return {
        **config,
        "config with_": lambda: TrainConfig().with_(d_steps=0),
        "game growth": lambda: game(growth_images=10),
        "game matching": lambda: Game(
            pair.generator, nn.Flatten(), noise(8), pair.config.with_(feature_matching=1.0)
        ),
        "game loss": lambda: game(loss="hinje"),
        "game players": lambda: game().step("x"),
        "game change": lambda: game().change(batch_size=8),
        "game change loss": lambda: game().change(loss="x"),
        "train steps": lambda: list(
            train(pair.generator, pair.discriminator, noise(8), pair.config, steps=0, device="cpu")
        ),
        "train device": lambda: list(
            train(pair.generator, pair.discriminator, noise(8), pair.config, steps=1, device="x")
        ),
        **{
            f"plane {name}={k}": lambda n=name, v=value: PlaneGame(batch_size=16).set(n, v)
            for k, (name, value) in enumerate(plane_wrong)
        },
        "plane": lambda: PlaneGame("star"),
        "plane loss": lambda: PlaneGame(loss="star"),
        "lab connection": lambda: ScaleLab(pictures(1, 16), model="dcgan", width=2).set(
            "connect_4", False
        ),
        "lab model": lambda: ScaleLab(pictures(1, 16), model="x"),
        "target": lambda: target("star"),
        "stroke": lambda: drawn_target([[0, 0], [0, float("nan")], [0, 0]]),
        "patient": lambda: case_setup("X"),
        "cure": lambda: case_setup("P", "rest"),
        "diagnosis": lambda: contradicting_symptom("bad luck", None),
        "streams": lambda: Streams(-1),
        "launched": lambda: launched(print, count=1),
        "launched seconds": lambda: launched(print, seconds=0),
        "picture": lambda: Picture(np.zeros((2, 2, 3), np.uint8), " ", "x"),
        "srgan variant": lambda: srgan(variant="x"),
        "srgan resolution": lambda: srgan(resolution=6),
        "srgan width": lambda: srgan(width=0),
        "srgan low": lambda: srgan(width=4, n_blocks=1).generator(zeros(1, 1, 4, 4)),
        "cyclegan": lambda: cyclegan(resolution=20),
        "cyclegan scales": lambda: cyclegan(n_scales=0),
        "biggan orthogonal": lambda: biggan(orthogonal=-1),
        "biggan classes": lambda: biggan(n_classes=1),
        "biggan attention": lambda: biggan(attention=7),
        "biggan data": lambda: class_game(biggan(width=2), pictures(1, 16)),
        "biggan labels": lambda: class_game(
            biggan(resolution=16, width=2, n_classes=2, attention=8), pictures(1, 16), batch_size=4
        ),
        "biggan batch": lambda: class_game(
            biggan(resolution=16, width=2, n_classes=4, attention=8), pictures(1, 16)
        ),
        "videogan judges": lambda: videogan(judges="x"),
        "videogan judges twice": lambda: videogan(judges="frame,frame"),
        "videogan frames": lambda: videogan(frames=3),
        "melgan judge": lambda: melgan(judge="x"),
        "melgan spectral": lambda: melgan(spectral=-1),
        "melgan width": lambda: melgan(width=0),
        "shipped": lambda: shipped_generator("x", srgan),
        "recorded": lambda: recorded_generator("x"),
        "trace": lambda: recorded_trace("x"),
    }


def data_refused() -> dict[str, Callable[[], object]]:
    """Wrong arguments of metrics and data."""
    a, b = torch.rand(10, 3, generator=stream()), torch.rand(10, 4, generator=stream())
    x, tiny = zeros(12, 1, 8, 8), zeros(2, 1, 4, 4)
    rows = {
        function.__name__: function
        for function in (frechet_distance, precision_recall, density, coverage, nearest,
                         nearest_neighbour_accuracy)
    }  # fmt: skip
    wrong_rows = {
        "features": (a, b), "nan": (a * torch.nan, a), "inf": (a, a / 0), "empty": (a[:0], a),
        "one": (a[:1], a[:1]), "list": ([1], a), "images": (x, a), "shape": (a, a[:5]),
    }  # fmt: skip
    compared = {
        f"{name} {why}": lambda f=function, p=pair: f(*p)
        for name, function in rows.items()
        for why, pair in wrong_rows.items()
    }
    k_wrong = {
        f"{name} k={k!r}": lambda f=rows[name], k=k: f(a, a, k=k)
        for name in ("precision_recall", "density", "coverage", "nearest")
        for k in (0, 10, 11, 3.0)
    }
    return {
        **compared,
        **k_wrong,
        "sliced features": lambda: sliced_wasserstein(a, b, stream()),
        "sliced projections": lambda: sliced_wasserstein(a, a, stream(), 0),
        "sliced rows": lambda: sliced_wasserstein(a[:0], a, stream()),
        "bands shape": lambda: band_distances(x, zeros(12, 1, 4, 4), stream()),
        "bands channels": lambda: band_distances(x, zeros(12, 3, 8, 8), stream()),
        "bands scales": lambda: band_distances(x, x, stream(), n_scales=5),
        "bands kind": lambda: band_distances(x.byte(), x, stream()),
        "floor count": lambda: noise_floor(frechet_distance, a, 6, stream()),
        "floor repeats": lambda: noise_floor(frechet_distance, a, 5, stream(), repeats=1),
        "floor float": lambda: noise_floor(frechet_distance, a, 5.0, stream()),
        "curve counts": lambda: sample_size_curve(frechet_distance, a, a, [11], stream()),
        "ms_ssim shapes": lambda: ms_ssim(x, tiny),
        "ms_ssim small": lambda: ms_ssim(tiny, tiny),
        "ms_ssim scales": lambda: ms_ssim(x, x, 6),
        "diversity": lambda: ms_ssim_diversity(x[:1], stream()),
        "modes": lambda: mode_count(torch.tensor([10]), 10),
        "modes negative": lambda: mode_count(torch.tensor([-1]), 10),
        "modes float": lambda: mode_count(torch.tensor([0.5]), 10),
        "modes list": lambda: mode_count([1], 10),
        "modes none": lambda: mode_kl(torch.tensor([], dtype=torch.long), 10),
        "modes share": lambda: mode_kl(torch.tensor([0, 1]), 3, [1, -1, 1]),
        "modes shares": lambda: mode_kl(torch.tensor([0, 1]), 3, [1, 1]),
        "consistency": lambda: scale_consistency([x]),
        "consistency sizes": lambda: scale_consistency([x, zeros(12, 1, 32, 32)]),
        "consistency float": lambda: scale_consistency([1.0, 2.0]),
        "features shape": lambda: image_features(zeros(3, 2, 32, 32)),
        "features none": lambda: image_features(zeros(0, 1, 32, 32)),
        "classifier": lambda: load_classifier("other"),
        "ssim shapes": lambda: ssim(x, tiny),
        "ssim small": lambda: ssim(tiny, tiny),
        "palette grey": lambda: palette_distance(x, x, stream()),
        "palette shapes": lambda: palette_distance(zeros(1, 3, 8, 8), zeros(2, 3, 8, 8), stream()),
        "palette float": lambda: palette_distance(
            zeros(1, 3, 8, 8), zeros(1, 3, 8, 8), stream(), 2.5
        ),
        "style": lambda: style_scores(zeros(1, 3, 8, 8), zeros(1, 3, 8, 8), "noto", stream()),
        "style grey": lambda: style_probability(x),
        "scores kind": lambda: score_images([1], [x], generator=stream()),
        "scores few": lambda: score_images(x[:3], [x], generator=stream()),
        "scores none": lambda: score_images(x, [], generator=stream()),
        "scores shape": lambda: score_images(x, [zeros(12, 1, 16, 16)], generator=stream()),
        "score floor": lambda: score_floor(zeros(24, 1, 8, 8), 13, generator=stream()),
        "wilson": lambda: wilson_interval(3, 2),
        "wilson none": lambda: wilson_interval(0, 0),
        "motion": lambda: motion_distances(zeros(2, 1, 2, 8, 8), zeros(2, 1, 2, 8, 8)),
        "motion one": lambda: motion_distances(zeros(1, 1, 8, 8, 8), zeros(1, 1, 8, 8, 8)),
        "motion shape": lambda: motion_distances(x, x),
        "data": lambda: open_images("mnist"),
        "data split": lambda: open_images(split="val"),
        "data resolution": lambda: open_images(resolution=2),
        "data batch": lambda: pictures(1, 8).batches(13, stream()),
        "data batch 0": lambda: pictures(1, 8).batches(0, stream()),
        **{f"data {n}": lambda n=n: open_images(n) for n in ("cifar10", "celeba", "folder:/no")},
        "data folder": lambda: open_images(f"folder:{PLACE}"),
        "clips": lambda: open_clips("x"),
        "clips frames": lambda: open_clips(frames=1),
        "clips resolution": lambda: open_clips(resolution=4),
        "clips split": lambda: open_clips(split="x"),
        "clips sprites": lambda: open_clips(sprites=5),
        "clips folder": lambda: open_clips(f"folder:{PLACE}"),
        "clips gone": lambda: open_clips("folder:/no"),
        "speech": lambda: open_speech("x"),
        "speech split": lambda: open_speech(split="x"),
        "speech folder": lambda: open_speech(f"folder:{PLACE}"),
        "speech gone": lambda: open_speech("folder:/no"),
        "speech wave": lambda: open_speech("asterisk", "test").wave("x"),
        "speech segments": lambda: open_speech("asterisk", "test").segments(
            batch_size=0, length=5, generator=stream()
        ),
        "spectrogram shape": lambda: stft(zeros(1, 100)),
        "spectrogram length": lambda: stft(zeros(1, 1, 100)),
        "mel": lambda: mel_filterbank(n_mels=0),
        "mel many": lambda: mel_filterbank(n_mels=999),
        "mixture": lambda: GaussianMixture(zeros(2, 3), 1.0),
        "mixture std": lambda: GaussianMixture(zeros(2, 2), 0.0),
        "mixture nan": lambda: GaussianMixture(zeros(2, 2) * torch.nan, 1.0),
    }


def refusals() -> Iterator[Fact]:
    yield from of_lessons()
    yield from of_kinds()
    yield from of_commands()
    for table in (networks_refused, games_refused, data_refused):
        for name, call in table().items():
            yield f"core {name}", sentence(call)


# --- alt texts ---


def stored(text: str) -> Iterator[tuple[str, str]]:
    """Alt text and caption of each figure of a page."""
    for figure in re.findall(r"<figure\b.*?</figure>", text, re.S):
        alt = re.search(r'<img\b[^>]*?\balt="([^"]*)"', figure)
        caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, re.S)
        yield tuple(html.unescape(found[1]) if found else "" for found in (alt, caption))


def alt_texts() -> Iterator[Fact]:
    for path in sorted(notebooks_folder().rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        figures, plain, drawn = [], [], []
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                drawn += re.findall(r"!\[(.*?)\]\(", "".join(cell["source"]), re.S)
            for output in cell.get("outputs", []):
                data = {k: "".join(v) for k, v in output.get("data", {}).items() if k[:4] == "text"}
                figures += stored(data.get("text/html", ""))
                figures += stored("".join(output.get("text", "")))
                plain += re.findall(r"\[figure\] (.*)", data.get("text/plain", ""))
        name = path.relative_to(notebooks_folder()).with_suffix("").as_posix()
        for k, (alt, caption) in enumerate(figures, 1):
            yield f"{name}/{k:02d}", said(alt)
            yield f"{name}/{k:02d} caption", said(caption)
        for k, alt in enumerate(plain, 1):
            yield f"{name}/{k:02d} plain", said(alt)
        for k, alt in enumerate(drawn, 1):
            yield f"{name}/markdown {k:02d}", said(alt)
    yield from drawn_now()


def drawn_now() -> Iterator[Fact]:
    """Figures drawn anew: of the subjects and of the recorded trainings."""
    for name in TARGETS:
        subject = PlaneGame(name, batch_size=16)
        list(itertools.islice(subject.train(), 6))
        yield from drawn_facts(f"drawn/plane, {name}", subject.picture())
    for model in MODELS:
        subject = ScaleLab(pictures(1, 16), model=model, width=2, batch_size=4, seed=3)
        list(itertools.islice(filter(None, subject.rows()), 2))
        yield from drawn_facts(f"drawn/lab, {model}", subject.picture())


def drawn_facts(name: str, picture: Picture) -> Iterator[Fact]:
    yield name, said(picture.alt)
    yield f"{name} caption", said(picture.caption)


# --- words of the command line ---


def listing() -> Iterator[Fact]:
    for name, words in [("list", ["list"]), ("help", ["--help"])]:
        yield from line_facts(name, told(words))
    for name, command in sorted(cli.commands.items()):
        yield from line_facts(f"{name} --help", told([name, "--help"]))
        for inner in sorted(getattr(command, "commands", {})):
            yield from line_facts(f"{name} {inner} --help", told([name, inner, "--help"]))


def line_facts(name: str, text: str) -> Iterator[Fact]:
    for k, line in enumerate(text.splitlines()):
        yield f"{name}/{k:03d}", said(line)


# --- editions ---

IMPORT = re.compile(r"(from\s+msgan_lessons\b[\w.]*\s+import|import\s+msgan_lessons\b)")


def bare(line: str) -> str:
    """A line of code out of JSON or HTML: without tags, quotes and entities."""
    line = html.unescape(re.sub(r"<[^>]*>", "", line)).strip()
    return line.removeprefix('"').replace("\\n", "").strip().removesuffix(",").removesuffix('"')


def without_imports(text: str) -> str:
    """Drop imports of the course, over several lines, too, and the modules' names elsewhere."""
    kept, inside = [], False
    for line in text.split("\n"):
        words = bare(line)
        if inside:
            inside = ")" not in words
        elif IMPORT.match(words):
            inside = "(" in words and ")" not in words
        else:
            kept.append(line)
    return re.sub(r"\bmsgan_lessons(\.[a-z_0-9]+)+", "msgan_lessons.*", "\n".join(kept))


def normal(name: str, content: bytes, exact: bool) -> bytes:
    """Drop what may change on purpose: the version, and where the course's modules lie.

    Two exports of one checkout are alike to the last byte, so nothing else is dropped; `exact`
    drops the names of folders alone.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    text = text.replace(str(PLACE), "PLACE").replace(str(ROOT), "ROOT")
    if exact:
        return text.encode()
    text = re.sub(r"\?v=[0-9a-f]{8}\b", "?v=HASH", text.replace(__version__, "VERSION"))
    if name == ".msgan_export":
        about = json.loads(text)
        about["files"] = sorted(about["files"])
        return json.dumps(about).encode()
    if name == "searchindex.js":  # the words of the pages, the modules' names among them
        index = json.loads(text.partition("(")[2].rpartition(")")[0])
        return json.dumps({k: index[k] for k in ("docnames", "titles", "alltitles")}).encode()
    return without_imports(text).encode()


def exported(exact: bool = False) -> Iterator[Fact]:
    lessons = find_lessons()
    folders = {}
    for name, edition in EDITIONS.items():
        folders[name] = PLACE / "editions" / name
        if not folders[name].is_dir():
            options = {"install_from": "msgan_lessons"} if "install_from" in edition.options else {}
            with fresh_folder(folders[name], name) as folder:
                lines = edition.write(lessons, folder, options)
            yield f"{name}/said", said(" ".join(lines))
    folders["book"] = PLACE / "editions" / "book"
    if not folders["book"].is_dir():
        size = write_book(folders["book"], lessons)
        yield "book/said", said(f"{size.pages} pages, {size.players} players")
    for name, folder in folders.items():
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        yield f"{name}/files", str(len(paths))
        for path in paths:
            content = normal(path.name, path.read_bytes(), exact)
            where = path.relative_to(folder).as_posix()
            yield f"{name}/{where}", f"{len(content)} {short(content)}"


def editions() -> Iterator[Fact]:
    yield from exported()


def editions_exact() -> Iterator[Fact]:
    yield from exported(exact=True)


# --- weights that ship ---


def weights() -> Iterator[Fact]:
    for path in sorted(data_folder().glob("*.safetensors")):
        yield f"{path.stem}/file", short(path.read_bytes())
        tensors = load_file(path)
        for name in sorted(tensors):
            told = f"{tuple(tensors[name].shape)} {of_tensors({name: tensors[name]})}"
            yield f"{path.stem}/{name}", told.replace(" ", "")
    loaded = {
        "fashion_classifier": load_classifier,
        "style_classifier": load_style_classifier,
        "clip_reader": load_clip_reader,
        "long_training_generator": recorded_generator,
        "super_resolution_generator": lambda: shipped_generator("super_resolution", srgan),
        "style_transfer_generator": lambda: shipped_generator("style_transfer", cyclegan),
        "class_conditional_generator": lambda: shipped_generator("class_conditional", biggan),
        "video_generator": lambda: shipped_generator("video", videogan),
        "speech_generator": lambda: shipped_generator("speech", melgan),
    }
    for name, load in loaded.items():
        network = load()
        yield f"{name}/loaded", of_tensors(network.state_dict())
        yield f"{name}/mode", f"training={network.training}"


# --- the command ---

GROUPS: dict[str, Callable[[], Iterator[Fact]]] = {
    "training": training,
    "games": games,
    "two_processes": two_processes,
    "refusals": refusals,
    "alt_texts": alt_texts,
    "list": listing,
    "editions": editions,
    "weights": weights,
}
EXTRA = {"editions_exact": editions_exact}  # with the imports, which may change on purpose


@contextlib.contextmanager
def own_place() -> Iterator[None]:
    """Work in an empty folder of one name, with one thread and an environment of its own."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir()
    before, here = dict(os.environ), Path.cwd()
    for name in [n for n in os.environ if n.startswith(("MSGAN_", "LOCAL_", "ACCELERATE_"))]:
        del os.environ[name]
    os.environ.pop("WORLD_SIZE", None)
    os.environ |= {"COLUMNS": "80", "MSGAN_HOME": str(PLACE / "home"), "OMP_NUM_THREADS": "1",
                   "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}  # fmt: skip
    work = PLACE / "work"
    work.mkdir()
    os.chdir(work)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(PLACE, ignore_errors=True)


def fingerprints(groups: Sequence[str]) -> list[str]:
    """Take the fingerprints of groups; the time that each took goes to stderr.

    Parameters
    ----------
    groups : sequence of str
        Keys of `GROUPS`, or 'editions_exact'.

    Returns
    -------
    list of str
        'group name value', sorted.
    """
    lines = []
    with own_place():
        for group in groups:
            begun = time.perf_counter()
            facts = list({**GROUPS, **EXTRA}[group]())
            lines += [f"{group} {name.replace(' ', '_')} {value}" for name, value in facts]
            took = time.perf_counter() - begun
            click.echo(f"{group}: {len(facts)} facts in {took:.1f} s", err=True)
    return sorted(set(lines))


def differences(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return what one has and the other has not, old beside new."""
    marked = [("-", x) for x in set(old) - set(new)] + [("+", x) for x in set(new) - set(old)]
    marked.sort(key=lambda pair: (pair[1].split(" ")[:2], pair[0] == "+", pair[1]))
    return [f"{mark} {line}" for mark, line in marked]


@click.command()
@click.option("--only", default="", metavar="GROUP[,GROUP]", help=", ".join([*GROUPS, *EXTRA]))
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Instead of stdout.")
@click.option("--compare", type=click.Path(exists=True, path_type=Path), metavar="OLD_FILE")
def command(only: str, out: Path | None, compare: Path | None) -> None:
    """Print the product's fingerprints, or compare them with those of a file."""
    groups = only.split(",") if only else list(GROUPS)
    if unknown := [name for name in groups if name not in {**GROUPS, **EXTRA}]:
        raise click.ClickException(f"--only must name some of {', '.join(GROUPS)}, got {unknown}.")
    old = compare.read_text("utf-8").splitlines() if compare else []
    lines = fingerprints(groups)
    if out:
        out.write_text("\n".join(lines) + "\n", "utf-8")
    if compare:
        changed = differences([x for x in old if x.split(" ")[0] in groups], lines)
        click.echo("\n".join([*changed, f"{len(changed)} lines differ of {len(lines)}."]))
        sys.exit(1 if changed else 0)
    if not out:
        click.echo("\n".join(lines))


if __name__ == "__main__":
    command()
