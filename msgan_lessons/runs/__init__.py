"""Everything that a run needs: parameters, folders, checkpoints, resume, sweeps, reports."""
