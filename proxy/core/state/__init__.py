"""State that targets keep for callers, and the handles for it."""
