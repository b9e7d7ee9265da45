"""The commands, a module each: ``add`` gives a command its parser, and what it sets as ``command`` carries it out.

A new command is a module here and its name in :data:`bench.cli.COMMANDS`. What is imported at the top of these modules
is loaded for every command, ``--help`` included, so that anything heavier is imported where it is used.
"""
