"""Tests of environment variables."""
