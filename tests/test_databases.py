"""The file of SQLite: made for its owner alone, and never opened behind a connection's back."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from config.databases import create_private_file
from config.environment import SettingError

ANOTHER = """
import sqlite3, sys
one = sqlite3.connect(sys.argv[1], isolation_level=None)
one.execute("INSERT INTO word VALUES ('theirs')")
one.close()
"""
"""A process that writes, and is the last to leave as far as the locks on the file say."""


def words(file: Path) -> list[str]:
    """What a new connection finds."""
    with closing(sqlite3.connect(file)) as one:
        return [word for (word,) in one.execute("SELECT text FROM word ORDER BY rowid")]


def test_looking_for_the_file_ends_no_lock_of_this_process(tmp_path: Path) -> None:
    file = tmp_path / "interpool.sqlite3"
    create_private_file(str(file))
    with closing(sqlite3.connect(file, isolation_level=None)) as own:
        own.execute("PRAGMA journal_mode = WAL")
        own.execute("CREATE TABLE word (text)")

        create_private_file(str(file))
        subprocess.run([sys.executable, "-c", ANOTHER, file], check=True)

        assert Path(f"{file}-wal").exists()
        own.execute("INSERT INTO word VALUES ('ours')")
        assert words(file) == ["theirs", "ours"]


def test_a_new_file_and_its_folder_are_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "interpool.sqlite3"
    create_private_file(str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_folder_in_the_place_of_the_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refused:
        create_private_file(str(tmp_path))

    assert str(refused.value) == (
        f"DATABASE_URL: cannot open {tmp_path}: it is no file that this user may read"
    )


def test_a_file_in_a_folder_that_takes_no_new_files_is_found(tmp_path: Path) -> None:
    file = tmp_path / "interpool.sqlite3"
    create_private_file(str(file))
    tmp_path.chmod(0o500)
    try:
        create_private_file(str(file))
    finally:
        tmp_path.chmod(0o700)

    assert os.access(file, os.R_OK)
