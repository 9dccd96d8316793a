"""Real data by name: images, clips and speech, checked on opening, never downloaded unasked."""
