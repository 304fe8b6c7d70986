"""An app of a later version: one migration that changes the busiest table."""
