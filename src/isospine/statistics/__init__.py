"""Tables of a run in, comparisons out."""
