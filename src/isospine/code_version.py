"""Which state of the checked-out code is running."""

from pathlib import Path

from isospine.io.git import find_commit, git


def code_commit() -> tuple[str | None, bool]:
    """Give the commit of the checked-out code, None where it has none, and whether files were changed since."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None, False
    return find_commit(root, "HEAD") or None, bool(
        git(root, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    )
