"""Facts for policy, obligations from its answer, and the only maker of ``Outbound``."""
