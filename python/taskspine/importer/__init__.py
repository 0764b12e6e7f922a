"""Brings tasks.json files of Task Master in: from a file to a plan, from a plan to the database."""

from taskspine.importer.errors import ImportRefused
from taskspine.importer.limits import DEFAULT_LIMITS, Limits
from taskspine.importer.plan import (
    Finding,
    FindingCode,
    ImportPlan,
    Json,
    PlannedDependency,
    PlannedList,
    PlannedTask,
)
from taskspine.importer.planning import plan_document, plan_file
from taskspine.importer.reading import Document, read_bytes, read_file
from taskspine.importer.report import Counts, ImportReport
from taskspine.importer.writing import Progress, import_file, import_plan

__all__ = [
    "DEFAULT_LIMITS",
    "Counts",
    "Document",
    "Finding",
    "FindingCode",
    "ImportPlan",
    "ImportRefused",
    "ImportReport",
    "Json",
    "Limits",
    "PlannedDependency",
    "PlannedList",
    "PlannedTask",
    "Progress",
    "import_file",
    "import_plan",
    "plan_document",
    "plan_file",
    "read_bytes",
    "read_file",
]
