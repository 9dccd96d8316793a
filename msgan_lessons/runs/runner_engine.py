"""How papermill starts a lesson's kernel here: with an environment and a log file of its own."""

import logging

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine

from msgan_lessons.runs.executed import last_started

__all__ = ["KernelStartError", "LessonEngine"]

START_SECONDS = 120  # a cold disk is slow to import


class KernelStartError(RuntimeError):
    """No cell has run yet; arguments as for RuntimeError."""


class LessonEngine(Engine):
    """Papermill's own engine, with an environment and a log file for the kernel.

    Arguments as for papermill's `Engine`.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, env, log, cell_seconds, **_ignored):
        """Run all cells; papermill calls this.

        Parameters
        ----------
        nb_man, kernel_name
            What papermill hands over.
        env : dict
            The kernel's environment.
        log : file
            Takes what the kernel says on stderr.
        cell_seconds : int
            Limit of one cell.

        Raises
        ------
        KernelStartError
            If no cell has run; whatever papermill raises where one fails.
        """
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            timeout=cell_seconds,
            startup_timeout=START_SECONDS,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # no warning about TCP
            log=logging.getLogger("papermill"),
        )
        try:
            client.execute(env=env, stderr=log)
        except Exception as error:
            if last_started(nb_man.nb) is None:
                raise KernelStartError(f"the kernel did not start: {error}") from error
            raise
