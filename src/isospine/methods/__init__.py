"""Every method by its name, from views to a volume."""
