"""A run from its parameters to its folder, its page and its scores; many runs: sweep and report."""
