"""A CUDA graph's rules on a processor: what a piece of work does to memory, recorded once and done again blindly.

Every operation of torch is written down with the very tensors and numbers that it was given, and done again with
these, in order, without any of the Python around it. As with a graph, recording leaves all memory as it was, results
go to where they went when they were recorded, and an operation that makes the host wait for numbers is an error.
"""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

#: Operations that read numbers on the host, and the one behind torch.tensor(), which brings some from there.
_WAITS = ("_local_scalar_dense", "nonzero", "is_nonzero", "equal", "masked_select", "lift_fresh")


class HostWaitsError(RuntimeError):
    pass


def memory(tensor):
    return tensor.untyped_storage().data_ptr()


def tensors(*things):
    return [leaf for leaf in tree_flatten(things)[0] if isinstance(leaf, torch.Tensor)]


class _Recorder(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.operations, self.before, self._own = [], {}, {}

    def __torch_dispatch__(self, function, types, given=(), named=None):
        named = named or {}
        name = function.overloadpacket.__name__
        masks = any(tensor.dtype == torch.bool for tensor in tensors(given[1:2])) if name.startswith("index") else False
        if name in _WAITS or masks:
            raise HostWaitsError(f"{function} makes the host wait")
        for tensor in tensors(given, named):
            place = memory(tensor)
            if place not in self._own and place not in self.before:
                # Tensors that an operation only makes a view of may be changed later, through the view.
                whole = tensor.new_empty(0).set_(tensor.untyped_storage())
                self.before[place] = (whole, whole.clone())
        result = function(*given, **named)
        fresh = _made(result, given, named)
        self._own.update((memory(tensor), tensor) for tensor in fresh)
        self.operations.append((function, given, named, fresh))
        return result


def record(works):
    """Record each piece of work without its effects; what is returned does them again, as :func:`nst.graphs.capture`'s
    does.
    """
    return [_recorded(work) for work in works]


def _recorded(work):
    with (recorder := _Recorder()):
        work()
    for whole, values in recorder.before.values():
        whole.copy_(values)

    def replay():
        with torch.no_grad():
            for function, given, named, places in recorder.operations:
                result = function(*given, **named)
                for place, tensor in zip(places, _made(result, given, named), strict=True):
                    place.copy_(tensor)

    return replay


def _made(result, given, named):
    """Tensors of a result with memory of their own: neither views of what was given nor the same."""
    known = {memory(tensor) for tensor in tensors(given, named)}
    return [tensor for tensor in tensors(result) if memory(tensor) not in known]
