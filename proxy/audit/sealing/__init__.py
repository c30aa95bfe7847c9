"""What signs the log: the installation's keys, certificates of writers, seals, the tree of seals and its notes."""
