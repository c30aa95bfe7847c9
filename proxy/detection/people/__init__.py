"""People in a text: their names, their roles, and guesses that are not names."""
