"""Neural style transfer: pictures, networks, objectives, optimisers and the one loop that joins them.

This package is the science. It knows tensors and pictures and nothing of manifests, jobs or pages.
Importing it is cheap: modules that need torch are imported by whoever uses them.
"""
