"""A room for each lesson: what this lesson alone uses."""
