"""Targets as they are registered: what they take, where they stand, how they are reached, when they are tried again."""
