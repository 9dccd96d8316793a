"""`msgan lab`: JupyterLab for this machine alone, with the course in it."""

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence

from msgan_lessons.base.places import notebooks_folder, usable_cores

FIRST = "00_start_here.ipynb"
PRIVATE = (  # said on the command line, which outranks every configuration file
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.sock=",
    "--ServerApp.allow_remote_access=False",
    "--ServerApp.allow_origin=",
    "--ServerApp.allow_origin_pat=",
    "--ServerApp.disable_check_xsrf=False",
    "--ServerApp.identity_provider_class=jupyter_server.auth.identity.PasswordIdentityProvider",
)


def serve(arguments: Sequence[str]) -> None:
    """Run JupyterLab until it ends; where its configuration leaves it without a token, make one."""
    from jupyterlab.labapp import LabApp

    told = {_trait(argument) for argument in arguments}  # said twice is an error
    own = [argument for argument in PRIVATE if _trait(argument) not in told]
    server = LabApp.initialize_server(argv=[*own, *arguments])
    identity = server.identity_provider
    if not identity.token:
        identity.token = secrets.token_hex(24)
        identity.token_generated = True  # so that the address is shown with it
    server.start()


def _trait(argument: str) -> str:
    """What an argument sets, as 'ip' of --ip=127.0.0.1 and --ServerApp.ip=127.0.0.1."""
    return argument.partition("=")[0].lstrip("-").rpartition(".")[2]


def lab_command(*, browser: bool = True) -> tuple[list[str], dict[str, str]]:
    """Return the command that starts JupyterLab, and its environment: a core is the browser's."""
    folder = notebooks_folder()
    first = f"/tree/{FIRST}" if (folder / FIRST).exists() else ""
    command = [sys.executable, "-P", __file__]  # -P: imports nothing from where one is
    command.append(f"--ServerApp.root_dir={folder.absolute()}")
    command.append(f"--LabApp.default_url=/lab{first}")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is no one else to be
    threads = max(1, usable_cores() - 1)
    return command, {"OMP_NUM_THREADS": str(threads), **os.environ}


def start_lab(*, browser: bool = True) -> int:
    """Start JupyterLab and stay until it ends; return its exit status."""
    command, environment = lab_command(browser=browser)
    if os.name == "posix":  # becomes JupyterLab, so that Ctrl-C reaches it alone
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)


if __name__ == "__main__":
    serve(sys.argv[1:])
