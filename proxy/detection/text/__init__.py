"""What a text is before anybody looks for values in it: language, words, pieces, tables, other readings."""
