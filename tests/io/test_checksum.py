import subprocess
from pathlib import Path

from isospine.io.checksum import checksum_file, is_whole, write_checksum


def test_a_checksum_is_written_before_its_file_and_read_by_sha256sum(tmp_path: Path) -> None:
    made, stored = tmp_path / "made.txt", tmp_path / "stored.txt"
    made.write_text("a volume")
    checksum = write_checksum(stored, made)
    assert checksum == checksum_file(stored) == tmp_path / "stored.txt.sha256"
    stored.write_bytes(made.read_bytes())
    assert is_whole(stored)
    subprocess.run(["sha256sum", "--check", "--quiet", checksum.name], cwd=tmp_path, check=True)


def test_a_file_is_not_whole_with_other_bytes_or_without_a_checksum(tmp_path: Path) -> None:
    path = tmp_path / "volume.nii"
    path.write_text("a volume")
    assert not is_whole(path)
    write_checksum(path, path)
    path.write_text("a volum")
    assert not is_whole(path)
    for damaged in ("", "é"):
        checksum_file(path).write_text(damaged, encoding="utf-8")
        assert not is_whole(path)
