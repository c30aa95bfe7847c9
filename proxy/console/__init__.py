"""The console below ``/console/``: pages for officers and authors, each a caller of the operations of the admin API."""
