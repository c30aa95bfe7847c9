"""The registry in PostgreSQL: revisions that are never changed, which one is in force, and who runs what."""
