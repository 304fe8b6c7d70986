"""Decides who takes a session: one pipeline of ordered rules for every caller."""
