"""The room of lesson 07, training: pictures, exercises."""

from msgan_lessons.runs.parameters import Parameter

PARAMETERS = {"on_broken": Parameter(str, choices=lambda: ("refuse", "skip"))}
