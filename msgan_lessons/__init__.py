"""Multi-scale GANs, from the formula to the picture: the package behind the lessons."""

__version__ = "0.7.0"
