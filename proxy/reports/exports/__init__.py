"""Exports of evidence as jobs: what was asked (``job``), where it is kept (``store``), its file, who makes it."""
