"""The small network inside this package: VGG-19's sixteen convolutions at about a quarter of their width.

What it is, what it saw and what it is not: ``MODEL_CARD.md`` beside this file. :mod:`nst.compact.training` makes its
weights again from pictures that need no download. No torch here.
"""

from pathlib import Path

#: Its name among :data:`nst.layers.BACKBONES`.
NAME = "compact"

#: Its weights: float16, under torchvision's names.
FILE = Path(__file__).with_name("compact.safetensors")

#: Of :data:`FILE`, whole, in hexadecimal.
SHA256 = "5e1023ff9376067aefa93711b850d9c2e93da3c9aeb248a6ebfe66c4e5451676"
