"""The lint of SQL notices what a server would refuse, and says where."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from lint_sql import problems, squawk


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT 1;\n\nSELEC 2;", [':3: syntax error at or near "SELEC"']),
        ("\\ir nothing.sql\n\\set x\nSELECT 1;", []),
        ("-- name: one(id)\nSELECT :id::text, ':no', x[1:2] FROM t;", []),
        ("-- name: one(id)\n\nSELECT :id FORM t WHERE;", [':3: syntax error at or near "t"']),
        (
            "SELECT 'é';\n\n-- Why.\nCREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'SELEC';",
            [':4: in the body: syntax error at or near "SELEC"'],
        ),
        (
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELEC 1 $$;",
            [':1: in the body: syntax error at or near "SELEC"'],
        ),
        ("DO $$ BEGIN IF true THEN END $$;", [":1: in the body: syntax error at end of input"]),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: list[str]) -> None:
    found = [problem.removeprefix("file.sql") for problem in problems(Path("file.sql"), text)]
    assert [each[: len(wanted)] for each, wanted in zip(found, told, strict=True)] == told


def test_squawk_reads_what_goes_forward(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "20260101000000_take.sql"
    path.write_text("-- migrate:up\nSELECT 1;\n-- migrate:down\nDROP TABLE tasks;\n")
    assert squawk(tmp_path) == 0
    path.write_text("-- migrate:up\nDROP TABLE tasks;\n-- migrate:down\n")
    assert squawk(tmp_path) == 1
    assert f"{path}:2: ban-drop-table: " in capsys.readouterr().err
