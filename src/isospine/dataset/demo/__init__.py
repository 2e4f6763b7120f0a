"""The synthetic dataset of the demo."""
