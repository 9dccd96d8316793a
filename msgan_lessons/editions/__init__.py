"""The course for its readers, from one source: `source` reads it, `table` lists the editions."""
