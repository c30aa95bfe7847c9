"""Tools for policy authors: checks, tests, comparison, replay, explanation."""
