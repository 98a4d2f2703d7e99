"""Errors and warnings of the framework.

FrameworkError                      root of all errors raised by this package
|-- SettingsError                   (ValueError) a setting is unknown or of the wrong type
|-- ConfigError                     (ValueError) something cannot be made as asked; names all that is wrong
|-- BackendError                    (RuntimeError) a backend cannot run here
|-- RemoteNotAllowed                (RuntimeError) a run may not reach a server elsewhere
|-- DeadlineExceeded                (AssertionError) a test ran past its deadline
|-- LeftBehindError                 (AssertionError) a test left something behind and a guard says "fail"
`-- MissingFixturesError            (TypeError) a test method takes arguments that nobody provides

GuardWarning                        root of what guards report at level "warn"
|-- LeakedTaskWarning
|-- BackgroundExceptionWarning
|-- UnawaitedCoroutineWarning
|-- LeakedThreadWarning
`-- BlockingCallWarning
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BackendError",
    "BackgroundExceptionWarning",
    "BlockingCallWarning",
    "ConfigError",
    "DeadlineExceeded",
    "FrameworkError",
    "GuardWarning",
    "LeakedTaskWarning",
    "LeakedThreadWarning",
    "LeftBehindError",
    "MissingFixturesError",
    "RemoteNotAllowed",
    "SettingsError",
    "UnawaitedCoroutineWarning",
]


def joined(findings: Sequence[str]) -> str:
    """Return findings as one text, whose first line says what the first one is and how many more there are.

    Args:
        findings: one text for each thing left behind.
    """
    if not findings:
        return "nothing was found"
    title, _, rest = findings[0].partition("\n")
    if len(findings) > 1:
        title += f" (and {len(findings) - 1} more)"
    first = f"{title}\n{rest}" if rest else title
    return "\n\n".join([first, *findings[1:]])


class FrameworkError(Exception):
    """Root of all errors raised by this package."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        # A report names an error by its module: by the package that it can be imported from, not by a part of that.
        package, _, part = cls.__module__.partition("._")
        if part and package.startswith("test_framework."):
            cls.__module__ = package


class SettingsError(FrameworkError, ValueError):
    """Raised when a setting is unknown or has the wrong type or value."""


class ConfigError(FrameworkError, ValueError):
    """Raised when something cannot be made as asked; its classes say what.

    Attributes:
        faults: one text for each thing that is wrong.
    """

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(self.faults)


class BackendError(FrameworkError, RuntimeError):
    """Raised when a test cannot run on the backend it asks for."""


class RemoteNotAllowed(FrameworkError, RuntimeError):
    """Raised when the settings lead to a server elsewhere that the run has not been allowed to reach: nothing was sent.

    Attributes:
        what: what leads there: an environment or a setting.
        hosts: the hosts that are not this machine.
        allow: the value of ``TEST_FRAMEWORK_ALLOW_REMOTE`` that lets the run reach them.
    """

    def __init__(self, what: str, hosts: tuple[str, ...], allow: str) -> None:
        super().__init__(what, hosts, allow)
        self.what = what
        self.hosts = hosts
        self.allow = allow

    def __str__(self) -> str:
        return (
            f"{self.what} is not on this machine ({', '.join(self.hosts)}), and a run does not reach other machines "
            f"by accident; if it is meant, set TEST_FRAMEWORK_ALLOW_REMOTE={self.allow}"
        )


class DeadlineExceeded(FrameworkError, AssertionError):
    """Raised when a test ran past its deadline.

    Attributes:
        seconds: the deadline, in seconds.
        phase: the part of the test that was running ("asyncSetUp", "test", ...).
        report: every task's stack at the moment of expiry.
    """

    def __init__(self, seconds: float, phase: str, report: str) -> None:
        super().__init__(seconds, phase, report)
        self.seconds = seconds
        self.phase = phase
        self.report = report

    def __str__(self) -> str:
        text = f"{self.phase} was still running when the deadline of {self.seconds:g} s passed"
        return f"{text}\n\n{self.report}" if self.report else text


class LeftBehindError(FrameworkError, AssertionError):
    """Raised when a test left something behind and the guard for it says "fail".

    The first line of its text is the first finding, and says how many more there are.

    Attributes:
        findings: one text for each thing left behind.
    """

    def __init__(self, findings: tuple[str, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        return joined(self.findings)


class MissingFixturesError(FrameworkError, TypeError):
    """Raised when a test method takes arguments and nobody provides them.

    pytest does, with its fixtures and ``@pytest.mark.parametrize``; ``python -m unittest`` does not.

    Attributes:
        test: the class and the method.
        names: the arguments that are missing.
    """

    def __init__(self, test: str, names: tuple[str, ...]) -> None:
        super().__init__(test, names)
        self.test = test
        self.names = names

    def __str__(self) -> str:
        return (
            f"{self.test} takes {', '.join(self.names)}: fixtures and parameters are given to it by pytest with the "
            "plugin of this package, and by no other runner; run it with `python -m pytest`, or set up in setUp what "
            "it needs"
        )


class GuardWarning(UserWarning):
    """Root of what the guards report at level "warn"."""


class LeakedTaskWarning(GuardWarning):
    """A test ended while tasks that it started were still running."""


class BackgroundExceptionWarning(GuardWarning):
    """A task or callback failed and nobody looked at its exception."""


class UnawaitedCoroutineWarning(GuardWarning):
    """A test made a coroutine that was never awaited."""


class LeakedThreadWarning(GuardWarning):
    """A test ended while threads that it started were still running."""


class BlockingCallWarning(GuardWarning):
    """A test blocked the event loop for longer than the threshold."""
