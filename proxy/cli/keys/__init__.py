"""``compliance-proxy keys``."""
