"""What may a client ask? Types, fields and permissions of the four subgraphs; no I/O and no rules."""
