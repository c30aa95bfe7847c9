"""Documents and pictures: their text, read in a process of its own."""
