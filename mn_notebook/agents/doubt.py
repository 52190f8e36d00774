"""Which failures leave open whether a ``write`` has happened."""

from mn_notebook.agents.calling import NotKept
from mn_notebook.agents.failures import ChildEnded, ChildKilled, RaisedInChild

_UNCLEAR = ("Timeout", "TimedOut", "Connect", "TransportError", "ProtocolError")


def leaves_doubt(fault: Exception) -> bool:
    """Tell whether a ``write`` that ended so may have happened all the same.

    Client libraries have errors of their own for connections that broke; they are known by name.
    """
    if isinstance(fault, RaisedInChild):
        return fault.doubtful
    if isinstance(fault, TimeoutError | ConnectionError | NotKept | ChildEnded | ChildKilled):
        return True
    names = [kind.__name__ for kind in type(fault).__mro__]
    return any(word in name for name in names for word in _UNCLEAR)
