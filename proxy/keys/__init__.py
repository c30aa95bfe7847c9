"""The keys of an installation: the source of the master key, its generations, and what only a retired one can read."""
