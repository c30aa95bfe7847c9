"""The OPA engine: in this process, in a child process, or as a server."""
