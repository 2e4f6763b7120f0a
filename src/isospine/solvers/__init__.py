"""Reconstructions and corrections by optimisation alone, given an operator."""
