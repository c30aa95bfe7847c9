"""What policy is asked, what its answer obliges to, and the only maker of what may leave."""
