"""The catalog: documents, their validation, and the compiled form."""
