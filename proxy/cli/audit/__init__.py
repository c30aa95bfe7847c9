"""``compliance-proxy audit``."""
