"""Tests of the rewriting, one module for each of its own."""
