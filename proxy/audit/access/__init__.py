"""What officers and auditors read, and the questions that they ask."""
