"""What knows nothing of GANs: random streams, places, whole files, records, pictures."""
