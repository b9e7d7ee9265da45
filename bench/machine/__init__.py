"""The machine that jobs run on: its devices, what it is, whether it holds still, what works on it."""
