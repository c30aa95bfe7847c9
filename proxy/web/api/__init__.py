"""The admin API below ``/admin/v1/``: policy commands and registry over HTTP, for callers whose role allows it."""
