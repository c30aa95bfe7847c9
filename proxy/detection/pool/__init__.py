"""Worker processes that read texts: loaded once, bounded, replaced when they hang or die."""
