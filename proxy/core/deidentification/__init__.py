"""From findings to a text that may leave: operators, profiles, pseudonyms, and the second look."""
