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
SHA256 = "d6c9b9433ed2c87f526f0a8a0862fc45ce41151b632d2946a34311e7f942af7d"
