"""A lesson's parameters cell: names, kinds, defaults and meanings, read without running it."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from msgan_lessons.runs.parameter_kinds import Parameter
from msgan_lessons.runs.parameter_table import PARAMETERS

__all__ = ["LessonParameter", "read_parameters"]

KINDS = {kind.__name__: kind for kind in (int, float, str, bool)}


@dataclass(frozen=True)
class LessonParameter:
    """One line of a lesson's parameters cell.

    Parameters
    ----------
    name : str
        As it is assigned.
    default : int, float, str or bool
        The literal there.
    meaning : str
        The comment behind it.
    annotation : str
        The type as it is written there; empty where it is not.
    """

    name: str
    default: int | float | str | bool
    meaning: str
    annotation: str = ""

    @property
    def kind(self) -> type:
        """The type that is written there, else that of the default."""
        return KINDS.get(self.annotation, type(self.default))

    @property
    def allowed(self) -> str:
        """What `msgan run` takes for it, as in 'an int from 0 to 9'."""
        return PARAMETERS.get(self.name, Parameter(self.kind)).words()


def read_parameters(source: str) -> Iterator[LessonParameter]:
    """Read `name: type = literal  # meaning` lines.

    Parameters
    ----------
    source : str
        The cell.

    Yields
    ------
    LessonParameter
        In the order of the lines.

    Raises
    ------
    SyntaxError, ValueError
        If it is not Python, or a default is computed.

    Examples
    --------
    >>> [p.kind for p in read_parameters("rate: float = 1  # a second")]
    [<class 'float'>]
    """
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
    for node in ast.parse(source).body:
        target = getattr(node, "target", None) or getattr(node, "targets", [None])[0]
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(target, ast.Name):
            default = ast.literal_eval(node.value)
            written = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            yield LessonParameter(target.id, default, comments.get(node.end_lineno, ""), written)
