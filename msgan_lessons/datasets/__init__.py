"""Real data by name: images, clips and speech, checked on opening, never downloaded unasked."""

from msgan_lessons.datasets.clips import open_clips
from msgan_lessons.datasets.images import open_images
from msgan_lessons.datasets.speech import open_speech

__all__ = ["open_clips", "open_images", "open_speech"]
