"""What an import did."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from taskspine.importer.plan import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many of a kind were written, and how many were found as they should be."""

    created: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, and what a person should know of it.

    Tasks and lists are never removed, and dependencies never changed. A task that was set aside is
    in the findings alone.
    """

    source: str
    project_id: UUID
    project_slug: str
    is_new_project: bool
    lists: Counts
    tasks: Counts
    dependencies: Counts
    findings: tuple[Finding, ...]
    duration_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Give the report as a JSON object, in which each finding says all that it knows."""
        return {
            "source": self.source,
            "project": {
                "id": str(self.project_id),
                "slug": self.project_slug,
                "is_new": self.is_new_project,
            },
            "lists": asdict(self.lists),
            "tasks": asdict(self.tasks),
            "dependencies": asdict(self.dependencies),
            "findings": [finding.as_json() for finding in self.findings],
            "duration_seconds": round(self.duration_seconds, 3),
        }
