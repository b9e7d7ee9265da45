"""What a machine can tell apart."""
