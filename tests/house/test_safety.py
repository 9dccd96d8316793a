"""What a file may do when it is opened: nothing. Who may talk to JupyterLab: this machine alone."""

import ast
import json
import os
import pickle
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import psutil
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tiny_lessons import write_lesson
from torch import nn

from msgan_lessons.__main__ import main
from msgan_lessons.base.record import Run, read_record
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.images import open_images
from msgan_lessons.datasets.speech import open_speech
from msgan_lessons.lessons.l10_style_transfer import scores
from msgan_lessons.lessons.l11_class_conditional import game
from msgan_lessons.lessons.l12_video.scores import load_clip_reader
from msgan_lessons.metrics import features
from msgan_lessons.runs import checkpoints, recordings
from msgan_lessons.runs.gallery import write_gallery
from msgan_lessons.runs.html import export_html
from msgan_lessons.runs.lab import lab_command
from msgan_lessons.runs.lessons import find_lessons

ROOT = Path(__file__).parents[2]
FOLDERS = ("msgan_lessons", "data", "benchmarks", "tests", "notebooks")
LOADERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal",
           "jsonpickle"}  # fmt: skip
WRITES_ALONE = {  # make pickles for others to meet
    "tests/data_and_metrics/test_cifar_batches.py", "tests/data_and_metrics/test_datasets.py",
    "tests/house/test_safety.py",
}  # fmt: skip
CALLS = {
    "torch.load", "datasets.CIFAR10", "pandas.read_pickle", "pd.read_pickle", "yaml.load",
    "yaml.unsafe_load", "pickle.load", "pickle.loads", "pickle.Unpickler",
    "eval", "exec", "compile",
}  # fmt: skip
HOME_OF_EVAL = {
    "tests/browser/test_game_in_browser.py",  # what its own page answers
    "tests/lessons/test_exercise_answers.py",  # the bank's own solutions
    "tests/editions/test_editions.py",  # the cell that the edition writes
}


def sources():
    """Every Python source of the course, notebooks' code cells joined."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")
        for path in sorted((ROOT / folder).rglob("*.ipynb")):
            cells = json.loads(path.read_text("utf-8"))["cells"]
            codes = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
            code = re.sub(r"^(\s*)[%!].*$", r"\1pass", "\n".join(codes), flags=re.MULTILINE)
            yield str(path.relative_to(ROOT)), code.replace("??", "")


def unsafe(name, source):
    """Say which lines could run what a file holds."""
    found = []
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", None) or "", *(a.name for a in node.names)]
            if {m.split(".")[0] for m in modules} & LOADERS and name not in WRITES_ALONE:
                found.append(f"{name}:{line} imports what can unpickle")
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS and not (called in ("eval", "exec") and name in HOME_OF_EVAL):
                found.append(f"{name}:{line} calls {called}")
            told = {k.arg: ast.unparse(k.value) for k in node.keywords}
            if called in ("np.load", "numpy.load") and told.get("allow_pickle", "False") != "False":
                found.append(f"{name}:{line} lets numpy unpickle")
            careful = "True" if called.endswith("load_state_dict_from_url") else "absent"
            if told.get("weights_only", "absent") not in ("True", careful):
                found.append(f"{name}:{line} lets torch unpickle")
    return found


def test_nothing_in_the_course_can_unpickle_or_run_what_a_file_holds():
    names = [name for name, source in sources()]
    assert len(names) > 300
    assert [line for name, source in sources() for line in unsafe(name, source)] == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from joblib import load", "import dill as d", "import shelve",
        "torch.load('a.pt')", "np.load('a.npy', allow_pickle=True)", "pd.read_pickle('a')",
        "yaml.load(text)", "eval(path.read_text())", "exec(open('a').read())",
        "torch.hub.load_state_dict_from_url(url)", "f(x, weights_only=False)",
    ],
)  # fmt: skip
def test_a_line_that_could_is_seen(line):
    assert len(unsafe("msgan_lessons/losses.py", f"import os\n{line}\n")) == 1
    assert unsafe("msgan_lessons/losses.py", "network.eval()\nnp.load('a.npz')\n") == []


class Bomb:
    """A pickle of it makes a folder when it is loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def no_pickle(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("something was unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)


def test_data_weights_and_recordings_open_without_unpickling(no_pickle):
    for name in ("fashion_mnist", "emoji"):
        assert len(open_images(name, split="test"))
    assert open_speech(split="test").minutes > 1
    shipped._filled.cache_clear()
    for load in (features.load_classifier, scores.load_style_classifier, load_clip_reader):
        load()
    for recording in (recordings.recorded_duel("family"), game.recorded_ablation()):
        assert recording.rows
    assert recordings.recorded_samples("family")
    assert len(recordings.recorded_trace("collapse"))
    assert recordings.recorded_generator()


def test_a_run_is_written_and_read_without_unpickling(no_pickle, tmp_path):
    networks = {"generator_ema": nn.Linear(2, 2)}
    folder = checkpoints.save(tmp_path / "checkpoint", networks, {"model": "toy"})
    checkpoints.load(folder, "generator_ema", nn.Linear(2, 2))
    Run(tmp_path).row({"step": 1})
    assert read_record(tmp_path, "row") == [{"step": 1}]


@pytest.mark.parametrize("name", ["generator_ema.safetensors", "checkpoint.json"])
def test_a_pickle_in_the_place_of_a_file_is_refused_and_never_loaded(tmp_path, name):
    folder = checkpoints.save(tmp_path / "c", {"generator_ema": nn.Linear(2, 2)}, {})
    (folder / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        checkpoints.load(folder, "generator_ema", nn.Linear(2, 2))
    torch.save(Bomb(tmp_path / "exploded"), tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="weights.safetensors does not fit this network"):
        checkpoints.load_weights(tmp_path / "weights.safetensors", nn.Linear(2, 2))
    assert not (tmp_path / "exploded").exists()


MALICE = "import pathlib; pathlib.Path({!r}).mkdir()"


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """A folder of runs in which somebody has left notebooks of their own."""
    write_lesson(tmp_path / "course", "01_good", "print('good')")
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path / "course"))
    monkeypatch.chdir(tmp_path)
    code = MALICE.format(str(tmp_path / "exploded"))
    for folder in ("runs", "runs/02_foreign", "runs/02_foreign/checkpoint", "runs/01_good.failed"):
        write_lesson(tmp_path / folder, "02_foreign", code)
    params = {"lesson": "02_foreign", "title": "<script>1</script>", "parameters": {}}
    for folder in ("02_foreign", "01_good.failed"):
        (tmp_path / "runs" / folder / "params.json").write_text(json.dumps(params))
        (tmp_path / "runs" / folder / "metrics.json").write_text('{"status": "done"}')
    return tmp_path


def test_notebooks_among_the_runs_are_no_lessons_and_are_never_run(foreign, monkeypatch, capsys):
    assert [lesson.name for lesson in find_lessons()] == ["01_good"]
    ran = []
    monkeypatch.setattr("papermill.execute_notebook", lambda path, *_, **__: ran.append(path))
    main(["run", "all", "--out", "runs"])
    assert [Path(path).name for path in ran] == ["01_good.ipynb"]
    for call in (
        ["run", "02_foreign"], ["run", "runs/02_foreign/02_foreign.ipynb"], ["run", "runs"],
        ["list", "02"], ["evaluate", "runs/02_foreign"], ["evaluate", "runs"],
        ["sample", "runs/02_foreign", "--count", "1", "--out", "a.npz"],
    ):  # fmt: skip
        assert main(call) == 2
        assert "Traceback" not in capsys.readouterr().err
    write_gallery(foreign / "runs")
    assert not (foreign / "exploded").exists()
    assert len(ran) == 1


def test_the_gallery_shows_no_script_of_a_run(foreign):
    page = write_gallery(foreign / "runs").read_text()
    assert "02_foreign" in page
    assert "<script" not in page.lower()


@pytest.fixture
def served(tmp_path, monkeypatch):
    """JupyterLab as `msgan lab` starts it, where the user's configuration would open it to all."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/jupyter_server_config.py").write_text(
        "c.ServerApp.ip = '0.0.0.0'\nc.ServerApp.allow_remote_access = True\n"
        "c.ServerApp.disable_check_xsrf = True\nc.ServerApp.allow_origin = '*'\n"
        "c.ServerApp.token = ''\nc.IdentityProvider.token = ''\n"
        "c.PasswordIdentityProvider.token = ''\n"
    )
    for name in ("jupyterlab", "secrets"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from where one is')")
    write_lesson(tmp_path / "course", "00_start_here")
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path / "course"))
    command, environment = lab_command(browser=False)
    for name in ("CONFIG_DIR", "RUNTIME_DIR", "DATA_DIR"):
        environment[f"JUPYTER_{name}"] = str(tmp_path / name.removesuffix("_DIR").lower())
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process, _address(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def _address(process):
    """Address and token, as they are shown to the user."""
    end = time.monotonic() + 120
    for line in process.stderr:
        if match := re.search(r"(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)", line):
            return match.groups()
        assert time.monotonic() < end
    raise AssertionError("JupyterLab has ended")


def status(address, **headers):
    """Ask once; a server that has said its address may need a moment until it listens."""
    request = urllib.request.Request(address, headers=headers)
    opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
    for _ in range(300):
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError("JupyterLab does not listen")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_the_lab_listens_on_loopback_with_a_token_whatever_the_configuration_says(served):
    process, (base, token) = served
    contents = f"{base}/api/contents"
    assert status(contents) == status(f"{contents}?token=wrong") == 403
    found = psutil.Process(process.pid).net_connections()
    listening = {c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN}
    assert listening
    assert listening <= {"127.0.0.1", "::1"}
    assert len(token) == 48
    assert token not in " ".join(psutil.Process(process.pid).cmdline())  # others may read that
    assert status(f"{base}/lab") == 302
    assert status(contents, Authorization=f"token {token}") == 200
    assert status(f"{base}/lab?token={token}") == 200
    elsewhere = {"Authorization": f"token {token}", "Host": "elsewhere.example"}
    assert status(contents, **elsewhere) == 403


def test_the_html_of_a_lesson_is_made_without_running_it(tmp_path):
    code = MALICE.format(str(tmp_path / "exploded"))
    cell = new_code_cell(code, outputs=[new_output("stream", text="<script>alert(1)</script>")])
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    page = export_html(tmp_path / "a.ipynb", tmp_path / "a.html").read_text()
    assert not (tmp_path / "exploded").exists()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
