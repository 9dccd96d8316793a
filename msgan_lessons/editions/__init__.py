"""The course for its readers, from one source: `table` lists the editions."""
