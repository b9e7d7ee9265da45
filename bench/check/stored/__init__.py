"""Times that are kept: baselines, and their history."""
