"""The pictures that jobs read: found, fetched, decoded once, put together, stored beside the results."""
