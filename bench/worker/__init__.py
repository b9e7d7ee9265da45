"""A process that carries out orders, and all that happens in it. Imports torch, but for the modules' own imports."""
