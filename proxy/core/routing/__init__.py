"""Routing: the targets that could serve a request, by route and by what they accept."""
