"""A serving process: what it consists of, how it starts, reloads its configuration and stops."""
