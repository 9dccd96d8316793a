"""Sound as a picture: short-time spectra, their inverse, and the mel scale (lesson 13_speech)."""

__all__ = ["RATE"]

RATE = 8000  # samples a second
