"""Whether a server is there, and what it is: one short exchange in its own protocol."""
