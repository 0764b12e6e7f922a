"""What an import did."""

from collections import Counter
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
    in the findings alone. `run_id` names the row of import_runs; it is None where the latest run of
    the file says the same.
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
    run_id: UUID | None = None

    @property
    def has_changes(self) -> bool:
        """Tell whether it has written anything."""
        return self.is_new_project or any(
            counts.created or counts.changed or counts.removed
            for counts in (self.lists, self.tasks, self.dependencies)
        )

    def counts_as_json(self) -> dict[str, Any]:
        """Give what was counted as a JSON object; of the findings, how many there are by code."""
        return {
            "is_new_project": self.is_new_project,
            "lists": asdict(self.lists),
            "tasks": asdict(self.tasks),
            "dependencies": asdict(self.dependencies),
            "findings": Counter(finding.code.value for finding in self.findings),
        }

    def as_json(self) -> dict[str, Any]:
        """Give the report as a JSON object, in which each finding says all that it knows."""
        return {
            "source": self.source,
            "run": str(self.run_id) if self.run_id else None,
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
