"""The methods section of a paper, written from the records of a run."""
