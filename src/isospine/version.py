"""The version of isospine."""

__version__ = "0.2.0"
