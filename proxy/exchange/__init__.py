"""The path of one request, from its body to its reply. ``pipeline`` is the one place where its order is written."""
