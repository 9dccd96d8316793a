"""The room of lesson 16, evaluation: damaged images, scores over time, exercises."""
