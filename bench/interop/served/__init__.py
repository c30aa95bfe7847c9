"""What real servers are started with. Each file runs in its server's own environment; none knows the proxy."""
