"""A deployment's own recognizers and operators, with Presidio's interfaces."""
