"""Rows for tests: plain, complete, and in the state that their name says."""
