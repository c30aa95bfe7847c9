"""``compliance-proxy policy``."""
