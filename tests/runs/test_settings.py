import json

import pytest
import torch

from msgan_lessons import family
from msgan_lessons.base import places, record, streams, whole_files
from msgan_lessons.base.streams import Streams, choose_device
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.parameters import (
    BUDGETS,
    Budget,
    budget,
    check_parameters,
    known_parameters,
    nearest,
    resolve_preset,
    start_lesson,
)
from msgan_lessons.training import TrainConfig


def test_train_config_survives_json():
    settings = TrainConfig(loss="hinge", betas=(0.0, 0.9))
    assert TrainConfig(**json.loads(json.dumps(settings.as_dict()))).as_dict() == settings.as_dict()


def test_auto_fits_the_machine_and_the_environment_overrides_auto_alone(monkeypatch):
    monkeypatch.delenv("MSGAN_PRESET", raising=False)
    assert resolve_preset("auto") == "class"
    assert resolve_preset("auto", has_gpu=True) == "gpu"
    monkeypatch.setenv("MSGAN_PRESET", "smoke")
    assert resolve_preset("auto", has_gpu=True) == "smoke"
    assert resolve_preset("class") == "class"
    monkeypatch.setenv("MSGAN_PRESET", "smok")
    with pytest.raises(
        ValueError, match="MSGAN_PRESET must be auto, smoke, class, gpu, got 'smok'"
    ):
        resolve_preset("auto")


def test_zero_leaves_the_presets_choice_and_everything_else_overrides_it():
    assert budget("smoke") == BUDGETS["smoke"]
    changed = budget("smoke", steps=3, max_seconds=1.5, batch_size=4)
    assert (changed.steps, changed.max_seconds, changed.batch_size) == (3, 1.5, 4)
    with pytest.raises(ValueError, match="steps must be >= 0"):
        budget("smoke", steps=-1)


def test_ticks_stop_at_the_clock():
    assert list(Budget("x", 10**9, 0.0, 8).ticks()) == [1]
    assert list(Budget("x", 4, 60.0, 8).ticks()) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"seed": "0"}, TypeError, "seed must be an int from 0 to .*, got '0'"),
        ({"seed": True}, TypeError, "seed must be an int"),
        ({"seed": -1}, ValueError, "seed must be an int from 0 to .*, got -1"),
        ({"loss": "hinje"}, ValueError, "loss must be one of .*did you mean 'hinge'"),
        ({"losses": "hinge,wgam"}, ValueError, "got 'wgam'; did you mean 'wgan'"),
        ({"resolution": 33}, ValueError, "resolution must be a power of two from 8 to 256, got 33"),
        ({"max_seconds": float("nan")}, ValueError, "max_seconds must be a number from 0"),
        ({"preset": "gpuu"}, ValueError, "preset must be one of auto, smoke, class, gpu.*'gpu'"),
        ({"data": "mnist"}, ValueError, "data must be one of fashion_mnist"),
        ({"data": "folder:/no/such"}, FileNotFoundError, "there is no such folder"),
    ],
)
def test_a_wrong_parameter_is_one_sentence(values, error, message):
    with pytest.raises(error, match=message) as caught:
        check_parameters(**values)
    assert "\n" not in str(caught.value)


def test_right_parameters_pass_and_an_int_is_a_number():
    check_parameters(max_seconds=3, seed=0, loss="hinge", losses="pixel_mse,wgan", unknown="x")
    assert start_lesson(preset="smoke", batch_size=4).batch_size == 4
    assert all(p.words() for p in known_parameters().values())


def test_nearest_is_silent_when_nothing_is_near():
    assert nearest("zzzz", ["hinge"]) == ""


def test_streams_are_independent_of_each_other_and_equal_for_a_seed():
    a, b = Streams(5), Streams(5)
    a.latents(100, 3)
    torch.rand(7, generator=a["augmentation"])
    assert torch.equal(a.fixed_latents(4, 8), b.fixed_latents(4, 8))
    assert torch.equal(torch.rand(3, generator=a["data"]), torch.rand(3, generator=b["data"]))
    seeds = {Streams(s).fresh(n).initial_seed() for s in range(50) for n in streams.STREAMS}
    assert len(seeds) == 50 * len(streams.STREAMS)
    with pytest.raises(ValueError, match="seed must be >= 0, got -1"):
        Streams(-1)


def test_on_the_cpu_the_precision_is_float32():
    assert choose_device("cpu") == (torch.device("cpu"), torch.float32)


def test_record_keeps_rows_checks_and_figures_in_the_folder(tmp_path):
    run = record.Run(tmp_path)
    run.row({"step": 1, "d_loss": float("inf")})
    run.checked("two is two", True)
    run.figure(b"png", "a picture", "look")
    run.metrics(a=1)
    run.metrics(b=2.5)
    assert record.read_record(tmp_path, "row") == [{"step": 1, "d_loss": None}]
    assert record.read_record(tmp_path, "check") == [{"claim": "two is two", "holds": True}]
    assert record.read_record(tmp_path, "figure")[0]["file"] == "01.png"
    assert (tmp_path / "figures" / "01.png").read_bytes() == b"png"
    assert json.loads((tmp_path / "metrics.json").read_text()) == {"a": 1, "b": 2.5}


def test_a_record_line_cut_off_by_a_crash_is_left_out(tmp_path):
    (tmp_path / "record.jsonl").write_text('{"kind": "row", "step": 1}\n{"kind": "row", "st')
    assert record.read_record(tmp_path, "row") == [{"step": 1}]


def test_a_check_that_does_not_hold_stops_with_its_claim_and_why(capsys):
    record.check("water is wet", True)
    assert capsys.readouterr().out == "holds: water is wet\n"
    with pytest.raises(AssertionError, match="does not hold: fire is wet. Look at the fire."):
        record.check("fire is wet", False, "Look at the fire.")


def test_checkpoints_come_back_to_the_last_bit_and_hold_no_pickle(tmp_path):
    first = family.build("msggan", resolution=8, width=2)
    folder = checkpoints.save(tmp_path / "c", {"generator": first.generator}, {"model": "msggan"})
    second = checkpoints.load(
        folder, "generator", family.build("msggan", resolution=8, width=2).generator
    )
    for name, value in first.generator.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])
    assert {p.suffix for p in folder.iterdir()} == {".safetensors", ".json"}
    assert whole_files.describe(folder)["model"] == "msggan"


def test_saving_again_replaces_the_checkpoint_and_leaves_nothing_else(tmp_path):
    for width in (2, 4):
        pair = family.build("dcgan", resolution=8, width=width)
        checkpoints.save(tmp_path / "c", {"generator": pair.generator}, {"width": width})
    assert whole_files.describe(tmp_path / "c")["width"] == 4
    assert [p.name for p in tmp_path.iterdir()] == ["c"]


def test_a_damaged_or_foreign_checkpoint_is_one_sentence(tmp_path):
    g = family.build("dcgan", resolution=8, width=2).generator
    folder = checkpoints.save(tmp_path / "c", {"generator": g}, {})
    with pytest.raises(ValueError, match="holds generator, but no 'generator_ema'"):
        checkpoints.load(folder, "generator_ema", g)
    with pytest.raises(ValueError, match="does not fit this network"):
        checkpoints.load(
            folder, "generator", family.build("dcgan", resolution=8, width=4).generator
        )
    (folder / "checkpoint.json").write_text("{")
    with pytest.raises(ValueError, match="not a checkpoint's JSON"):
        whole_files.describe(folder)
    with pytest.raises(FileNotFoundError, match="holds no checkpoint"):
        whole_files.describe(tmp_path)


def test_presets_refuse_what_is_out_of_range():
    with pytest.raises(ValueError, match="model must be one of dcgan, lapgan, .*, got 'gan'"):
        family.build("gan")
    with pytest.raises(ValueError, match="resolution must be a power of two from 8 to 256, got 4"):
        family.dcgan(resolution=4)
    with pytest.raises(ValueError, match="resolution must be a power of two, got 24"):
        family.dcgan(resolution=24)
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        family.msggan(width=0)


def test_the_course_is_found():
    assert list(places.notebooks_folder().glob("0*.ipynb"))
    assert (places.data_folder() / "manifest.json").is_file()
