"""JupyterLab as `msgan lab` starts it, private and on loopback, and a browser that drives it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import psutil
from playwright.sync_api import Error, Page, sync_playwright

from msgan_lessons.runs.lab import lab_command

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic",
]  # fmt: skip
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # all cells are in the page, so that a test finds what lies below the window
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
MISSING = ("/favicon", "/api/workspaces/")  # JupyterLab asks for them before they are there
RUN_ALL = """() => { window.__done = 0;
window.jupyterapp.commands.execute('notebook:run-all-cells')
.then(() => window.__done = 1, (error) => window.__done = 'failed: ' + error); }"""
IDLE = """() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext
?.session?.kernel?.status === 'idle'"""
ASK = """(code) => new Promise((answer) => { let text = '';
const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
const future = kernel.requestExecute({code, store_history: false});
future.onIOPub = (m) => { text += m.content.text ?? ''; text += m.content.evalue ?? ''; };
future.done.then(() => answer(text)); })"""
OPEN = """(path) => void window.jupyterapp.commands.execute('docmanager:open', {path})"""
LEAVE = """async () => { const widget = window.jupyterapp.shell.currentWidget;
await widget.context.sessionContext.shutdown(); widget.dispose(); }"""
OUTPUT = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.{}']"


def find_browser() -> str | None:
    """Where Chromium or Chrome is, if it is there."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Server:
    """A running JupyterLab: its address, the lessons, and the folder with their copies."""

    def __init__(self, base: str, token: str, source: Path, home: Path) -> None:
        self.base, self.token, self.source, self.home = base, token, source, home
        self.notebooks = home / "lessons"

    def set_theme(self, name: str) -> None:
        """Write 'light' or 'dark' into the settings that the next page reads."""
        self.write_setting("@jupyterlab/apputils-extension/themes", {"theme": THEMES[name]})

    def write_setting(self, plugin: str, values: dict) -> None:
        path = self.home / "settings" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


@contextmanager
def running_lab(home: Path, notebooks: Path, log: Path, preset: str = "smoke"):
    """Start JupyterLab on a copy of the lessons, and end it whatever happens."""
    folder = home / "lessons"
    shutil.copytree(notebooks, folder)
    with mock.patch.dict(os.environ, {"MSGAN_NOTEBOOKS": str(folder)}):
        command, environment = lab_command(browser=False)
    token, port = os.urandom(12).hex(), _free_port()
    command += [
        "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", token, notebooks, home)
    for plugin, values in SETTINGS.items():
        server.write_setting(plugin, values)
    with log.open("w") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            env=_private(environment, home, preset),
        )  # fmt: skip
        try:
            _wait_until_up(server, process, log)
            yield server
        finally:
            _end(process)


@contextmanager
def running_browser(width: int = 1280, height: int = 900):
    """Start the browser without a window; yields a function that opens a fresh page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=FLAGS, headless=True
        )
        context = browser.new_context(viewport={"width": width, "height": height})
        try:
            yield context.new_page
        finally:
            browser.close()


class Lesson:
    """A lesson that is open in a page."""

    def __init__(self, page: Page, server: Server, name: str) -> None:
        self.page, self.server, self.name = page, server, name
        self.errors: list[str] = []
        shutil.copy(server.source / f"{name}.ipynb", server.notebooks)  # as no test has changed it
        page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        page.on("console", self._hear)
        self.open()

    def open(self, workspace: str = "tests", fresh: bool = True) -> None:
        """Load the lesson and wait for its kernel."""
        reset = "&reset" if fresh else ""
        self.page.goto(
            f"{self.server.base}/lab/workspaces/{workspace}/tree/{self.name}.ipynb"
            f"?token={self.server.token}{reset}"
        )
        self._wait_for_kernel()

    def change_to(self, name: str) -> None:
        """Leave this lesson and open another one in the same page: JupyterLab is slow to load."""
        self.page.evaluate(LEAVE)
        self.errors.clear()
        self.name = name
        shutil.copy(self.server.source / f"{name}.ipynb", self.server.notebooks)
        self.page.evaluate(OPEN, f"{name}.ipynb")
        self._wait_for_kernel()

    def _wait_for_kernel(self) -> None:
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
        self.page.wait_for_function(IDLE, timeout=60_000)

    def run_all(self, seconds: float = 240) -> None:
        """Run all cells, and wait for the end."""
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function("() => window.__done", timeout=seconds * 1000)
        assert self.page.evaluate("window.__done") == 1

    def ask(self, code: str) -> str:
        """Run code in the lesson's kernel and return what it prints."""
        return self.page.evaluate(ASK, code).strip()

    def command(self, name: str) -> None:
        """Execute a command of JupyterLab without waiting for it."""
        self.page.evaluate("(name) => void window.jupyterapp.commands.execute(name)", name)

    def set_theme(self, name: str) -> None:
        """Change to 'light' or 'dark' while the lesson is open."""
        change = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        self.page.evaluate(change, THEMES[name])
        is_light = str(name == "light").lower()
        self.page.wait_for_selector(f"body[data-jp-theme-light={is_light}]", state="attached")

    def complaints(self) -> list[str]:
        """Everything that went wrong: in cells, on stderr, in the page."""
        found = list(self.errors)
        for kind in ("error", "stderr"):
            found += [
                f"{kind}: {text}"
                for text in self.page.locator(OUTPUT.format(kind)).all_inner_texts()
            ]
        return found

    def screenshot(self, path: Path) -> None:
        """Save the whole lesson as one picture."""
        height = self.page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('.jp-NotebookPanel *')]"
            ".map((node) => node.scrollHeight))"
        )
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": size["width"], "height": min(16_000, height + 140)})
        self.page.evaluate(
            "() => document.querySelectorAll('.jp-NotebookPanel *')"
            ".forEach((node) => { node.scrollTop = 0; })"
        )
        time.sleep(1)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)

    def close(self) -> None:
        """End the kernel and the page."""
        with suppress(Error):  # it may have ended already
            self.page.evaluate(
                "() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()"
            )
        self.page.close()

    def _hear(self, message) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(part in where for part in MISSING):
            self.errors.append(f"console: {message.text} ({where})")


def _private(environment: dict, home: Path, preset: str) -> dict[str, str]:
    """An environment in which nothing of the user's own Jupyter is read or written."""
    own = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "run",
        "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython", "MSGAN_HOME": "msgan",
    }  # fmt: skip
    folders = {name: str(home / folder) for name, folder in own.items()}
    asked = ("MSGAN_HEADLESS", "MSGAN_RUN_DIR", "MSGAN_TRACE")
    clean = {name: value for name, value in environment.items() if name not in asked}
    return {**clean, **folders, "MSGAN_PRESET": preset, "JUPYTER_PLATFORM_DIRS": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(server: Server, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(f"{server.base}/api/status?token={server.token}", timeout=2)
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended: {log.read_text()[-2000:]}") from None
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _end(process: subprocess.Popen) -> None:
    """Ask it to end, and kill what is left after a moment, kernels too."""
    kernels = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
    for kernel in kernels:
        with suppress(psutil.NoSuchProcess):
            kernel.kill()
