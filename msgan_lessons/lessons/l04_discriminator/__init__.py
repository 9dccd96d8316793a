"""The room of lesson 04, D: the patch behind a logit, pictures, exercises."""
