"""The room of lesson 13, speech: sound, networks of waves, a bench, exercises."""

from collections.abc import Iterable

from msgan_lessons.runs.parameters import Parameter, check_readable


def _judges() -> Iterable[str]:
    from msgan_lessons.lessons.l13_speech.networks import SPEECH_JUDGES

    return SPEECH_JUDGES


def _check_speech(speech: str) -> None:
    from msgan_lessons.datasets.speech import check_speech

    check_readable("speech", speech, check_speech)


PARAMETERS = {
    "speech": Parameter(str, choices=lambda: ("asterisk",), folder=True),
    "judge": Parameter(str, choices=_judges),
}
RULES = ((("speech",), _check_speech),)
