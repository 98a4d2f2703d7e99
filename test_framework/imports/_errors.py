"""What can keep a rewriting from being written."""

from __future__ import annotations

from test_framework.errors import FrameworkError

__all__ = ["RewriteError", "RewriteRefusedError"]


class RewriteRefusedError(FrameworkError, RuntimeError):
    """Raised when git could not bring back what would be changed.

    Attributes:
        reason: why.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason}; commit first, or pass force (--force)"


class RewriteError(FrameworkError, RuntimeError):
    """Raised when some files cannot be written.

    Attributes:
        failed: why, by path.
        written: the paths that are.
    """

    def __init__(self, failed: dict[str, str], written: tuple[str, ...]) -> None:
        super().__init__(failed, written)
        self.failed = failed
        self.written = written

    def __str__(self) -> str:
        lines = [f"{path}: {reason}" for path, reason in self.failed.items()]
        return "\n".join([*lines, f"written: {len(self.written)} of {len(self.written) + len(self.failed)} files"])
