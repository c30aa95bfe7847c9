"""What callers lose when each part of a fleet is replaced or killed: ``python -m bench.failover``."""
