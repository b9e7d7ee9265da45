"""Exact counters: what a job costs in figures that are the same on every machine, held against a committed file.

After ``check_results.py`` of PyTorch's own benchmarks: a figure that is off by more than its margin fails in either
direction, as a gain that nobody wrote down leaves room for the next loss, and the file that would pass is written.
"""
