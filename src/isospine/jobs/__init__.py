"""What surrounds a job of the workflow: log, guard, devices, memory, provenance, status."""
