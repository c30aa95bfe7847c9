"""Recomputes everything and names what was altered, missing, doubled or forged."""
