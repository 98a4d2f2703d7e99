"""The settings: every key, every fault with its place, and who wins over whom."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from test_framework import settings
from test_framework.errors import SettingsError
from test_framework.settings import GUARDS, OF_ONE_RUN, SETTINGS, Settings, load

LEVELS = "must be one of 'ignore', 'warn', 'fail'"
SECONDS = "must be a positive number of seconds"
LIMIT = f'{SECONDS}, or 0 or "none" for no limit'
BACKEND = "must be one of 'asyncio', 'trio', 'asyncio+uvloop'"
ADDRESS = "must be an address such as http://127.0.0.1:8000, without user info, query and fragment"
TEXT = "must be a text that is not empty"
OBJECT_PATH = 'must be "package.module:name"'
BOOLEAN = "must be true or false"

# Key, text in TOML, text in the environment, value.
GOOD: list[tuple[str, str, str, object]] = [
    ("backend", '"asyncio"', "asyncio", "asyncio"),
    ("backend", '"trio"', "trio", "trio"),
    ("backend", "'asyncio+uvloop'", "asyncio+uvloop", "asyncio+uvloop"),
    ("timeout", "3", "3", 3.0),
    ("timeout", "0.5", ".5", 0.5),
    ("timeout", "1e3", "1e3", 1000.0),
    ("timeout", "0", "0", None),
    ("timeout", '"none"', "none", None),
    ("grace_period", "2", " 2 ", 2.0),
    ("grace_period", "1.5", "1.5", 1.5),
    ("strict", "true", "true", True),
    ("strict", "false", "False", False),
    ("strict", "true", "YES", True),
    ("strict", "false", "no", False),
    ("strict", "true", "On", True),
    ("strict", "false", "off", False),
    ("strict", "true", "1", True),
    ("strict", "false", "0", False),
    *((guard, f'"{level}"', level, level) for guard in GUARDS for level in ("ignore", "warn", "fail")),
    ("blocking_threshold", "0.25", "0.25", 0.25),
    ("user_execution_context", '"shop.users:Context"', " shop.users:Context ", "shop.users:Context"),
    ("user_execution_context", '"users:Outer.Context"', "users:Outer.Context", "users:Outer.Context"),
    ("user_execution_context", '"none"', "none", None),
    ("environment", '"shop.env:get_env"', "shop.env:get_env", "shop.env:get_env"),
    ("backend_url", '"http://127.0.0.1:8000"', " http://127.0.0.1:8000 ", "http://127.0.0.1:8000"),
    ("backend_url", '"wss://host.test/ws"', "wss://host.test/ws", "wss://host.test/ws"),
    ("backend_url", '"none"', "none", None),
    ("auth_service_url", '"https://auth.test/v1"', "https://auth.test/v1", "https://auth.test/v1"),
    ("postgres_dsn", '"postgresql://host/db"', " postgresql://host/db ", "postgresql://host/db"),
    ("redis_url", '"none"', "none", None),
    ("postgres_bin", '"/opt/pg/bin"', "/opt/pg/bin", "/opt/pg/bin"),
    ("postgres_cache", '"none"', "none", None),
    ("redis_bin", '"~/redis"', "~/redis", "~/redis"),
    ("require_services", "true", "yes", True),
]

# Key, text in TOML, value as the message shows it, what it must be.
BAD: list[tuple[str, str, str, str]] = [
    ("backend", '"curio"', "'curio'", BACKEND),
    ("backend", "3", "3", BACKEND),
    ("backend", '["trio"]', "['trio']", BACKEND),
    ("timeout", "-1", "-1", LIMIT),
    ("timeout", "true", "True", LIMIT),
    ("timeout", "false", "False", LIMIT),
    ("timeout", "inf", "inf", LIMIT),
    ("timeout", "nan", "nan", LIMIT),
    ("timeout", '"soon"', "'soon'", LIMIT),
    ("timeout", "[]", "[]", LIMIT),
    ("grace_period", "0", "0", SECONDS),
    ("grace_period", '"none"', "'none'", SECONDS),
    ("strict", "1", "1", BOOLEAN),
    ("strict", '"maybe"', "'maybe'", BOOLEAN),
    ("strict", '""', "''", BOOLEAN),
    *((guard, '"error"', "'error'", LEVELS) for guard in GUARDS),
    ("leaked_tasks", "true", "True", LEVELS),
    ("blocking_threshold", "0.0", "0.0", SECONDS),
    *(
        ("user_execution_context", f'"{path}"', repr(path), OBJECT_PATH)
        for path in ("", "shop.users.Context", ":Context", "shop:", "shop..users:Context", "a b:C", "a:b:c")
    ),
    ("user_execution_context", "3", "3", OBJECT_PATH),
    ("environment", '"shop.env"', "'shop.env'", OBJECT_PATH),
    ("environment", '":get_env"', "':get_env'", OBJECT_PATH),
    ("environment", "3", "3", OBJECT_PATH),
    ("backend_url", '"127.0.0.1:8000"', "'127.0.0.1:8000'", ADDRESS),
    ("backend_url", "8000", "8000", ADDRESS),
    ("backend_url", '"http://h:99999"', "'http://h:99999'", ADDRESS),
    ("backend_url", '"http://h:0"', "'http://h:0'", ADDRESS),
    ("backend_url", "'http://127.0.0.1\\host'", r"'http://127.0.0.1\\host'", ADDRESS),
    ("auth_service_url", '"http://h?token=x"', "'http://h?token=x'", ADDRESS),
    *(
        (name, '" "', "' '", TEXT)
        for name in ("postgres_dsn", "redis_url", "postgres_bin", "redis_bin", "postgres_cache")
    ),
    ("redis_url", "6379", "6379", TEXT),
    ("require_services", '"maybe"', "'maybe'", BOOLEAN),
]


def write(folder: Path, *lines: str, header: str = "[tool.test_framework]") -> Path:
    """Write a pyproject.toml with a table of settings; the first of *lines* is line 3 of the file."""
    path = folder / "pyproject.toml"
    path.write_text("\n".join(['[project]\nname = "sample"', header, *lines]) + "\n", encoding="utf-8")
    return path


def variable_of(name: str) -> str:
    """Return the variable of a setting: two have a name of their own."""
    own = {"environment": "ENVIRONMENT_OBJECT", "selected_environment": "ENVIRONMENT"}
    return f"TEST_FRAMEWORK_{own.get(name, name.upper())}"


def faults(folder: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the lines of the error that reading the settings ends in."""
    with pytest.raises(SettingsError) as caught:
        load(folder, environ or {})
    return str(caught.value).splitlines()


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    """User info is refused, and the text of the error does not have it."""
    (fault,) = faults(tmp_path, {"TEST_FRAMEWORK_BACKEND_URL": "http://me:hunter2@host"})
    assert "hunter2" not in fault
    assert fault.endswith(ADDRESS)
    settings = load(tmp_path, {"TEST_FRAMEWORK_POSTGRES_DSN": "postgresql://me:hunter2@host/db"})
    assert "hunter2" in settings["postgres_dsn"]
    assert "hunter2" not in repr(settings)
    assert "TEST_FRAMEWORK_POSTGRES_DSN" in repr(settings)


# -- values ---------------------------------------------------------------------------------------


def test_defaults(tmp_path: Path) -> None:
    """Without file and environment every setting has its documented default, and no source."""
    assert load(tmp_path, {}) == Settings(
        {
            "backend": "asyncio",
            "timeout": None,
            "grace_period": 5.0,
            "strict": False,
            "leaked_tasks": "warn",
            "background_exceptions": "warn",
            "unawaited_coroutines": "warn",
            "leaked_threads": "warn",
            "blocking_calls": "ignore",
            "blocking_threshold": 0.1,
            "user_execution_context": None,
            "environment": None,
            "backend_url": None,
            "auth_service_url": None,
            "postgres_dsn": None,
            "redis_url": None,
            "postgres_bin": None,
            "postgres_cache": "auto",
            "redis_bin": None,
            "require_services": False,
            "selected_environment": None,
            "allow_remote": None,
        },
        {},
    )


def test_every_key_is_in_the_tables() -> None:
    """A new setting needs rows in the tables above, good ones and bad ones."""
    names = {setting.name for setting in SETTINGS}
    assert {row[0] for row in GOOD} == names
    assert {row[0] for row in BAD} == names


@pytest.mark.parametrize(("key", "toml", "text", "value"), GOOD)
def test_good_value(tmp_path: Path, key: str, toml: str, text: str, value: object) -> None:
    """A value means the same in the file and in the environment, and its source is known."""
    path = write(tmp_path, f"{key} = {toml}")
    from_file = load(tmp_path, {})
    assert (from_file[key], type(from_file[key])) == (value, type(value))
    assert from_file.sources == {key: f"{path}:4"}

    variable = variable_of(key)
    from_environment = load(path.parent.parent, {variable: text})
    assert (from_environment[key], type(from_environment[key])) == (value, type(value))
    assert from_environment.sources == {key: f"environment variable {variable}"}


@pytest.mark.parametrize("setting", [*SETTINGS, *OF_ONE_RUN], ids=lambda setting: setting.name)
def test_a_setting_has_a_variable_and_a_meaning(setting: settings.Setting) -> None:
    """Each setting names its variable and says in one line what it is for."""
    assert setting.variable == variable_of(setting.name)
    assert setting.meaning
    assert "\n" not in setting.meaning


# -- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "toml", "shown", "rule"), BAD)
def test_bad_value_in_the_file(tmp_path: Path, key: str, toml: str, shown: str, rule: str) -> None:
    """A wrong value is named with its file and line, and with what would be right."""
    path = write(tmp_path, "", f"{key} = {toml}")
    assert faults(tmp_path) == [f"{path}:5: {key} {rule}, not {shown}"]


@pytest.mark.parametrize(
    ("key", "text", "rule"),
    [
        ("backend", "Trio", BACKEND),
        ("timeout", "-3", LIMIT),
        ("timeout", "5s", LIMIT),
        ("grace_period", "inf", SECONDS),
        ("strict", "2", BOOLEAN),
        ("leaked_threads", "WARN", LEVELS),
    ],
)
def test_bad_value_in_the_environment(tmp_path: Path, key: str, text: str, rule: str) -> None:
    """A wrong value is named with its variable."""
    variable = f"TEST_FRAMEWORK_{key.upper()}"
    assert faults(tmp_path, {variable: text}) == [f"environment variable {variable}: {key} {rule}, not {text!r}"]


def test_unknown_key(tmp_path: Path) -> None:
    """A misspelt key is an error that lists the keys there are, and asks for the nearest."""
    path = write(tmp_path, "timeuot = 3", "nothing_of_the_kind = 1")
    known = ", ".join(setting.name for setting in SETTINGS)
    assert faults(tmp_path) == [
        f"{path}:4: unknown setting 'timeuot' (did you mean 'timeout'?); known are {known}",
        f"{path}:5: unknown setting 'nothing_of_the_kind'; known are {known}",
    ]


def test_unknown_variable(tmp_path: Path) -> None:
    """A misspelt variable is an error that asks for the nearest one."""
    (fault,) = faults(tmp_path, {"TEST_FRAMEWORK_BACKEDN": "trio"})
    assert fault.startswith(
        "environment variable TEST_FRAMEWORK_BACKEDN: there is no such setting (did you mean 'TEST_FRAMEWORK_BACKEND'?)"
    )


@pytest.mark.parametrize("name", ["VERBOSE", "PARALLEL", "X"])
def test_what_all_variables_begin_with_makes_none_alike(tmp_path: Path, name: str) -> None:
    """Only the part after the common prefix is compared, so there is no suggestion where nothing is near."""
    (fault,) = faults(tmp_path, {f"TEST_FRAMEWORK_{name}": "1"})
    assert fault.startswith(f"environment variable TEST_FRAMEWORK_{name}: there is no such setting; known are ")


@pytest.mark.parametrize(
    ("value", "hinted"), [("staging", True), ("pre-prod", True), ("shop.env", False), ("a:b:c", False), ("", False)]
)
def test_the_name_of_a_deployment_is_no_object(tmp_path: Path, value: str, hinted: bool) -> None:
    """Who writes `environment = "staging"` is told of the variable that chooses one."""
    path = write(tmp_path, f'environment = "{value}"')
    hint = "; the deployment that a run tests is chosen by the variable TEST_FRAMEWORK_ENVIRONMENT" if hinted else ""
    assert faults(tmp_path) == [f"{path}:4: environment {OBJECT_PATH}, not {value!r}{hint}"]


def test_all_faults_at_once(tmp_path: Path) -> None:
    """One run shows everything that is wrong, in the file and in the environment."""
    path = write(tmp_path, "nothing = 1", 'backend = "curio"', "timeout = 4", "strict = 3", 'leaked_tasks = "no"')
    environ = {"TEST_FRAMEWORK_STRICT": "perhaps", "TEST_FRAMEWORK_GRACE_PERIOD": "long"}
    assert [fault.partition(" ")[0] for fault in faults(tmp_path, environ)] == [
        f"{path}:4:",
        f"{path}:5:",
        f"{path}:7:",
        f"{path}:8:",
        "environment",
        "environment",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tool.test_framework]\ntimeout = -1\n", 2),
        ("[ tool . test_framework ]\n# timeout = 3\n\n  timeout=-1\n", 4),
        ('[tool."test_framework"]\n"timeout" = -1\n', 2),
        ("[other]\ntimeout = 2\n[tool.test_framework]\ntimeout = -1\n", 4),
        ("[tool.test_framework.imports]\ntimeout = 2\n[tool.test_framework]\nstrict = true\ntimeout = -1\n", 5),
        ("[tool.test_framework]\r\nstrict = true\r\ntimeout = -1\r\n", 3),
        ("[tool]\nother = 1\ntest_framework.timeout = -1\n", 3),
        ("# settings\n\ntool.test_framework.timeout = -1\n", 3),
        ("# settings\n[tool]\ntest_framework = { strict = true, timeout = -1 }\n", 3),
    ],
)
def test_line_of_a_fault(tmp_path: Path, text: str, line: int) -> None:
    """The line is the right one in every way that TOML has to write a table."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8", newline="")
    assert faults(tmp_path) == [f"{path}:{line}: timeout {LIMIT}, not -1"]


@pytest.mark.parametrize("value", ["3", '"yes"', "[1]"])
def test_no_table(tmp_path: Path, value: str) -> None:
    """A plain value where the table should be is an error with the file."""
    path = tmp_path / "pyproject.toml"
    path.write_text(f"[tool]\ntest_framework = {value}\n", encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{path}:2: tool.test_framework must be a table, not ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# test_framework = 1\ntool.test_framework = 3\n", 2),
        ("[tool.other]\na = 1\n[tool]\n'test_framework' = 3\n", 4),
        ("tool = { other = 1, test_framework = 3 }\n", 1),
    ],
)
def test_the_line_of_what_is_no_table(tmp_path: Path, text: str, line: int) -> None:
    """It is found in every way that TOML has to write a key."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    assert faults(tmp_path) == [f"{path}:{line}: tool.test_framework must be a table, not 3"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tool.test_framework]\nstrict = true\n\n[tool.test_framework.guards]\nleaked_tasks = 'fail'\n", 4),
        ("[tool.test_framework]\nstrict = true\n[ tool . test_framework . 'guards' ]\n", 3),
        ("[tool.test_framework.guards.tasks]\n", 1),
        ("[tool.test_framework]\nstrict = true\nguards.leaked_tasks = 'fail'\n", 3),
        ("[tool.test_framework]\nguards = { leaked_tasks = 'fail' }\n", 2),
        ("[tool]\ntest_framework = { guards = {} }\n", 2),
        ("\n[tool]\ntest_framework.guards.leaked_tasks = 'fail'\n", 3),
    ],
)
def test_the_line_of_a_table_that_nobody_reads(tmp_path: Path, text: str, line: int) -> None:
    """An unknown table is named with its line, in every way that TOML has to write one."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{path}:{line}: unknown table [tool.test_framework.guards]")


# -- files ----------------------------------------------------------------------------------------


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A variable replaces one setting of the file and leaves the others."""
    path = write(tmp_path, "timeout = 3", 'backend = "trio"')
    found = load(tmp_path, {"TEST_FRAMEWORK_TIMEOUT": "7"})
    assert (found["timeout"], found["backend"]) == (7.0, "trio")
    assert found.sources == {
        "timeout": "environment variable TEST_FRAMEWORK_TIMEOUT",
        "backend": f"{path}:5",
    }


def test_the_environment_does_not_hide_a_fault_of_the_file(tmp_path: Path) -> None:
    """A wrong value in the file is an error although a variable replaces it."""
    write(tmp_path, "timeout = -3")
    assert len(faults(tmp_path, {"TEST_FRAMEWORK_TIMEOUT": "7"})) == 1


def test_the_nearest_file_upwards(tmp_path: Path) -> None:
    """The search goes upwards and ends at the first pyproject.toml with the table, though it be empty."""
    below = tmp_path / "tests" / "unit"
    below.mkdir(parents=True)
    write(tmp_path, "timeout = 3", "strict = true")
    assert load(below, {})["timeout"] == 3.0
    write(tmp_path / "tests", "timeout = 4")
    assert load(below, {}).values == {**load(tmp_path / "nowhere" / "else", {}).values, "timeout": 4.0, "strict": False}
    write(tmp_path / "tests")
    assert load(below, {}).sources == {}
    write(tmp_path / "tests", "[tool.test_framework.imports]")
    assert load(below, {}).sources == {}


def test_the_nearest_file_may_have_no_table(tmp_path: Path) -> None:
    """A package of a repository without the table has the settings of the repository."""
    below = tmp_path / "inner"
    below.mkdir()
    path = write(tmp_path, "strict = true")
    for text in (
        '[project]\nname = "inner"\n',
        '[project]\ndependencies = ["ssot-test-framework"]\n',
        '[tool.ruff]\nexclude = ["test_framework"]\n',
        '[tool.test_framework.imports]\npackages = ["inner"]\n',
        "[tool.test_framework.migrate]\nbare = true\n",
    ):
        (below / "pyproject.toml").write_text(text, encoding="utf-8")
        assert load(below, {}).sources == {"strict": f"{path}:4"}, text


def test_a_table_of_environments_is_one_of_settings(tmp_path: Path) -> None:
    """It is read with the settings, so the search ends there."""
    below = tmp_path / "inner"
    below.mkdir()
    write(tmp_path, "strict = true")
    write(below, 'backend_url = "http://127.0.0.1:1"', header="[tool.test_framework.environments.local]")
    found = load(below, {})
    assert (found["strict"], [*found.environments]) == (False, ["local"])


def test_a_file_that_mentions_us_elsewhere(tmp_path: Path) -> None:
    """The package's name in a dependency or in another tool's table is no setting."""
    text = '[project]\nname = "x"\n[tool.other]\npackages = ["test_framework"]\n[tool.other.test_framework]\na = 1\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert load(tmp_path, {}).sources == {}


def test_tool_need_not_be_a_table(tmp_path: Path) -> None:
    """A file whose "tool" is something odd is another program's problem."""
    (tmp_path / "pyproject.toml").write_text('tool = "test_framework"\n', encoding="utf-8")
    assert load(tmp_path, {}).sources == {}


def test_the_table_of_imports_is_left_alone(tmp_path: Path) -> None:
    """It belongs to another part of the framework, whatever it holds."""
    write(tmp_path, "timeout = 3", "[tool.test_framework.imports]", "timeout = -3", "unknown = 1")
    assert load(tmp_path, {})["timeout"] == 3.0


def test_a_table_that_nobody_reads(tmp_path: Path) -> None:
    """A misspelt table, or one in place of a value, is an error: nothing in a file is lost."""
    path = write(tmp_path, "[tool.test_framework.environment.staging]", "[tool.test_framework.import]")
    known = "known are environments, imports, migrate"
    assert faults(tmp_path) == [
        f"{path}:4: unknown table [tool.test_framework.environment] (did you mean 'environments'?); {known}",
        f"{path}:5: unknown table [tool.test_framework.import] (did you mean 'imports'?); {known}",
    ]


# -- settings of one run --------------------------------------------------------------------------


@pytest.mark.parametrize("setting", OF_ONE_RUN, ids=lambda setting: setting.name)
def test_what_is_for_one_run_cannot_stand_in_a_file(tmp_path: Path, setting: settings.Setting) -> None:
    """A file is everybody's; the error names the variable."""
    path = write(tmp_path, f'{setting.name} = "staging"')
    reason = f"{setting.name} is for one run, not for a file that everybody has; set {setting.variable}"
    assert faults(tmp_path) == [f"{path}:4: {reason}"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("staging", ("staging",)),
        (" Staging , api.example.com,[::1],fe80::1", ("staging", "api.example.com", "::1", "fe80::1")),
        ("none", None),
        ("", None),
    ],
)
def test_what_a_run_may_reach(tmp_path: Path, text: str, value: tuple[str, ...] | None) -> None:
    """It is a list of names, in lower case."""
    assert load(tmp_path, {"TEST_FRAMEWORK_ALLOW_REMOTE": text})["allow_remote"] == value


@pytest.mark.parametrize(
    "text", ["1", "true", "YES", "on", "*", "staging,1", "https://host", "a b", ",", "0", "api.example.com:443"]
)
def test_a_word_does_not_open_every_door(tmp_path: Path, text: str) -> None:
    """What is allowed is named: a switch left on would hold for hosts that nobody thought of."""
    (fault,) = faults(tmp_path, {"TEST_FRAMEWORK_ALLOW_REMOTE": text})
    assert "allow_remote must name the environments or hosts that this run may reach" in fault


def test_invalid_toml(tmp_path: Path) -> None:
    """A file that is no TOML is an error with its name and the place."""
    path = write(tmp_path, "timeout = ")
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{path}: Invalid value (at line 4, ")


def test_invalid_toml_that_does_not_concern_us(tmp_path: Path) -> None:
    """A broken file without a word of us does not stop the tests."""
    (tmp_path / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    assert load(tmp_path, {}).sources == {}


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file with a byte order mark, which TOML forbids, is an error with its name, not a setting that is lost."""
    path = tmp_path / "pyproject.toml"
    path.write_text("\ufeff[tool.test_framework]\ntimeout = 3\n", encoding="utf-8")
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{path}: ")


def test_another_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 is an error with its name."""
    path = tmp_path / "pyproject.toml"
    path.write_bytes("# caf\xe9\n[tool.test_framework]\ntimeout = 3\n".encode("latin-1"))
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{path}: ")


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    """A folder called pyproject.toml is passed over."""
    below = tmp_path / "inner"
    (below / "pyproject.toml").mkdir(parents=True)
    write(tmp_path, "timeout = 3")
    assert load(below, {})["timeout"] == 3.0


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is there and cannot be read is an error with its name, never the settings of a folder above."""
    below = tmp_path / "inner"
    below.mkdir()
    write(tmp_path, "timeout = 3")
    path = below / "pyproject.toml"
    path.symlink_to(path)
    (fault,) = faults(below)
    assert fault.startswith(f"{path}: ")


# -- the settings of the process ------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Enter a folder whose settings are read anew, before and after."""
    monkeypatch.chdir(tmp_path)
    settings.forget()
    yield tmp_path
    settings.forget()


def test_current_settings_are_read_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the directory and the environment are read on first use and kept until forgotten."""
    write(project, "timeout = 3")
    monkeypatch.setitem(os.environ, "TEST_FRAMEWORK_GRACE_PERIOD", "2")
    first = settings.current()
    assert (first["timeout"], first["grace_period"]) == (3.0, 2.0)
    write(project, "timeout = 4")
    assert settings.current() is first
    settings.forget()
    assert settings.current()["timeout"] == 4.0


@pytest.mark.skipif(sys.platform == "win32", reason="there the current directory cannot be removed")
def test_the_current_directory_may_be_gone(tmp_path: Path) -> None:
    """The settings are then those of the directory in which the process began, and not an error in every test."""
    program = """
        import os, sys, tempfile
        from test_framework import settings
        os.chdir(folder := tempfile.mkdtemp())
        os.rmdir(folder)
        print(settings.current()["timeout"])
    """
    write(tmp_path, "timeout = 7")
    command = [sys.executable, "-c", textwrap.dedent(program)]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert output.stdout == "7.0\n", output.stderr


MODULES = {
    "test_1_moves": """
        import os, tempfile
        from unittest import mock
        from test_framework import AsyncTestCase

        def setUpModule():
            os.chdir(tempfile.mkdtemp())
            mock.patch.dict(os.environ, {"TEST_FRAMEWORK_BLOCKING_CALLS": "warn"}, clear=True).start()

        class Moving(AsyncTestCase):
            async def test_it(self):
                pass
    """,
    "test_2_looks": """
        from test_framework import AsyncTestCase, settings

        class Looking(AsyncTestCase):
            async def test_it(self):
                read = settings.current()
                print(*(read[name] for name in ("strict", "timeout", "blocking_calls")))
    """,
}


@pytest.mark.parametrize("runner", ["unittest", "pytest"])
def test_a_module_that_moves_the_process_changes_no_settings(tmp_path: Path, runner: str) -> None:
    """They are those of the directory and the environment in which the run began, whichever module comes first."""
    write(tmp_path, "strict = true")
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
    command = [sys.executable, "-m", runner, *(["-s", "-p", "no:randomly"] if runner == "pytest" else [])]
    names = [f"{name}.py" if runner == "pytest" else name for name in MODULES]
    environ = {**os.environ, "TEST_FRAMEWORK_TIMEOUT": "9"}
    done = subprocess.run([*command, *names], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # pytest reads the settings before any module is set up.
    assert ("True 9.0 ignore" if runner == "pytest" else "True 9.0 warn") in done.stdout


def test_faulty_current_settings_are_read_again(project: Path) -> None:
    """After an error the next look reads the file again."""
    write(project, "timeout = -3")
    with pytest.raises(SettingsError):
        settings.current()
    write(project, "timeout = 3")
    assert settings.current()["timeout"] == 3.0
