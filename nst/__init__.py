"""Neural style transfer: pictures, networks, objectives, optimisers and the one loop that joins them.

    import nst
    content, style = nst.load("photo.jpg"), nst.load("sample:swirls")
    result = nst.transfer(content, style, recipe="cmu-16726", size=256)
    print(result.diagnosis.reason, result.curve.tail())
    result.save("photo-in-swirls.png")

This package is the science. It knows tensors and pictures and nothing of manifests, jobs or pages. Importing it is
cheap: modules that need torch are imported by whoever uses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nst.notebook import Result, load, reconstruct, texture, transfer

__all__ = ["Result", "load", "reconstruct", "texture", "transfer"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from nst import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
