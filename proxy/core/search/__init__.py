"""Finds known values in a text, however they are written there."""
