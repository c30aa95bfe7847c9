"""What a record is: fields, canonical bytes, the hash chain, and what each kind says."""
