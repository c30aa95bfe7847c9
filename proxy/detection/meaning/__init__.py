"""Sensitive content of a text: health, belief, origin, age, region."""
