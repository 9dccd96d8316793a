"""All exercises of the lessons, by number: one module a lesson, gathered here.

A lesson calls `exercises.check(NUMBER, answer)`, with a number such as '05.3'. To add an
exercise, add one entry to the lesson's bank: `Value` for a number or a word, `Function` for code.
"""

import importlib
import pkgutil

from msgan_lessons import lessons
from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK", "Function", "Value"]

BANK: dict[str, Value | Function] = {}
for room in pkgutil.iter_modules(lessons.__path__):
    BANK |= importlib.import_module(f"{lessons.__name__}.{room.name}.exercises").BANK
