"""Values found again in a text, however they are written there."""
