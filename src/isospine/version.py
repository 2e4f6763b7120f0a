"""The version of isospine."""

__version__ = "0.1.0"
