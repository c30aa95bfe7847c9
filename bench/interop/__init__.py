"""Real clients through the proxy, beside the same calls without it: ``make interop``."""
