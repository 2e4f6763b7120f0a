"""Coordinate networks: intensity as a function of the place."""
