"""Texts that hold nothing personal, and the command that counts the alarms raised over them."""
