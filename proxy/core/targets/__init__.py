"""Targets as registered: what they accept, where they are, how they are reached and retried."""
