"""The views of a body, read and put where the body was."""
