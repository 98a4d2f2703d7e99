"""What trio only logs: exceptions of asynchronous generators that are finalised by the garbage collector or the run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

__all__ = ["hear"]

__unittest = True

Listener = Callable[[str, BaseException | None], None]


class _Heard(threading.local):
    listener: Listener | None = None


_heard = _Heard()
_installed: list[logging.Filter] = []


class _Ear(logging.Filter):
    """Lets every record pass: it is a filter and no handler, since a handler would keep it from stderr."""

    def filter(self, record: logging.LogRecord) -> bool:
        listener = _heard.listener
        if listener is not None and record.exc_info:
            listener(record.getMessage(), record.exc_info[1])
        return True


def hear(listener: Listener | None) -> Listener | None:
    """Tell a function of each such exception in this thread.

    Args:
        listener: gets the message and the exception; None for nobody.

    Returns:
        Who was told before.
    """
    if not _installed:
        _installed.append(_Ear())
        # The name that trio documents for it.
        logging.getLogger("trio.async_generator_errors").addFilter(_installed[0])
    before, _heard.listener = _heard.listener, listener
    return before
