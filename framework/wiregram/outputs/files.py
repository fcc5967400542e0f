"""The contents of files on disk: a file a content, named after its SHA-256. Knows a directory, and nothing of flows or protocols."""

from __future__ import annotations

from pathlib import Path
from typing import IO

AT_ONCE = 64
"""Files that are kept open at a time; of more, the one written longest ago is closed and opened again when it goes on."""


class FileStore:
    """Keeps what `write` gives below `directory`, as SHA256[:2]/SHA256; a file with holes, which has no hash, as incomplete/NUMBER, with zeros where
    octets are missing. Contents that are there already are not kept twice. Raises OSError where the disk does."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._partial = directory / "incomplete"
        self._count = 0
        self._open: dict[int, IO[bytes]] = {}
        self._partial.mkdir(parents=True, exist_ok=True)

    def begin(self) -> int:
        """A file begins: its number."""
        self._count += 1
        while self._path(self._count).exists():
            self._count += 1
        self._path(self._count).touch()
        return self._count

    def write(self, file: int, offset: int, data: bytes) -> None:
        """Octets of file number `file`, which lie at `offset`."""
        stream = self._open.pop(file, None)
        if stream is None:
            if len(self._open) >= AT_ONCE:
                self._open.pop(next(iter(self._open))).close()
            stream = self._path(file).open("r+b")
        self._open[file] = stream
        stream.seek(offset)
        stream.write(data)

    def close(self, file: int, sha256: str) -> bool:
        """Nothing follows; `sha256` is empty where the file has holes. Whether it is kept."""
        stream = self._open.pop(file, None)
        if stream is not None:
            stream.close()
        path = self._path(file)
        if sha256:
            home = self._directory / sha256[:2]
            home.mkdir(exist_ok=True)
            path.replace(home / sha256)
        return True

    def _path(self, file: int) -> Path:
        return self._partial / str(file)
