"""Brings tasks.json files of Task Master in: from a file to a plan, with findings."""

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

__all__ = [
    "DEFAULT_LIMITS",
    "Document",
    "Finding",
    "FindingCode",
    "ImportPlan",
    "ImportRefused",
    "Json",
    "Limits",
    "PlannedDependency",
    "PlannedList",
    "PlannedTask",
    "plan_document",
    "plan_file",
    "read_bytes",
    "read_file",
]
