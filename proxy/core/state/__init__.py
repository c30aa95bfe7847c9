"""What a target keeps for a caller, and the handles by which the caller names it."""
