"""Everything that somebody with all rights on the database, or with one role, can do to the evidence; and what is said."""
