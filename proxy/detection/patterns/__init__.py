"""The pattern tier: exact forms with their checks, found in one linear pass."""
