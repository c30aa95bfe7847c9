"""The registry in PostgreSQL: immutable revisions, the one in force, and what each process runs."""
