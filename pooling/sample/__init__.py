"""A believable interpreting service, made from a seed: described first, then written."""
