"""A database that is used again and again: before each use it is as its template left it."""

from __future__ import annotations

from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError
from test_framework.services._postgres_admin import connected
from test_framework.services._wire import quoted

__all__ = ["ResetDatabase"]

_SCHEMA = "test_framework_kept"
_LOCK_SECONDS, _LONG_LOCK_SECONDS = 1, 10
# lock_not_available and deadlock_detected (PostgreSQL 18, appendix A).
_LOCKED = ("55P03", "40P01")
_OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'
    AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""
# Tables, without the parts of partitioned ones, and sequences; those of extensions are the extensions' business.
_RELATIONS = f"""SELECT c.relkind::text, format('%I.%I', n.nspname, c.relname),
    (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'S') AND NOT c.relispartition AND {_OURS} ORDER BY c.oid"""  # noqa: S608
_LASTING = "SELECT oid FROM pg_class WHERE relpersistence <> 't' AND relkind <> 't' AND oid >= 16384"
# A row of a catalogue that is written gets another xmin. TRUNCATE writes rows of pg_class: there the columns count.
_WRITTEN = "xmin::text"
_COLUMNS = (
    "concat_ws(' ', oid, relname, relnamespace, relowner, relkind, reltablespace, relacl::text, relrowsecurity, "
    "relforcerowsecurity, reloptions::text)"
)
_OTHERS = ("pg_proc", "pg_trigger", "pg_rewrite", "pg_policy", "pg_extension", "pg_event_trigger")
# What a test can change besides rows, and which rows of the catalogue are not of temporary tables or the system's.
_CATALOGUES: dict[str, tuple[str, str]] = {
    "pg_class": (_COLUMNS, f"oid IN ({_LASTING})"),
    "pg_attribute": (_WRITTEN, f"attrelid IN ({_LASTING})"),
    "pg_attrdef": (_WRITTEN, f"adrelid IN ({_LASTING})"),
    "pg_constraint": (_WRITTEN, f"oid >= 16384 AND (conrelid = 0 OR conrelid IN ({_LASTING}))"),
    "pg_type": (_WRITTEN, f"oid >= 16384 AND typelem = 0 AND (typrelid = 0 OR typrelid IN ({_LASTING}))"),
    "pg_sequence": (_WRITTEN, f"seqrelid IN ({_LASTING})"),
    "pg_enum": (_WRITTEN, "enumtypid >= 16384"),
    "pg_namespace": (_WRITTEN, "nspname !~ '^pg_'"),
    **dict.fromkeys(_OTHERS, (_WRITTEN, "oid >= 16384")),
}
_SHAPE = " UNION ALL ".join(
    f"SELECT '{name}', count(*), coalesce(sum(hashtext({expression})::bigint), 0) FROM {name} WHERE {condition}"  # noqa: S608
    for name, (expression, condition) in _CATALOGUES.items()
)
_END_TRANSACTIONS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'"""


class ResetDatabase:
    """A database, and what it is like before each use.

    Args:
        database: a new copy of a template that nobody has used.

    Raises:
        ServiceError: the template leaves rows, and the role may not restore them.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._connection = connected(database)
        try:
            self._remember()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection to it."""
        self._connection.close()

    def reset(self) -> bool:
        """Remove what was done since it was new.

        Returns:
            Whether that was possible; False if more than rows and sequences has changed.
        """
        try:
            return self._reset(_LOCK_SECONDS)
        except ServiceError as exc:
            if exc.code not in _LOCKED:
                raise
        # A transaction was left open.
        self._connection.execute(_END_TRANSACTIONS)
        return self._reset(_LONG_LOCK_SECONDS)

    def _remember(self) -> None:
        rows = self._connection.execute(_RELATIONS)
        relations = [(str(kind), str(name), columns or "") for kind, name, columns in rows]
        self._sequences = [name for kind, name, _ in relations if kind == "S"]
        # Rows of those that inherit from a table are theirs; those of a partitioned table are in its parts.
        self._tables = [name if kind == "p" else f"ONLY {name}" for kind, name, _ in relations if kind != "S"]
        columns = [columns for kind, _, columns in relations if kind != "S"]
        filled, self._positions = self._state()
        (superuser,) = self._connection.execute("SELECT current_setting('is_superuser')")[0]
        self._without_triggers = superuser == "on"
        self._restores = {number: (columns[number], f"{_SCHEMA}.t{number}") for number in filled}
        if filled:
            if not self._without_triggers:
                names = ", ".join(self._tables[number].removeprefix("ONLY ") for number in filled)
                raise ServiceError(
                    f"the template leaves rows in {names}, and only a superuser can restore them without setting off "
                    'triggers and checks: use isolation="database", or a role that is one'
                )
            copies = [
                f"CREATE UNLOGGED TABLE {copy} AS SELECT {columns} FROM {self._tables[number]}"  # noqa: S608
                for number, (columns, copy) in self._restores.items()
            ]
            self._connection.execute(f"CREATE SCHEMA {quoted(_SCHEMA)}; {'; '.join(copies)}")
        self._shape = sorted(map(str, self._connection.execute(_SHAPE)))

    def _state(self) -> tuple[list[int], list[tuple[str, str]]]:
        """Return the numbers of the tables that have rows, and where the sequences are."""
        parts = [f"EXISTS (SELECT FROM {table})::int::text, ''" for table in self._tables]
        parts += [f"last_value::text, is_called::text FROM {sequence}" for sequence in self._sequences]
        query = " UNION ALL ".join(f"SELECT {number}, {part}" for number, part in enumerate(parts))
        rows = self._connection.execute(f"{query} ORDER BY 1") if parts else []
        pairs = [(str(first), str(second)) for _, first, second in rows]
        tables = len(self._tables)
        return [number for number, (has, _) in enumerate(pairs[:tables]) if has == "1"], pairs[tables:]

    def _reset(self, seconds: int) -> bool:
        self._connection.execute(f"SET lock_timeout = '{seconds}s'")
        if sorted(map(str, self._connection.execute(_SHAPE))) != self._shape:
            return False
        filled, positions = self._state()
        statements: list[str] = []
        if filled:
            statements.append(f"TRUNCATE {', '.join(self._tables[number] for number in filled)} CASCADE")
        statements += [
            f"INSERT INTO {self._tables[number].removeprefix('ONLY ')} "  # noqa: S608
            f"{f'({columns}) OVERRIDING SYSTEM VALUE ' if columns else ''}SELECT {columns} FROM {copy}"
            for number, (columns, copy) in self._restores.items()
        ]
        statements += [
            f"SELECT setval('{name.replace(chr(39), chr(39) * 2)}', {last}, {called})"
            for name, (last, called), now in zip(self._sequences, self._positions, positions, strict=True)
            if now != (last, called)
        ]
        if statements:
            if self._without_triggers:
                # For this transaction, which these statements are together.
                statements.insert(0, "SELECT set_config('session_replication_role', 'replica', true)")
            self._connection.execute("; ".join(statements))
        return True
