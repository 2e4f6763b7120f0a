"""Volumes of one image as an interactive page."""
