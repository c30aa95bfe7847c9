"""Filtering of replies: values are guarded or removed, pseudonyms restored."""
