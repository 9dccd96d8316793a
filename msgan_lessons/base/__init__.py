"""What knows nothing of GANs: streams, places, whole files, the record of a run, pictures."""
