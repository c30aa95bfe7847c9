"""One decision: the question, its answer read strictly, the cache, and a candidate in shadow mode."""
