"""Registered people: exact match of texts against keyed digests of an organisation's own records."""
