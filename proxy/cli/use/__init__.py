"""``compliance-proxy use``: points a coding agent at the proxy."""
