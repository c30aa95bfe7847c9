"""What becomes of a reply: what it must not say is taken out, what was replaced is put back."""
