import importlib.metadata
import json

import pytest

from msgan_lessons.__main__ import main
from msgan_lessons.runs import doctor
from msgan_lessons.runs.doctor import check_packages
from msgan_lessons.runs.lab import lab_command

X = {"file": "x.npz", "sha256": "0", "restore": "git checkout -- data/x.npz"}


def finding(part):
    return next(f for f in doctor.report() if f.part == part)


@pytest.fixture
def versions(monkeypatch):
    """Pretend that some packages have another version, or (None) are not installed."""
    real, changed = importlib.metadata.version, {}

    def version(name):
        if changed.get(name, "") is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return changed.get(name) or real(name)

    monkeypatch.setattr(doctor.importlib.metadata, "version", version)
    return changed


def test_the_report_covers_everything_a_lesson_needs():
    parts = {f.part for f in doctor.report()}
    wanted = "Python torch torchvision jupyterlab ipywidgets ipykernel papermill device processor"
    assert {*wanted.split(), "disk", "kernel python3", "lessons", "data"} <= parts


def test_a_missing_and_an_old_package_come_with_the_command_that_mends_them(versions):
    versions.update({"papermill": None, "click": "7.0", "ipykernel": "8.1"})
    found = {f.part: f for f in check_packages()}
    assert found["papermill"].state == "missing"
    assert found["papermill"].mend == 'python -m pip install "papermill>=2.7"'
    assert (found["click"].state, found["ipykernel"].state) == ("too old", "too new")


def test_what_this_machine_lacks_is_noticed(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "LOW_DISK", float("inf"))
    (tmp_path / "manifest.json").write_text(json.dumps({"fashion_mnist": X}))
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    found = {f.part: f for f in doctor.report()}
    assert (found["disk"].state, found["data"].state) == ("low", "missing")
    (tmp_path / "x.npz").write_text("not this")
    assert finding("data").state == "damaged"
    assert finding("data").mend == "git checkout -- data/x.npz"
    monkeypatch.setattr(doctor, "DISTRIBUTION", "no_such_distribution")
    assert [f.state for f in check_packages()] == ["missing"]


def test_a_torchvision_made_for_another_torch_is_noticed(versions, monkeypatch):
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda name: ["numpy", "torch==2.15.0"]
    )
    versions["torch"] = "2.13.0+cpu"
    found = [f for f in check_packages() if f.state == "does not fit"]
    assert [f.mend for f in found] == ['python -m pip install "torch==2.15.0"']
    versions["torch"] = "2.15.0+cpu"
    assert not [f for f in check_packages() if f.state == "does not fit"]


def test_a_kernel_of_another_python_is_noticed(monkeypatch):
    monkeypatch.setattr(doctor.sys, "executable", "/elsewhere/python")
    monkeypatch.setattr(
        "jupyter_client.kernelspec.KernelSpecManager.get_kernel_spec",
        lambda self, name: type("Spec", (), {"argv": ["/another/python", "-m"]}),
    )
    assert finding("kernel python3").state == "does not fit"


@pytest.mark.parametrize(
    ("finding", "status", "said"),
    [
        (doctor.Finding("x", "-", "missing", "fetch x"), 1, "mend x with: fetch x"),
        (doctor.Finding("x", "1.0"), 0, "All is well."),
    ],
    ids=["missing", "well"],
)
def test_the_status_is_1_when_something_must_be_mended(monkeypatch, capsys, finding, status, said):
    monkeypatch.setattr(doctor, "report", lambda: [finding])
    assert main(["doctor"]) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(("cores", "said", "threads"), [(4, "", "3"), (1, "", "1"), (1, "7", "7")])
def test_the_lab_leaves_a_core_to_the_browser_unless_the_user_said_otherwise(
    monkeypatch, cores, said, threads
):
    monkeypatch.setattr("msgan_lessons.runs.lab.usable_cores", lambda: cores)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert lab_command()[1]["OMP_NUM_THREADS"] == threads


def test_the_lab_opens_the_first_lesson_among_the_notebooks(tmp_path, monkeypatch):
    (tmp_path / "00_start_here.ipynb").write_text("{}")
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path))
    command, _ = lab_command(browser=False)
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in command
    assert "--no-browser" in command


def test_settings_that_lead_nowhere_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_PRESET", "fast")
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path / "gone"))
    found = {f.part: f for f in doctor.check_settings()}
    assert found["MSGAN_PRESET"].found == "'fast', not one of auto, smoke, class, gpu"
    assert found["MSGAN_PRESET"].mend.endswith("MSGAN_PRESET")
    assert found["MSGAN_DATA"].state == "missing"
    monkeypatch.setenv("MSGAN_PRESET", "smoke")
    monkeypatch.delenv("MSGAN_DATA")
    assert [f.part for f in doctor.check_settings()] == ["runs in"]
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    assert next(doctor.check_settings()).found == "Colab"


def test_a_folder_that_cannot_be_written_is_named(monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    states = {f.part: (f.state, f.mend) for f in doctor.check_places()}
    assert states["this folder"] == ("does not fit", "cd into a folder of your own")
    assert states["private folder"][0] == "does not fit"


def test_another_copy_of_the_course_in_this_folder_is_noticed(tmp_path, monkeypatch):
    (tmp_path / "msgan_lessons").mkdir()
    (tmp_path / "msgan_lessons" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    found = {f.part: f for f in doctor.check_places()}["package"]
    assert (found.state, found.mend) == ("does not fit", "python -m pip install --editable .")


def test_a_jupyterlab_without_widgets_is_noticed(tmp_path, monkeypatch):
    assert [f.state for f in doctor.check_front_end()] == ["ok", "ok"]
    monkeypatch.setattr(doctor, "jupyter_path", lambda: [str(tmp_path)])
    found = list(doctor.check_front_end())
    assert [f.state for f in found] == ["missing", "missing"]
    assert "jupyterlab_widgets" in found[0].mend


def test_the_trial_trains_a_step_in_a_kernel_and_says_what_stops_it(monkeypatch):
    found = doctor.try_a_lesson()
    assert found.state == "ok", found.found
    assert "trained one step" in found.found
    monkeypatch.setattr(doctor, "TRIAL", "import no_such_module")
    found = doctor.try_a_lesson()
    assert found.state == "damaged"
    assert "no_such_module" in found.found
