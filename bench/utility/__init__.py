"""Questions over texts whose values were replaced: whether the answers are still right."""
