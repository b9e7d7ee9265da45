"""How the weights of the compact network are made: ``python -m nst.compact.training``.

Exemplar classification (Dosovitskiy et al. 2014, "Discriminative unsupervised feature learning with convolutional
neural networks", NIPS) from few pictures (Asano, Rupprecht & Vedaldi 2020, "A critical analysis of self-supervision",
ICLR), with one change: what tells pieces apart here are the layers' Gram matrices, since these are what a style loss
compares (Gatys, Ecker & Bethge 2015). The same matrices tell in which way a piece was damaged: by noise, fringes, blur
and others of the flaws that synthesised textures have. A network that sees such a flaw in its Gram matrices lets no
picture have it that is to match those of a style.

====================  ===================================================================
module                what is in it
====================  ===================================================================
:mod:`.pictures`      what is learned from, and what is kept aside to judge the result by
:mod:`.pieces`        the exemplars: pieces of pictures, and crops of them for a batch
:mod:`.damages`       what a crop can suffer
:mod:`.counterfeits`  pictures made to have a piece's Gram matrices
:mod:`.network`       the network while it learns, and its weights when it has
:mod:`.learning`      the course of it, from a plan to weights
====================  ===================================================================

Needs the extra ``training``. The same plan on the same machine gives the same weights, to the last bit.
"""
