"""Everything that a run needs: settings, randomness, records, checkpoints, the runner."""
