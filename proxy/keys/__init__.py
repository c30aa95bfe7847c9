"""The keys of an installation: where the master key comes from, which it has known, what only a former one reads."""
