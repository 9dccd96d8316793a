"""One training in several processes, and how a notebook starts them (lesson 14)."""
