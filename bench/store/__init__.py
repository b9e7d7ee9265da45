"""The results folder: written whole or not at all, locked, looked over, told of, cleaned."""

from bench.store.folder import Store

__all__ = ["Store"]
