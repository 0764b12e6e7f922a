"""Which database is meant, and that no secret is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskspine.errors import SqlMissing, WrongDatabaseUrl, WrongSetting
from taskspine.settings import (
    Settings,
    changed,
    in_schema,
    masked,
    parameters_of,
    sql_folder,
    url_of,
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_nothing_is_meant_when_nothing_is_set() -> None:
    settings = Settings.load()
    assert settings.url() is None
    assert settings.taskspine_schema == "taskspine"


def test_database_url_goes_before_pg_and_pg_before_db(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_HOST", "third")
    monkeypatch.setenv("DB_PASSWORD", "p@ss/word")
    assert (
        Settings.load().url() == "postgresql://third:5432/codegen_taskmaster?password=p%40ss/word"
    )
    monkeypatch.setenv("PGHOST", "second")
    monkeypatch.setenv("PGUSER", "me")
    assert Settings.load().url() == "postgresql://me@second:5432/"
    monkeypatch.setenv("DATABASE_URL", "host=first dbname=x")
    assert Settings.load().url() == "postgresql://first/x"


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DATABASE_URL=postgresql://file/x\nTASKSPINE_SCHEMA=acme\nOTHER=1\n")
    assert Settings.load().url() == "postgresql://file/x"
    assert Settings.load().taskspine_schema == "acme"
    monkeypatch.setenv("DATABASE_URL", "postgresql://environment/x")
    assert Settings.load().url() == "postgresql://environment/x"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("PGPORT", "")
    assert Settings.load().url() is None


def test_a_secret_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h/x")
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    settings = Settings.load()
    for told in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in told
    assert masked(settings.url() or "") == "postgresql://u@h/x"
    assert "hunter2" not in masked("host=/s user=u password=hunter2 sslpassword=hunter2")


@pytest.mark.parametrize(("name", "value"), [("DB_PORT", "hunter2"), ("TASKSPINE_SCHEMA", "a b")])
def test_a_wrong_setting_is_named_and_its_value_is_not(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=rf"^{name}: .*\(see \.env\.example\)$") as caught:
        Settings.load()
    assert value not in str(caught.value)


@pytest.mark.parametrize("url", ["", "rubbish", "mysql://h/x", "postgresql://h:port:1/x"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(WrongDatabaseUrl):
        parameters_of(url)


words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="\\'"), min_size=1
)


@given(
    user=words, password=words, database=words, host=st.sampled_from(["h", "/a b", "h,i", "::1"])
)
def test_a_url_says_what_its_parts_say(user: str, password: str, database: str, host: str) -> None:
    parts = {"user": user, "password": password, "dbname": database, "host": host, "port": "5433"}
    assert parameters_of(url_of(parts)) == parts


def test_a_part_is_replaced_or_left_out() -> None:
    url = "postgresql://u:p@h:1/x?sslmode=require"
    assert changed(url, dbname="y", password=None, sslmode=None) == "postgresql://u@h:1/y"


def test_the_search_path_keeps_other_options() -> None:
    url = in_schema("postgresql://h/x?options=-cjit%3Doff", "acme", "tap")
    assert parameters_of(url)["options"] == "-cjit=off -csearch_path=acme,tap"


def test_every_setting_stands_in_the_example() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    for name in Settings.model_fields:
        assert f"# {name.upper()}=" in example


def test_the_sql_of_the_checkout_is_found() -> None:
    root = Path(__file__).parents[2]
    for name in ("schema", "queries", "migrations"):
        assert sql_folder(name) == root / name
    with pytest.raises(SqlMissing):
        sql_folder("nonsense")
