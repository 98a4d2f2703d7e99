"""Tests of the pytest plugin, by runs of pytest with whatever other plugins are installed."""
