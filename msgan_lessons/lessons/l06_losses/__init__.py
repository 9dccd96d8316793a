"""The room of lesson 06, losses: pictures, exercises."""

from msgan_lessons.runs.parameters import Parameter, losses

PARAMETERS = {
    "losses": Parameter(str, choices=lambda: ("pixel_mse", *losses()), many=True),
}
