"""What an author of policies works with: checks, tests, comparison, replay, explanation."""
