"""msgan doctor, lab and download: this machine."""

import click

from msgan_lessons.commands.refusal import Refused, echo_table, refusing

__all__ = ["doctor", "download", "lab"]


@click.command()
@click.option("--try", "trial", is_flag=True, help="Start a kernel and train one step in it, too.")
def doctor(trial: bool) -> int:
    """Say what is installed, which device there is, and what mends what is missing."""
    from msgan_lessons.runs.doctor import is_well, report, try_a_lesson

    findings = [*report(), *([try_a_lesson()] if trial else [])]
    echo_table([(f.part, f.state, f.found) for f in findings])
    well = is_well(findings)
    for finding in findings:
        if finding.mend:
            click.echo(f"mend {finding.part} with: {finding.mend}")
    click.echo("All is well." if well else "Not all is well.")
    return 0 if well else 1


@click.command()
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
def lab(no_browser: bool) -> int:
    """Open the course in JupyterLab."""
    from msgan_lessons.runs.lab import start_lab

    with refusing():
        return start_lab(browser=not no_browser)


@click.command()
@click.argument("name")
def download(name: str) -> None:
    """Fetch through torchvision: fashion_mnist_full, cifar10, celeba, or the weights vgg19."""
    from msgan_lessons.base.places import download_folder
    from msgan_lessons.datasets import downloads
    from msgan_lessons.lessons.l09_super_resolution import content
    from msgan_lessons.runs.parameters import nearest

    if name == "fashion_mnist":
        raise Refused("fashion_mnist comes with the course; there is nothing to download.")
    known = (*downloads.NAMES, "vgg19")
    if name not in known:
        hint = nearest(name, known)
        known = ", ".join(known)
        raise Refused(f"NAME must be one of {known}, got {name!r}{hint}.")
    try:
        content.fetch() if name == "vgg19" else downloads.fetch(name)
    except (RuntimeError, OSError, ImportError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{name} could not be downloaded: {reason}.") from error
    click.echo(f"{name} is in {download_folder()}")
