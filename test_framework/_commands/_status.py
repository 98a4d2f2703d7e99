"""What the exit status of a command says, and how a command says that it cannot run."""

from __future__ import annotations

import sys

__all__ = ["CANNOT", "FAILED", "INTERRUPTED", "OK", "cannot"]

OK, FAILED, CANNOT, INTERRUPTED = 0, 1, 2, 130


def cannot(reason: object) -> int:
    """Say on stderr what keeps a command from running.

    Args:
        reason: the error. Only its first line gets a prefix, so that what the others suggest can be copied as it is.

    Returns:
        The exit status for it.
    """
    print(f"test-framework: error: {reason}", file=sys.stderr)
    return CANNOT
