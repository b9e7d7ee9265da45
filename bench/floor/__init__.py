"""How far from its limit this machine is: ``nst-bench floor``.

Three pieces of work are timed in turns, in one process: the bare network as torchvision builds it, forward and back to
the picture; a whole step of this engine, losses and optimiser included; and the fastest of a few convolutions of the
network's kind, which is what the device can do.

====================  ==================================================================
module                what is in it
====================  ==================================================================
:mod:`.model`         what is asked, and what was found
:mod:`.asking`        a process of its own for the measuring, whatever becomes of it
:mod:`.measure`       the three, in turns; imports torch
:mod:`.bare`          torchvision's network without anything around it; imports torch
:mod:`.paper`         the bytes that a step cannot do without, added up from shapes
:mod:`.shown`         as text
====================  ==================================================================
"""
