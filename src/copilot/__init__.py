"""Copilot: a desktop co-pilot for software work."""
