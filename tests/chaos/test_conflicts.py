"""Two tasks that are never both in progress, claimed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moves import claim, claim_many, complete, depend, free
from racing import LEVELS

if TYPE_CHECKING:
    from racing import Race

ROUNDS = 60


def watch(race: Race) -> None:
    """Let the database refuse, at commit, any moment at which two tasks in conflict are in progress."""
    race.connection.execute(
        """
        CREATE TABLE starts (task_id uuid, at timestamptz DEFAULT clock_timestamp());
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
        AS 'BEGIN INSERT INTO starts VALUES (NEW.id); RETURN NULL; END';
        CREATE TRIGGER watch AFTER UPDATE ON tasks FOR EACH ROW
        WHEN (OLD.status <> 'in_progress' AND NEW.status = 'in_progress') EXECUTE FUNCTION watch();
        """
    )
