"""The log for systems that watch: each record in their format, to their address, at least once."""
