"""What is installed is whole: away from the checkout, with the SQL inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("schema", "queries", "migrations", "seeds")

LOOK = """
import json, taskspine, sys
from taskspine.settings import sql_folder
print(json.dumps({"package": taskspine.__file__, "prefix": sys.prefix,
    "files": {name: sorted(str(path.relative_to(sql_folder(name)))
        for path in sql_folder(name).rglob("*.sql")) for name in sys.argv[1:]}}))
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [str(each) for each in command],
        cwd=cwd, env=environment | variables, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an empty environment, in which only the wheel is installed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[embedded]", cwd=folder)
    return python


def test_the_wheel_holds_sql_types_and_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"taskspine/py.typed", "sqltypist/py.typed"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.sql"):
            assert f"taskspine/sql/{path.relative_to(ROOT)}" in names


def test_an_installed_package_finds_its_sql(python: Path) -> None:
    found = json.loads(run(python, "-c", LOOK, *FOLDERS, cwd=python.parent))
    assert found["package"].startswith(found["prefix"])
    for folder in FOLDERS:
        files = sorted(
            str(path.relative_to(ROOT / folder)) for path in (ROOT / folder).rglob("*.sql")
        )
        assert found["files"][folder] == files


WORK = """
from taskspine.migrations import migrate
from taskspine.queries import agents, projects, task_executions, task_lists, tasks
from taskspine.server import Server, connect
from taskspine.settings import in_schema

with Server() as server:
    migrate(server.url())
    with connect(in_schema(server.url(), "taskspine")) as connection:
        project = projects.create_project(connection, name="Away", slug="away")
        task_list = task_lists.create_task_list(connection, project_id=project.id, name="master")
        task = tasks.create_task(
            connection, project_id=project.id, task_list_id=task_list.id, title="Stand alone"
        )
        agent = agents.register_agent(connection, name="wanderer")
        claim = task_executions.claim_task(connection, agent_id=agent.id)
        assert claim.task_id == task.id
        done = task_executions.complete_task(
            connection, execution_id=claim.execution_id, output_results={}
        )
        assert done.task_id == task.id
        print("done")
"""


def test_an_installed_package_claims_and_completes_a_task(python: Path) -> None:
    assert run(python, "-c", WORK, cwd=python.parent) == "done\n"
