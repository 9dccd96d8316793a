"""The room of lesson 02, an image's scales: a bench of bands, pictures, exercises."""
