"""What a serving process is made of, how it starts, reads its configuration again and ends."""
