"""Figures of a run, in one style."""
