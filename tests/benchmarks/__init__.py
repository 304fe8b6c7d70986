"""Benchmarks: each figure a ratio against a reference of the same run; ``make bench``."""
