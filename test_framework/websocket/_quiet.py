"""A logger for websockets that never gets what it should not write down."""

from __future__ import annotations

import logging

__all__ = ["quiet_logger"]

_Adapter = logging.LoggerAdapter[logging.Logger]


class _Quiet(_Adapter):
    """Passes on what is at INFO or above: below, websockets logs every header and every frame, tokens included."""

    def isEnabledFor(self, level: int) -> bool:
        return level > logging.DEBUG and super().isEnabledFor(level)


def quiet_logger(name: str) -> logging.LoggerAdapter[logging.Logger]:
    """Return a logger of this name whose DEBUG level is never on.

    Args:
        name: of the logger that gets the records.
    """
    return _Quiet(logging.getLogger(name), {})
