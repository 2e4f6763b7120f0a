"""Keep a checksum beside a file, as ``sha256sum --check`` reads it; standard library only."""

from pathlib import Path

from isospine.io.atomic import sha256_of, write_text


def checksum_file(path: Path) -> Path:
    """Path of the checksum of a file."""
    return path.with_name(f"{path.name}.sha256")


def write_checksum(path: Path, content: Path) -> Path:
    """Write the checksum of a file that will have the bytes of another; returns where it is."""
    checksum = checksum_file(path)
    write_text(checksum, f"{sha256_of(content)}  {path.name}\n")
    return checksum


def is_whole(path: Path) -> bool:
    """Check whether a file has the bytes that its checksum says; not if it has none."""
    try:
        said = checksum_file(path).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return False
    return said[:1] == [sha256_of(path)]
