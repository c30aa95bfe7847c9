"""``compliance-proxy detect``."""
