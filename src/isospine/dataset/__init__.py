"""A BIDS dataset, plain or DataLad: found, cloned, indexed, fetched, described and exported."""
