"""The regression gate: exact counters, paired times, and what continuous integration is told of them.

:mod:`~bench.check.rule` decides; :mod:`~bench.check.model` is what travels, as JSON; :mod:`~bench.check.shown` is what
every output shows, whichever check it was.
"""
