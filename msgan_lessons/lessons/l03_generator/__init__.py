"""The room of lesson 03, G: a walk through its latents, pictures, exercises."""
