"""Things that tests use."""
