"""Activation of policies: checks and tests, trial decisions, putting a bundle in force, watching it."""
