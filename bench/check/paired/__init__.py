"""Times of two sides, measured in pairs."""
