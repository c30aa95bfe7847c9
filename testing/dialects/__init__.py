"""Samples of every dialect, and a proxy on fakes to send them through."""
