"""Which project a file belongs to, when nobody says."""

import hashlib
import re
import unicodedata
from pathlib import Path

_FOLDERS_OF_TASK_MASTER = {".taskmaster", "tasks"}
_LONGEST_SLUG = 100
_LONGEST_NAME = 200
_SHORT_HASH = 8


def project_name(path: Path) -> str:
    """Name a project after its file or, where that is a tasks.json, after the folder it is in."""
    path = path.absolute()
    if path.stem != "tasks":
        return path.stem.strip()[:_LONGEST_NAME] or "tasks"
    folders = (folder.name.strip() for folder in path.parents)
    named = (name for name in folders if name and name not in _FOLDERS_OF_TASK_MASTER)
    return next(named, "tasks")[:_LONGEST_NAME]


def slug_of(name: str) -> str:
    """Write a name in lower-case letters and digits, in groups joined by single hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
    return slug or f"project-{hashlib.sha256(name.encode()).hexdigest()[:_SHORT_HASH]}"
