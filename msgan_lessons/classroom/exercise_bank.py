"""All exercises of the lessons, by number: one module a lesson, gathered here.

A lesson calls `exercises.check(NUMBER, answer)`, with a number such as '05.3'. To add an
exercise, add one entry to the lesson's bank: `Value` for a number or a word, `Function` for code.
"""

import importlib
import pkgutil

from msgan_lessons import classroom
from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK", "Function", "Value"]

BANK: dict[str, Value | Function] = {}
for found in pkgutil.iter_modules(classroom.__path__):
    lesson = found.name.removeprefix("exercise_bank_")
    if lesson.isdigit():
        module = importlib.import_module(f"msgan_lessons.classroom.{found.name}")
        BANK |= getattr(module, f"BANK_{lesson}")
