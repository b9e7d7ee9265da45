"""Manifests: what may stand in one, and reading it with every mistake named."""

from bench.manifest.including import load
from bench.manifest.loading import Loaded, explain, find, shipped

__all__ = ["Loaded", "explain", "find", "load", "shipped"]
