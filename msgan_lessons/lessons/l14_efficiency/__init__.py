"""The room of lesson 14, cost: by formula, as measured, the roofline, speed-ups."""

from msgan_lessons.runs.parameters import Parameter

PARAMETERS = {"compiler": Parameter(str, choices=lambda: ("none", "inductor"))}
