"""What nobody waits for any more, kept for as long as the process lives."""

from __future__ import annotations

__all__ = ["keep_for_ever"]


def keep_for_ever(abandoned: object) -> None:
    """Keep an object alive past the end of all modules.

    Collecting a coroutine throws GeneratorExit into it; those that come here have shown that they swallow
    everything, and what they would print then belongs to no test.

    Args:
        abandoned: a task, or what holds it.
    """
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(abandoned))
