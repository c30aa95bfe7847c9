"""What runs beside the writer: checkpoints and their anchors, recovery of dead writers, changes of keys."""
