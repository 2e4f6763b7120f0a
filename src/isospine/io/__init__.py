"""Files that exist whole or not at all, and what is checked when they are read."""
