"""Whatever is wrong with a file of pgTAP tests is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import npm
import pgtap_files
from pgtap_files import judge, run
from taskspine.errors import PgTapMissing

if TYPE_CHECKING:
    from collections.abc import Generator

    from taskspine.server import Databases

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url(server: Databases, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A database with pgTAP, and with a function of support that comes after another."""
    support = tmp_path_factory.mktemp("support")
    (support / "1.sql").write_text("CREATE SCHEMA tests;")
    (support / "2.sql").write_text("CREATE FUNCTION seven() RETURNS integer RETURN 7;")
    name = "taskspine_test_pgtap"
    url = server.create_database(name)
    pgtap_files.install(url, support)
    yield url
    server.drop_database(name)


def failures(url: str, path: Path, text: str) -> list[str]:
    path.write_text(text)
    return run(url, path).failures


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tests.sql"


def test_a_sound_file_passes(url: str, path: Path) -> None:
    path.write_text(
        "-- é\nBEGIN;\nSELECT plan(2);\nSELECT is(tests.seven(), 7, 'support is loaded');\n"
        "SELECT pass($$;$$) -- one; more\n;\nSELECT * FROM finish();\nROLLBACK;\n"
    )
    report = run(url, path)
    assert (report.failures, report.assertions) == ([], 2)


def test_a_number_that_a_fixture_gives_is_no_plan(url: str, path: Path) -> None:
    body = "SELECT plan(1);\nSELECT 1234;\nSELECT pass('yes');"
    assert failures(url, path, f"BEGIN;\n{body}\nROLLBACK;\n") == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("SELECT plan(1);\nSELECT is(1, 2, 'one is two');", "not ok 1 - one is two"),
        ("SELECT plan(2);\nSELECT pass('x');", "planned 2 tests but ran 1"),
        ("SELECT plan(1);\nSELECT pass('x');\nSELECT pass('y');", "planned 1 tests but ran 2"),
        ("SELECT 1;", "no plans: begin with SELECT plan(...)"),
        ("SELECT plan(0);", "no test ran"),
        ("SELECT plan(1);\n\n-- é\nSELECT 1 / 0;", ":5: division by zero"),
        ("SELECT plan(1);\nSELECT\n  nothing;", ':4: column "nothing" does not exist'),
        ("SELECT plan(1);\nSELEC 1;", ':3: syntax error at or near "SELEC"'),
        ("SELECT plan(1);\nSELECT pass('x');\nSELECT 'Bail out! no';", "bailed out: no"),
    ],
)
def test_what_is_wrong_is_told(url: str, path: Path, body: str, told: str) -> None:
    found = failures(url, path, f"BEGIN;\n{body}\nROLLBACK;\n")
    assert any(told in line for line in found), found


def test_an_open_transaction_is_told(url: str, path: Path) -> None:
    (told,) = failures(url, path, "BEGIN; SELECT plan(1); SELECT pass('x');")
    assert told.endswith("the transaction is left open, end with ROLLBACK")


def test_a_failure_brings_its_diagnostics() -> None:
    report = judge('1..2\nnot ok 1 - a\n# Failed test 1: "a"\n#     have: 1\nok 2 - b\n# later')
    assert report.failures == ["not ok 1 - a", '  # Failed test 1: "a"', "  #     have: 1"]


def test_a_skipped_test_is_kept_in_mind() -> None:
    report = judge("1..2\nok 1 - a\nok 2 # SKIP too old\n")
    assert (report.failures, len(report.skipped)) == ([], 1)


@pytest.mark.parametrize(("minimum", "status"), [(1, 0), (2, 1)])
def test_a_run_that_proves_too_little_fails(tmp_path: Path, minimum: int, status: int) -> None:
    folder = tmp_path / "pgtap"
    folder.mkdir()
    conftest = (ROOT / "pgtap" / "conftest.py").read_text()
    lines = [
        f"MINIMUM_ASSERTIONS = {minimum}" if line.startswith("MINIMUM_ASSERTIONS") else line
        for line in conftest.splitlines()
    ]
    (folder / "conftest.py").write_text("\n".join(lines))
    (folder / "a.sql").write_text("BEGIN; SELECT plan(1); SELECT pass('x'); ROLLBACK;")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path,
         "-p", "no:cacheprovider", "pgtap"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT / "tests/support")},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == status, result.stdout
    assert ("1 pgTAP assertions ran, 2 are expected" in result.stdout) == (status == 1)
    assert "1 assertions in 1 files, on " in result.stdout


def test_pgtap_that_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fetch(package: str, folder: Path) -> Path:
        assert package.startswith("@electric-sql/pglite-pgtap@")
        assert folder.is_dir()
        raise npm.PackageMissing("npm is missing: install npm")

    monkeypatch.setattr(pgtap_files, "CACHE", tmp_path / "none.sql")
    monkeypatch.setattr(pgtap_files, "fetch", fetch)
    with pytest.raises(PgTapMissing, match="install npm, or install the distribution's pgTAP"):
        pgtap_files.plain_sql()
