"""Networks, and what they make of an image."""
