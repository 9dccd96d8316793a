"""JupyterLab on the course, with a core left to the browser."""

import os
import subprocess
import sys

from msgan_lessons.base.places import notebooks_folder, usable_cores
from msgan_lessons.runs import lab_server

__all__ = ["lab_command", "start_lab"]

FIRST = "00_start_here.ipynb"


def lab_command(*, browser: bool = True) -> tuple[list[str], dict[str, str]]:
    """Return how JupyterLab is started.

    Parameters
    ----------
    browser : bool
        Whether it opens a browser.

    Returns
    -------
    tuple
        The command, and its environment with OMP_NUM_THREADS one less than the cores, so that
        one is left to the browser, unless the user has set it.

    Raises
    ------
    FileNotFoundError
        If there is no folder with lessons.
    """
    folder = notebooks_folder()
    first = f"/tree/{FIRST}" if (folder / FIRST).exists() else ""
    command = [sys.executable, "-P", lab_server.__file__]  # -P: imports nothing from where one is
    command.append(f"--ServerApp.root_dir={folder.absolute()}")
    command.append(f"--LabApp.default_url=/lab{first}")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is no one else to be
    threads = max(1, usable_cores() - 1)
    return command, {"OMP_NUM_THREADS": str(threads), **os.environ}


def start_lab(*, browser: bool = True) -> int:
    """Start JupyterLab and stay until it ends.

    Parameters
    ----------
    browser : bool
        As for `lab_command`.

    Returns
    -------
    int
        Its exit status.

    Raises
    ------
    FileNotFoundError
        If there is no folder with lessons.
    """
    command, environment = lab_command(browser=browser)
    if os.name == "posix":  # becomes JupyterLab, so that Ctrl-C reaches it alone
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)
