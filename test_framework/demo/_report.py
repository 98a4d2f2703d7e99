"""What the demo found, held against what it promises, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from test_framework.demo._mistakes import LATE, MISTAKES, Mistake
from test_framework.demo._outcomes import Outcome
from test_framework.demo._runs import COLUMNS

__all__ = ["Report"]

_GREEN, _RED, _BOLD, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[0m"
_WORDS = {"passed": "passes", "failed": "FAIL", "error": "ERROR", "skipped": "skips", "hung": "hangs", "none": "no result"}
_NO_SUCH_TEST = "-"
_TITLE, _STANDARD, _CELL, _SAYS = 33, 18, 7, 38


@dataclass(frozen=True, slots=True)
class Report:
    """What the demo found.

    Attributes:
        outcomes: by the keys of the columns that were run, and the names of the mistakes.
        seconds: how long it took.
        versions: of Python and of what took part.
        folder: the folder with the tests, if it was kept.
    """

    outcomes: Mapping[str, Mapping[str, Outcome]]
    seconds: float
    versions: Mapping[str, str]
    folder: Path | None = None

    @property
    def broken(self) -> list[str]:
        """One line for each outcome on `AsyncTestCase` that is not as promised."""
        return [
            f"a test that {mistake.title}, {key}: should be {mistake.ends}"
            + (f" with {mistake.says!r}" if mistake.says else "")
            + f", but: {_word(outcome)} {outcome.text.strip()[-300:]}".rstrip()
            for mistake in MISTAKES
            for key in self._ours()
            if not self._kept(mistake, key) and (outcome := self._outcome(mistake, key))
        ]

    def as_json(self) -> str:
        """Return everything as one JSON object."""
        tests = [
            {
                "class": mistake.name,
                "a test that": mistake.title,
                "promise": {"ends": mistake.ends, "says": mistake.says},
                "outcomes": {key: self._as_data(mistake, key) for key in self.outcomes if self._has(mistake, key)},
            }
            for mistake in MISTAKES
        ]
        data = {
            "as_promised": not self.broken,
            "versions": dict(self.versions),
            "left_out": [column.key for column in COLUMNS if column.key not in self.outcomes],
            "tests": tests,
            "seconds": round(self.seconds, 1),
            "folder": None if self.folder is None else str(self.folder),
        }
        return json.dumps(data, indent=2)

    def as_text(self, *, colours: bool) -> str:
        """Return the table, what was left out, and one failure in full.

        Args:
            colours: whether to colour the cells, for a terminal.
        """
        lines = ["", *self._head(), *(self._row(mistake, colours=colours) for mistake in MISTAKES), ""]
        lines += self._notes()
        late = self.outcomes["unittest-asyncio"].get(LATE)
        if late is not None:
            lines += ["", _styled("The failure of the test that hangs, in full:", _BOLD, colours=colours), ""]
            lines += [f"    {line}".rstrip() for line in late.text.strip().splitlines()]
        lines += ["", *(f"NOT AS PROMISED: {text}" for text in self.broken), self._summary(colours=colours)]
        if self.folder is not None:
            lines.append(f"The tests are kept in {self.folder}; README.txt there says how to run them.")
        return "\n".join(lines) + "\n"

    # -- one outcome ----------------------------------------------------------------------------------

    def _ours(self) -> list[str]:
        return [key for key in self.outcomes if key != "standard"]

    def _has(self, mistake: Mistake, key: str) -> bool:
        backend = next(column.backend for column in COLUMNS if column.key == key)
        return bool(mistake.body_for(backend))

    def _outcome(self, mistake: Mistake, key: str) -> Outcome:
        return self.outcomes[key].get(mistake.name, Outcome("none"))

    def _kept(self, mistake: Mistake, key: str) -> bool:
        if not self._has(mistake, key):
            return True
        outcome = self._outcome(mistake, key)
        verdicts = ("failed", "error") if mistake.ends == "caught" else (mistake.ends,)
        return outcome.verdict in verdicts and (mistake.says or "") in outcome.text

    def _as_data(self, mistake: Mistake, key: str) -> dict[str, object]:
        outcome = self._outcome(mistake, key)
        data: dict[str, object] = {"verdict": outcome.verdict, "remark": outcome.remark, "text": outcome.text}
        return data if key == "standard" else {**data, "as_promised": self._kept(mistake, key)}

    # -- the table ------------------------------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        runners = {key.partition("-")[0]: None for key in self._ours()}
        groups = {runner: [key for key in self._ours() if key.startswith(runner)] for runner in runners}
        blank = " " * _TITLE
        wide = "".join(f"{runner:<{(_CELL + 2) * len(keys)}}" for runner, keys in groups.items())
        names = "".join(f"{key.partition('-')[2]:<{_CELL + 2}}" for key in self._ours())
        yield f"{blank}  {'standard class':<{_STANDARD}}  AsyncTestCase".rstrip()
        yield f"{blank}  {'unittest':<{_STANDARD}}  {wide}".rstrip()
        yield f"{'A test that ...':<{_TITLE}}  {'asyncio':<{_STANDARD}}  {names}and says"
        yield "  ".join("-" * width for width in (_TITLE, _STANDARD, *(_CELL for _ in self._ours()), _SAYS))

    def _row(self, mistake: Mistake, *, colours: bool) -> str:
        standard = self._outcome(mistake, "standard")
        fooled = mistake.ends == "caught" and standard.verdict in ("passed", "hung")
        cells = [
            f"{mistake.title:<{_TITLE}}",
            _styled(f"{_word(standard):<{_STANDARD}}", _RED if fooled else "", colours=colours),
        ]
        for key in self._ours():
            kept = self._kept(mistake, key)
            word = _word(self._outcome(mistake, key)) if self._has(mistake, key) else _NO_SUCH_TEST
            colour = _GREEN if kept and word != _NO_SUCH_TEST else "" if kept else _RED
            cells.append(_styled(f"{word if kept else word + ' !':<{_CELL}}", colour, colours=colours))
        return "  ".join([*cells, self._says(mistake)]).rstrip()

    def _says(self, mistake: Mistake) -> str:
        text = self.outcomes["unittest-asyncio"].get(mistake.name, Outcome("none")).text
        line = next((line for line in text.splitlines() if mistake.says and mistake.says in line), "")
        said = line[line.find(mistake.says or "") :]
        return said if len(said) <= _SAYS else said[: _SAYS - 4].rstrip() + " ..."

    def _notes(self) -> Iterator[str]:
        yield "standard class: unittest.IsolatedAsyncioTestCase, the same tests but for the line that imports the base class"
        yield f"{_NO_SUCH_TEST}: trio starts tasks only in a nursery, which waits for them, so the mistake cannot be made"
        for column in COLUMNS:
            if column.key not in self.outcomes:
                how = {"trio": "pip install 'ssot-test-framework[trio]'", "pytest": "pip install pytest"}
                needs = column.needs or column.backend
                yield f"left out: {column.runner} on {column.backend}, since {needs} is not installed ({how[needs]})"

    def _summary(self, *, colours: bool) -> str:
        count = sum(self._has(mistake, key) for mistake in MISTAKES for key in self._ours())
        broken = len(self.broken)
        result = f"{broken} of {count} outcomes are not as promised" if broken else f"All {count} outcomes are as promised"
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{_styled(result, _RED if broken else _GREEN, colours=colours)} ({versions}; {self.seconds:.1f} s)."


def _word(outcome: Outcome) -> str:
    word = _WORDS[outcome.verdict]
    return f"{word}, {outcome.remark}" if outcome.remark else word


def _styled(text: str, colour: str, *, colours: bool) -> str:
    return f"{colour}{text}{_PLAIN}" if colours and colour else text
