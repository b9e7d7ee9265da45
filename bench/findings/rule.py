"""When a document's finding is ours too: of all that could show it, how much does."""

from __future__ import annotations

from typing import Literal

Word = Literal["agrees", "disagrees", "cannot tell", "not run", "not measured"]
Change = Literal["lower", "higher", "same"]

#: Out of ten, how many at least show it where we agree, and how many at most where we do not.
AGREES, DISAGREES = 8, 2


def word(
    showing: int, measured: int, *, tied: int = 0, always: bool = False, untellable: bool = False, waiting: bool = False
) -> Word:
    """The answer to a finding.

    Args:
        showing: of what was measured (pairs of runs, or runs), how many show what the document found.
        measured: how many there are.
        tied: how many of them say nothing either way; they do not count.
        always: whether all must show it, and one that does not is enough to disagree.
        untellable: the figures cannot say so, whatever they are: the finding rests on weights trained on ImageNet and
            runs with random ones are among these, they are losses of different functions, or times of a machine that
            did not hold still.
        waiting: whether there are runs yet to come. Where nothing was measured, only that leaves the answer open.
    """
    if measured == 0:
        return "not run" if waiting else "not measured"
    telling = measured - tied
    if untellable or not telling:
        return "cannot tell"
    if always:
        return "agrees" if showing == telling else "disagrees"
    if 10 * showing >= AGREES * telling:
        return "agrees"
    return "disagrees" if 10 * showing <= DISAGREES * telling else "cannot tell"


def changes(change: Change, start: float, end: float, within: float = 0.0, by: float = 0.0) -> bool:
    """Whether a figure changes as it is said to.

    The same are two figures of which the larger is at most ``1 + within`` times the smaller, by size where both are
    negative; figures of different signs never are. Of a lower or higher one, the larger is at least ``1 + by`` times
    the smaller, likewise by size; figures of different signs always are that far apart.
    """
    small, large = sorted((abs(start), abs(end)))
    opposed = start * end < 0
    if change == "same":
        return not opposed and large <= small * (1 + within)
    moved = end < start if change == "lower" else end > start
    return moved and (opposed or large >= small * (1 + by))
