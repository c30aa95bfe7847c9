"""What a deployment brings of its own: recognizers and operators with Presidio's interfaces."""
