"""JupyterLab for this machine alone: loopback and a token, whatever its configuration says."""

import secrets
import sys
from collections.abc import Sequence

__all__ = ["PRIVATE", "serve"]

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
    """Run JupyterLab until it ends; where its configuration leaves it without a token, make one.

    Parameters
    ----------
    arguments : sequence of str
        JupyterLab's own; what they say outranks `PRIVATE`.
    """
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


if __name__ == "__main__":
    serve(sys.argv[1:])
