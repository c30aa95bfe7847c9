"""The thirty system checks against a running stack, as an auditor would try them."""
