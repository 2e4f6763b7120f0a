"""Optimising any model, resuming it, and its files."""
