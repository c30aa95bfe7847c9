"""The facts policy is asked about, the obligations of its answer, and the only maker of what may leave."""
