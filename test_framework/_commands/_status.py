"""What the exit status of a command says."""

from __future__ import annotations

__all__ = ["CANNOT", "FAILED", "INTERRUPTED", "OK"]

OK, FAILED, CANNOT, INTERRUPTED = 0, 1, 2, 130
