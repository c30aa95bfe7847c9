"""Writes records: one chain per process, one statement per batch, its seal in the same transaction."""
