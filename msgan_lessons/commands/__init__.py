"""The commands of the command line, one module a subject; only they and `__main__` know click."""
