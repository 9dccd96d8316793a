"""Images, clips and speech: what ships with the course, and what a user brings."""
