"""The file itself: a plain tar, closed to others, with the manifest first; read back and compared once it is written."""

import hashlib
import os
import tarfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from myosotis.ops.backup.manifest import NAME, Manifest, Part, Unusable, read
from myosotis.value_class import value_class

BLOCK: Final = 1 << 20
CLOSED: Final = 0o600


@value_class
class Source:
    """A file on its way into a backup."""

    path: Path
    what: str
    secret: bool = True
    stood_at: str = ""


def part(source: Source) -> Part:
    """What the manifest says of a file."""
    with source.path.open("rb") as file:
        return Part(
            sha256=_sum(file),
            size=source.path.stat().st_size,
            secret=source.secret,
            what=source.what,
            path=source.stood_at,
        )


def write(target: Path, manifest: Manifest, sources: Mapping[str, Source]) -> None:
    """Write a backup under another name, read it back, and only then give it its own. Raises Unusable, OSError."""
    half = target.with_name(f".{target.name}.part")
    try:
        with (
            os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, CLOSED), "wb") as file,
            tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            text = manifest.text().encode()
            archive.addfile(_head(NAME, len(text), manifest.made_at), BytesIO(text))
            for name, source in sources.items():
                with source.path.open("rb") as content:
                    archive.addfile(_head(name, manifest.parts[name].size, manifest.made_at), content)
            archive.close()
            file.flush()
            os.fsync(file.fileno())
        check(half)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _head(name: str, size: int, made_at: datetime) -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.size, head.mode, head.mtime = size, CLOSED, int(made_at.timestamp())
    return head


def check(path: Path) -> Manifest:
    """Compare every part with what the manifest says of it. Raises Unusable, OSError."""
    with _opened(path) as archive:
        manifest = _manifest(archive)
        for name, expected in manifest.parts.items():
            with _part(archive, name) as file:
                if _sum(file) != expected.sha256:
                    raise Unusable(f"{name} in it is damaged")
    return manifest


def contents(path: Path, name: str) -> bytes:
    """A small part as it is. Raises Unusable, OSError."""
    with _opened(path) as archive, _part(archive, name) as file:
        return file.read()


def extract(path: Path, name: str, target: Path) -> None:
    """Write a part to a new file closed to others. Raises Unusable, OSError."""
    with (
        _opened(path) as archive,
        _part(archive, name) as file,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, CLOSED), "wb") as written,
    ):
        while block := file.read(BLOCK):
            written.write(block)


def _opened(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, mode="r:")
    except tarfile.TarError:
        raise Unusable("it is not a backup of Myosotis, or it is damaged") from None


def _manifest(archive: tarfile.TarFile) -> Manifest:
    with _part(archive, NAME) as file:
        return read(file.read().decode("utf-8", errors="replace"))


def _part(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = archive.extractfile(name)
    except (KeyError, tarfile.TarError):
        found = None
    if found is None:
        raise Unusable(f"{name} is missing in it")
    return found


def _sum(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # a tar's member is a buffered reader
