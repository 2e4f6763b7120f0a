"""An ablation as an interactive page."""
