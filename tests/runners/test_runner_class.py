"""From the name of a backend to its runner, or to an error that says what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from test_framework.errors import BackendError
from test_framework.runners import Runner, runner_class
from test_framework.settings import BACKENDS
from tests.behaviour.backends import every_backend

Hide = Callable[..., None]


class Absent:
    """Finds nothing of some packages, first of all finders."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in self.names or name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hide]:
    """Make modules as absent as in an installation without the extra, and what imports them unloaded."""

    def hide_modules(*names: str, unload: tuple[str, ...] = ()) -> None:
        ours = (f"test_framework.runners.{name}" for name in ("_trio", "_trio_run", "_trio_task", "_uvloop"))
        gone = {*names, *unload, *ours}
        for name in list(sys.modules):
            if name in gone or name.partition(".")[0] in gone:
                del sys.modules[name]
        monkeypatch.setattr(sys, "meta_path", [Absent(names), *sys.meta_path])

    before = sys.modules.copy()
    runner_class.cache_clear()
    yield hide_modules
    runner_class.cache_clear()
    sys.modules.clear()
    sys.modules.update(before)


@every_backend
def test_known_backends(backend: str) -> None:
    """Each backend has a runner that knows its name, the same one at each call."""
    runner = runner_class(backend)
    assert issubclass(runner, Runner)
    assert runner.backend == backend
    assert runner_class(backend) is runner


def test_every_backend_of_the_settings_is_known() -> None:
    """What the settings allow has a runner."""
    from test_framework.runners import _BACKENDS

    assert tuple(_BACKENDS) == BACKENDS


@pytest.mark.parametrize("name", ["curio", "", "Trio", "uvloop"])
def test_unknown_backend(name: str) -> None:
    """An unknown backend is an error that lists the known ones."""
    with pytest.raises(BackendError) as caught:
        runner_class(name)
    assert str(caught.value) == (f"backend {name!r} is unknown; write one of 'asyncio', 'trio', 'asyncio+uvloop'")


@pytest.mark.parametrize(
    ("backend", "hidden", "extra"),
    [("trio", "trio", "trio"), ("trio", "outcome", "trio"), ("asyncio+uvloop", "uvloop", "uvloop")],
)
def test_a_missing_extra(hide: Hide, backend: str, hidden: str, extra: str) -> None:
    """Without the library the error says what to install; when it is there later, it is found."""
    hide(hidden)
    for _ in range(2):
        with pytest.raises(BackendError) as caught:
            runner_class(backend)
        assert str(caught.value) == (
            f"backend {backend!r} needs {extra}, which is not installed: pip install 'ssot-test-framework[{extra}]'"
        )
        # Its text says all; the importlib frames of the other would be what a reader sees first.
        assert caught.value.__suppress_context__


def test_asyncio_needs_no_extra(hide: Hide) -> None:
    """The standard backend is there without any extra."""
    hide("trio", "uvloop", "outcome", "anyio")
    assert runner_class("asyncio").backend == "asyncio"


def test_another_module_that_is_missing(hide: Hide) -> None:
    """A library that is there and broken is not reported as missing."""
    pytest.importorskip("trio")
    hide("sortedcontainers", unload=("trio",))
    with pytest.raises(ModuleNotFoundError, match="sortedcontainers"):
        runner_class("trio")


def test_a_module_of_ours_that_is_missing(hide: Hide) -> None:
    """A damaged installation of this package is not mistaken for a missing extra."""
    hide("test_framework.runners._asyncio")
    with pytest.raises(ModuleNotFoundError, match="_asyncio"):
        runner_class("asyncio")
