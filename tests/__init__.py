"""The tests; they mirror the package, one module for each of its modules."""
