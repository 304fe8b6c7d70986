"""Each protection of the pool, taken away once: a test must go red."""
