"""Bodies with many requests, and the results that come back for them. Pure."""
