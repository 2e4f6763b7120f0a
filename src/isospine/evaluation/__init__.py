"""Volumes and slices in, numbers out."""
