"""People in a text: their names, whose name or number a finding is, and names that are none."""
