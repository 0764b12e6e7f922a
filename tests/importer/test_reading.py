import json
import os
from pathlib import Path

import pytest

from taskspine.importer import ImportRefused, Limits, plan_file, read_bytes, read_file


def refusal(content, **limits):
    with pytest.raises(ImportRefused) as caught:
        read_bytes(content, "tasks.json", Limits(**limits))
    return caught.value


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(content):
    assert str(refusal(content)) == (
        "tasks.json: the file is empty. Restore it from version control."
    )


def test_a_file_cut_short_is_refused_at_every_place():
    whole = json.dumps({"tasks": [{"id": 1, "title": "aé\n", "dependencies": [2, 3]}]}).encode()
    for end in range(1, len(whole)):
        reason = refusal(whole[:end]).reason
        assert reason.startswith(("the file is cut short", "the file is not JSON"))
    assert refusal(whole[:20]).line == 1
    assert refusal(whole[:20]).reason.startswith("the file is cut short")


def test_marks_of_a_merge_conflict_are_named_with_their_line():
    content = b'{\n"tasks": [\n<<<<<<< HEAD\n{"id": 1}\n=======\n{"id": 2}\n>>>>>>> other\n]}'
    refused = refusal(content)
    assert refused.line == 3
    assert "merge conflict" in refused.reason
    assert "'<<<<<<< HEAD'" in refused.reason


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"no json", 1, 1),
        (b'{"tasks": [],}', 1, 13),
        (b'{"tasks": []}\n{}', 2, 1),
        (b'{\n"tasks": ["a\nb"]}', 2, 13),
        (b"{'tasks': []}", 1, 2),
    ],
)
def test_what_is_not_json_is_refused_at_its_place(content, line, column):
    refused = refusal(content)
    assert refused.reason.startswith("the file is not JSON")
    assert refused.line == line
    assert abs(refused.column - column) <= 1  # Python 3.13 points at a trailing comma itself


def test_what_is_not_utf8_is_refused_with_its_line():
    refused = refusal('{"tasks":\n"é"}'.encode("latin-1"))
    assert refused.reason == "the file is not UTF-8: byte 0xe9 at offset 11"
    assert refused.line == 2
    assert refusal("{}".encode("utf-16")).line == 1


def test_a_byte_order_mark_is_accepted():
    assert read_bytes(b'\xef\xbb\xbf{"tasks": []}', "tasks.json").value == {"tasks": []}


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"tasks":['])
@pytest.mark.parametrize("depth", [201, 100_000])
def test_a_nesting_bomb_is_refused(opening, depth):
    closing = {"[": "]", '{"a":': "}", '{"tasks":[': "]}"}[opening]
    refused = refusal((opening * depth + "0" * (opening != "[") + closing * depth).encode())
    assert refused.reason == "values are nested deeper than 200 levels"


def test_values_may_be_nested_as_deep_as_the_limit():
    assert read_bytes(b"[" * 200 + b"]" * 200, "tasks.json").value


def test_a_file_larger_than_the_limit_is_refused():
    assert "larger than 10 bytes" in refusal(b'{"tasks": []}', file_bytes=10).reason


def test_a_missing_file_a_folder_and_an_impossible_path_are_refused(tmp_path):
    for path, reason in [
        (tmp_path / "nowhere.json", "there is no such file"),
        (tmp_path, "this is a folder"),
        (tmp_path / ("x" * 300), "the file cannot be read"),
        (Path("a\0b"), "the file cannot be read"),
    ]:
        with pytest.raises(ImportRefused, match=reason):
            plan_file(path, status_aliases={}, priority_aliases={})


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "tasks.json"
    path.write_text("{}")
    path.chmod(0)
    if os.geteuid() == 0:  # root may read everything

        def refuse(*_arguments):
            raise PermissionError

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ImportRefused, match="may not be read"):
        read_file(path)


def test_a_file_that_never_ends_is_read_no_further_than_the_limit():
    with pytest.raises(ImportRefused, match="larger than 1000 bytes"):
        read_file(Path("/dev/zero"), Limits(file_bytes=1000))


def test_the_line_of_any_pointer_is_known():
    text = '{\n"a/b": [\n1,\n{"~": {\n"c": "[,\\""}}\n],\n"d":\n2, "": 3}'
    places = read_bytes(text.encode(), "tasks.json").places
    lines = {
        "": 1,
        "/a~1b": 2,
        "/a~1b/0": 3,
        "/a~1b/1": 4,
        "/a~1b/1/~0": 4,
        "/a~1b/1/~0/c": 5,
        "/d": 8,
        "/": 8,
        "/a~1b/7": 2,
        "/nowhere": 1,
    }
    assert {pointer: places.line(pointer) for pointer in lines} == lines
