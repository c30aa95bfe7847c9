"""The model tiers: spaCy and Presidio, and the token classifier that is shipped."""
