"""Questions that officers, auditors and regulators ask of the evidence, and their signed answers."""
