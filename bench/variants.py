"""Measures what a decision about the schema costs or brings.

The same jobs are done on the schema as it is and on one that was decided the other way, in turn.
"""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from typing import Annotated

import typer
from contestants import Single
from jobs import fill
from rich.table import Table
from run import DURABLE, connect, console, counters, database

from taskspine.server import Server

DOCUMENTS = """
    INSERT INTO task_details (task_id, requirements, tags, metadata, description)
    SELECT id, jsonb_build_array('one', 'two', ref), jsonb_build_array('feature', ref),
        jsonb_build_object('imported', ref), 'Something to be done about ' || ref
    FROM tasks
"""

# docs/decisions/0001: a task as one row, with the GIN indexes of its document.
ONE_ROW = """
    ALTER TABLE tasks
        ADD COLUMN requirements jsonb, ADD COLUMN tags jsonb, ADD COLUMN metadata jsonb,
        ADD COLUMN search_vector tsvector;
    SET session_replication_role = replica;
    UPDATE tasks SET (requirements, tags, metadata, search_vector) = (
        SELECT requirements, tags, metadata, words FROM task_details JOIN task_words USING (task_id)
        WHERE task_id = tasks.id
    );
    SET session_replication_role = origin;
    CREATE INDEX ON tasks USING gin (requirements jsonb_path_ops);
    CREATE INDEX ON tasks USING gin (tags);
    CREATE INDEX ON tasks USING gin (metadata jsonb_path_ops);
    CREATE INDEX ON tasks USING gin (search_vector);
    DROP TABLE task_details CASCADE;
"""

# docs/decisions/0002: the rules of single columns as checks of the two hot tables.
CHECKS = """
    ALTER TABLE tasks
        ADD CHECK (ref ~ '\\S' AND length(ref) <= 200),
        ADD CHECK (title ~ '\\S' AND length(title) <= 500),
        ADD CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
        ADD CHECK (priority BETWEEN 0 AND 10),
        ADD CHECK (max_attempts BETWEEN 1 AND 1000),
        ADD CHECK (complexity_score BETWEEN 1 AND 10),
        ADD CHECK (estimated_hours >= 0),
        ADD CHECK (actual_hours >= 0),
        ADD CHECK (assignee ~ '\\S' AND length(assignee) <= 200),
        ADD CHECK (created_by ~ '\\S' AND length(created_by) <= 200),
        ADD CHECK (idempotency_key ~ '\\S' AND length(idempotency_key) <= 200),
        ADD CHECK (status_reason ~ '\\S' AND length(status_reason) <= 10000);
    ALTER TABLE task_executions
        ADD CHECK (jsonb_typeof(input_context) = 'object'),
        ADD CHECK (jsonb_typeof(output_results) = 'object'),
        ADD CHECK (jsonb_typeof(error_details) = 'object'),
        ADD CHECK (claim_key ~ '\\S' AND length(claim_key) <= 200),
        ADD CHECK (memory_usage_mb >= 0), ADD CHECK (cpu_time_ms >= 0),
        ADD CHECK (input_tokens >= 0), ADD CHECK (output_tokens >= 0), ADD CHECK (cost_usd >= 0);
"""

# docs/decisions/0003: the planner left to its statistics.
STATISTICS = """
    ALTER FUNCTION claim_tasks RESET plan_cache_mode;
    ALTER FUNCTION claim_tasks RESET enable_seqscan;
    ALTER FUNCTION claim_tasks RESET enable_bitmapscan;
    ALTER FUNCTION claim_tasks RESET enable_hashjoin;
    ALTER FUNCTION claim_tasks RESET enable_mergejoin;
    ALTER FUNCTION complete_executions RESET plan_cache_mode;
    ALTER FUNCTION complete_executions RESET enable_seqscan;
    ALTER FUNCTION complete_executions RESET enable_bitmapscan;
    ALTER FUNCTION complete_executions RESET enable_hashjoin;
    ALTER FUNCTION complete_executions RESET enable_mergejoin;
"""

VARIANTS = {
    "as it is": "",
    "a task is one row": ONE_ROW,
    "checks instead of domains": CHECKS,
    "plans by statistics": STATISTICS,
}


def main(
    rounds: Annotated[int, typer.Option(help="Turns of each variant.")] = 7,
    jobs: Annotated[int, typer.Option(help="Jobs in a turn.")] = 300,
) -> None:
    """Measure the variants with one worker."""
    with Server(settings=DURABLE) as server:
        runners: dict[str, Single] = {}
        for number, (name, change) in enumerate(VARIANTS.items()):
            url = database(server, f"variant_{number}")
            with closing(connect(url)) as connection:
                fill(connection, "single", (rounds + 2) * jobs)
                connection.execute(DOCUMENTS)
                for statement in filter(str.strip, change.split(";\n")):
                    connection.execute(statement)
                connection.execute("VACUUM ANALYZE")
            runners[name] = Single(url)
        seconds: dict[str, list[float]] = {name: [] for name in runners}
        written: dict[str, float] = {}
        for turn in range(rounds + 1):
            for name, runner in runners.items():
                before = counters(runner.connection)
                start = time.perf_counter()
                for _ in range(jobs):
                    assert runner.do() == 1
                if turn:
                    seconds[name].append(time.perf_counter() - start)
                written[name] = (counters(runner.connection)[0] - before[0]) / jobs
        table = Table("schema", "time of a job, as a ratio", "WAL bytes a job")
        usual = statistics.median(seconds["as it is"])
        for name, each in seconds.items():
            table.add_row(name, f"{statistics.median(each) / usual:.2f}", f"{written[name]:,.0f}")
        console.print(table)
        for runner in runners.values():
            runner.connection.close()


if __name__ == "__main__":
    typer.run(main)
