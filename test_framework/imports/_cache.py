"""Facts of files that have not changed since an earlier scan."""

from __future__ import annotations

import os
from zlib import crc32

from test_framework.imports._rules import ImportRules
from test_framework.imports._store import Store, dumped, loaded
from test_framework.imports._walk import Tree, newest, read, write

__all__ = ["known", "path_of", "save"]


def known(cache: str | None, salt: bytes, tree: Tree) -> tuple[frozenset[str], Store]:
    """Return the files whose stored facts still hold, and these facts."""
    store = Store()
    if cache is None:
        return frozenset(), store
    try:
        found = loaded(read(cache), salt)
    except OSError:
        found = None
    if found is None:
        return frozenset(), store
    statements, stats, records = found
    files = tree.files
    fresh = {path: records[path] for path, status in stats.items() if files.get(path) == status}
    store.merge(statements, fresh)
    return frozenset(fresh), store


def save(cache: str, salt: bytes, tree: Tree, store: Store, problems: dict[str, str]) -> None:
    """Store facts, but not those of files that could not be read or may be changing.

    Args:
        cache: the file to write.
        salt: as `test_framework.imports._store.salted` returns it.
        tree: the files, as they were before they were scanned.
        store: their facts.
        problems: why files could not be read, by path.
    """
    # A file that changed just now may change again within the same tick of the clock.
    limit = newest() - 2_000_000_000
    stats = {
        path: status
        for path, status in tree.files.items()
        if path not in problems and status[1] < limit and path in store.records
    }
    statements, records = store.plain()
    try:
        write(cache, dumped((statements, stats, {path: records[path] for path in stats}), salt))
        write(os.path.join(os.path.dirname(cache), ".gitignore"), b"*\n")
    except OSError:
        # A folder that cannot be written to costs time, not results.
        return


def path_of(rules: ImportRules, salt: bytes) -> str | None:
    """Return the file for the facts of a scan, one for each set of rules; None if there is to be none."""
    if rules.cache is None:
        return None
    scanned = repr((rules.packages, rules.exclude, rules.gitignore)).encode()
    return os.path.join(rules.root, rules.cache, f"imports-{crc32(salt + scanned):08x}.bin")
