"""The OPA engine: in this process, in one of its own, or a server started beside it."""
