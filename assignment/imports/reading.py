"""A CSV file as a stream of records, each with the line of the file where it begins."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assignment.errors import InputError

MOST_BYTES = 100_000_000
MOST_BYTES_A_LINE = 1_000_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

SENTENCES = (
    (
        "field larger than field limit",
        "A cell is longer than {limit:,} characters: is a closing quote missing?",
    ),
    ("unexpected end of data", "A quote is opened here and never closed."),
    (
        "expected after",
        'After a closing quote comes a comma: write a quote inside a cell twice ("").',
    ),
    ("new-line character", "Save the file with line feeds (Unix or Windows) as line ends."),
)


@dataclass(frozen=True, kw_only=True)
class Record:
    """The cells of one record, and the line of the file where it begins (header = 1)."""

    line: int
    cells: tuple[str, ...]


class UnreadableError(Exception):
    """From this line on the file cannot be read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Source:
    """A file that is read as often as needed, never as a whole.

    ``sha256`` is known when ``records`` came to its end; ``progress`` hears the bytes of
    each line.
    """

    def __init__(self, path: Path, *, progress: Callable[[int], object] | None = None) -> None:
        self.path = path
        self.sha256 = ""
        self._progress = progress

    def records(self) -> Iterator[Record]:
        """Yield the records, the header first; blank lines are left out.

        Raises UnreadableError at the line from which nothing more can be read, and
        InputError when there is no such file.
        """
        digest = hashlib.sha256()
        with self._open() as file:
            rows = csv.reader(self._lines(file, digest), strict=True)
            line = 0
            try:
                while True:
                    line = rows.line_num + 1
                    cells = next(rows)
                    if cells or line == 1:
                        yield Record(line=line, cells=tuple(cells))
            except StopIteration:
                self.sha256 = digest.hexdigest()
            except csv.Error as error:
                raise UnreadableError(line, _sentence(error)) from error

    def _open(self) -> BinaryIO:
        name = self.path.name
        try:
            if self.path.is_dir():
                raise InputError(f"“{name}” is a folder: name a CSV file.")
            if not self.path.exists():
                raise InputError(f"There is no file “{name}”.")
            if not self.path.is_file():
                raise InputError(f"“{name}” is no ordinary file: name a CSV file.")
            size = self.path.stat().st_size
            if size > MOST_BYTES:
                raise InputError(f"“{name}” is larger than 100 MB: split it into several files.")
            if size == 0:
                raise InputError(f"“{name}” is empty: its first line must name the columns.")
            return self.path.open("rb")
        except OSError as error:
            raise InputError(f"“{name}” cannot be read: {error.strerror}.") from error

    def _lines(self, file: BinaryIO, digest: hashlib._Hash) -> Iterator[str]:
        number = 0
        while raw := file.readline(MOST_BYTES_A_LINE):
            number += 1
            digest.update(raw)
            if self._progress:
                self._progress(len(raw))
            if len(raw) == MOST_BYTES_A_LINE and not raw.endswith(b"\n"):
                raise UnreadableError(
                    number, f"This line is longer than {MOST_BYTES_A_LINE:,} bytes."
                )
            if number == 1:
                raw = raw.removeprefix(BYTE_ORDER_MARK)
            yield _decoded(raw, number)


def _decoded(raw: bytes, line: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            line, f"Byte {error.start + 1} of this line is not UTF-8: save the file as UTF-8."
        ) from error


def _sentence(error: csv.Error) -> str:
    for beginning, sentence in SENTENCES:
        if beginning in str(error):
            return sentence.format(limit=csv.field_size_limit())
    return "This line is no CSV."
