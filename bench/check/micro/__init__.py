"""Micro-benchmarks of pytest-benchmark under the gate's rule."""
