from pathlib import Path

import pytest

from taskspine.importer.naming import project_name, slug_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/ada/Big Boat/.taskmaster/tasks/tasks.json", "Big Boat"),
        ("/home/ada/boat/tasks/tasks.json", "boat"),
        ("/home/ada/boat/tasks.json", "boat"),
        ("/home/ada/boat/roadmap.json", "roadmap"),
        ("/tasks.json", "tasks"),
        ("/" + "n" * 250 + "/tasks.json", "n" * 200),
    ],
)
def test_a_project_is_named_after_its_folder_or_file(path: str, name: str):
    assert project_name(Path(path)) == name


def test_a_relative_path_counts_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "boat").mkdir()
    monkeypatch.chdir(tmp_path / "boat")
    assert project_name(Path("tasks.json")) == "boat"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Big Boat", "big-boat"),
        ("__Ångström & co.__", "angstrom-co"),
        ("a" * 99 + " b", "a" * 99),
        ("船", "project-15b7f7a9"),
    ],
)
def test_a_slug_is_lower_case_letters_digits_and_single_hyphens(name: str, slug: str):
    assert slug_of(name) == slug
