"""Batch benchmarking of neural style transfer: manifest -> plan -> run -> records -> site."""

__version__ = "0.1.0"
