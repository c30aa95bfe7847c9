"""Decisions: the input document, the strictly parsed answer, the cache, and shadow mode."""
