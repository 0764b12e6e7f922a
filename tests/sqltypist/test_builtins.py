"""What is known of built-in functions is what they do, and promises no more."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist import builtins
from sqltypist.builtins import Builtin, Condition, of
from sqltypist.builtins.calls import Call, Subject, calls
from sqltypist.builtins.experiment import Experiment, experiment, reviewed
from sqltypist.builtins.grid import RAISED, UNSUPPORTED, Grid, instances, make
from sqltypist.builtins.judging import ENOUGH, Finding, join, judge

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from taskspine.server import Databases

SAMPLE = 150
SEED = 3

NEWEST = 180000
"""The first version that has every function and value of the data."""
OLD = {"pg_database_size(oid)", "pg_tablespace_size(oid)"}
"""Functions that raise since then, instead of giving NULL."""


@pytest.fixture(scope="module")
def trying(server: Databases) -> Generator[Experiment]:
    with experiment(server.url()) as session:
        yield session


@pytest.fixture
def plain(server: Databases) -> Generator[psycopg.Connection]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name in ("mood AS ENUM ('fine')", "pair AS (a int, b text)", "nothing AS ()"):
            connection.execute(f"CREATE TYPE pg_temp.{name}")  # type: ignore[arg-type]
        connection.execute("CREATE TEMPORARY SEQUENCE counter")
        yield connection


# The data.


def lines() -> list[str]:
    text = builtins.DATA.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_every_line_is_read_as_it_is_written() -> None:
    assert len(lines()) > 2000
    assert [Builtin.parse(each).line() for each in lines()] == lines()


def test_the_data_is_sorted_and_knows_a_function_once() -> None:
    signatures = [each.signature for each in builtins.everything()]
    assert signatures == sorted(set(signatures))


def test_a_line_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood: 'sometimes'"):
        Builtin.parse("abs(int4)  1  sometimes")


def test_what_is_nullable_has_a_witness_or_a_reason() -> None:
    for each in builtins.everything():
        is_nullable = not each.needs and each.kind != "set"
        if is_nullable or "nullable" in each.columns:
            assert each.witness or each.is_reviewed, each.signature


def test_what_was_reviewed_is_in_the_data() -> None:
    for signature, each in reviewed().items():
        assert of(signature) == each


def test_every_witness_is_null(trying: Experiment, plain: psycopg.Connection) -> None:
    here = {each.signature for each in trying.subjects()}
    claimed = {
        each.signature: each.witness
        for each in builtins.everything()
        if each.witness and each.signature in here
    }
    assert len(claimed) > 100
    wrong: list[str] = []
    for signature, witness in claimed.items():
        query = f"SELECT bool_or((ROW (t.*) IS NOT NULL) IS FALSE) FROM {witness} AS t"
        try:
            row = plain.execute(query).fetchone()  # type: ignore[arg-type]
        except psycopg.Error:
            if plain.info.server_version >= NEWEST and signature not in OLD:
                raise
            continue  # an older server knows no infinite intervals
        if row != (True,):
            wrong.append(f"{signature}: {witness}")
    assert not wrong


def test_what_was_reviewed_and_takes_no_argument_is_not_null(plain: psycopg.Connection) -> None:
    for signature, each in reviewed().items():
        if not signature.endswith("()") or each.kind != "function":
            continue
        found = plain.execute(
            "SELECT quote_ident(proname) FROM pg_proc WHERE oid = to_regprocedure(%s)",
            [f'pg_catalog."{signature.removesuffix("()")}"()'],
        ).fetchone()
        if found:
            query = f"SELECT num_nulls(pg_catalog.{found[0]}())"
            assert plain.execute(query).fetchone() == (0,), signature  # type: ignore[arg-type]


def test_a_fresh_experiment_says_what_the_data_says(trying: Experiment) -> None:
    subjects = random.Random(SEED).sample(trying.subjects(), SAMPLE)
    stale = [found for each in subjects for found in differences(each, trying.try_out(each))]
    assert not stale


def differences(subject: Subject, fresh: Finding) -> Iterable[str]:
    """Say what the data promises of a function and a fresh experiment does not find."""
    known = of(subject.signature)
    if known is None or known.is_reviewed:
        return
    if join([fresh, Finding(known)]) != known:
        yield f"{known.line()} but was {fresh.builtin and fresh.builtin.line()}"


# What is said of calls.


@pytest.mark.parametrize(
    ("signature", "present", "constants", "expected"),
    [
        ("abs(int4)", [True], [], True),
        ("abs(int4)", [False], [], False),
        ("array_length(anyarray,int4)", [True, True], [], False),
        ("array_cat(anycompatiblearray,anycompatiblearray)", [False, True], [], True),
        ("array_cat(anycompatiblearray,anycompatiblearray)", [False, False], [], False),
        ("array_append(anycompatiblearray,anycompatible)", [False, False], [], True),
        ("array_position(anycompatiblearray,anycompatible)", [True, True], [], False),
        ("concat(any)", [False, False], [], True),
        ("concat_ws(text,any)", [True, False], [], True),
        ("concat_ws(text,any)", [False, True], [], False),
        ("format(text,any)", [True, False, False], [], True),
        ("num_nulls(any)", [False, False], [], True),
        ("string_to_array(text,text)", [True, False], [], True),
        ("string_to_array(text,text)", [False, True], [], False),
        ("array_to_string(anyarray,text,text)", [True, True, False], [], True),
        ("jsonb_object_field(jsonb,text)", [True, True], [], False),
        ("jsonb_object_field_text(jsonb,text)", [True, True], [], False),
        ("jsonb_extract_path(jsonb,_text)", [True, True], [], False),
        ("jsonb_build_object(any)", [True, False], [], True),
        ("jsonb_set(jsonb,_text,jsonb,bool)", [True, True, True], [], True),
        ("jsonb_set(jsonb,_text,jsonb,bool)", [True, True, False], [], False),
        ("jsonb_set_lax(jsonb,_text,jsonb,bool,text)", [True, True, False], [], True),
        ("jsonb_path_exists(jsonb,jsonpath,jsonb,bool)", [True, True], [], True),
        ("jsonb_path_exists(jsonb,jsonpath,jsonb,bool)", [True, True, True, True], [], False),
        ("jsonb_path_exists_opr(jsonb,jsonpath)", [True, True], [], False),
        ("jsonb_path_match(jsonb,jsonpath,jsonb,bool)", [True, True], [], False),
        ("int4(jsonb)", [True], [], False),
        ("jsonb_typeof(jsonb)", [True], [], True),
        ("to_jsonb(anyelement)", [True], [], True),
        ("row_to_json(record)", [True], [], True),
        ("make_interval(int4,int4,int4,int4,int4,int4,float8)", [None, None, None, True], [], True),
        ("make_interval(int4,int4,int4,int4,int4,int4,float8)", [None, False], [], False),
        ("extract(text,timestamptz)", [True, True], ["epoch"], True),
        ("extract(text,timestamptz)", [True, True], ["YEAR"], True),
        ("extract(text,timestamptz)", [True, True], ["month"], False),
        ("extract(text,timestamptz)", [True, True], [None], False),
        ("extract(text,timestamptz)", [True, False], ["epoch"], False),
        ("extract(text,time)", [True, True], ["hour"], True),
        ("date_part(text,interval)", [True, True], ["month"], False),
        ("to_char(timestamptz,text)", [True, True], [None, "YYYY"], False),
        ("to_char(int4,text)", [True, True], [], True),
        ("to_number(text,text)", [True, True], [None, "999"], True),
        ("to_number(text,text)", [True, True], [None, ""], False),
        ("to_number(text,text)", [True, True], [], False),
        ("time(timestamptz)", [True], [], False),
        ("current_setting(text)", [True], [], True),
        ("current_setting(text,bool)", [True, True], [None, "false"], True),
        ("current_setting(text,bool)", [True, True], [None, "true"], False),
        ("substring(text,text)", [True, True], [], False),
        ("substring(text,int4,int4)", [True, True, True], [], True),
        ("split_part(text,text,int4)", [True, True, True], [], True),
        ("regexp_match(text,text)", [True, True], [], False),
        ("regexp_replace(text,text,text)", [True, True, True], [], True),
        ("lower(anyrange)", [True], [], False),
        ("lower(text)", [True], [], True),
        ("isempty(anyrange)", [True], [], True),
        ("scale(numeric)", [True], [], False),
        ("to_regclass(text)", [True], [], False),
        ("obj_description(oid,name)", [True, True], [], False),
        ("ts_lexize(regdictionary,text)", [True, True], [], False),
        ("pg_collation_for(any)", [True], [], False),
        ("now()", [], [], True),
        ("sum(int4)", [True], [], True),
        ("sum(int4)", [False], [], False),
        ("stddev(float8)", [True], [], False),
        ("stddev_pop(float8)", [True], [], True),
        ("corr(float8,float8)", [True, True], [], False),
        ("string_agg(text,text)", [True, False], [], True),
        ("array_agg(anynonarray)", [False], [], True),
        ("json_agg(anyelement)", [False], [], True),
        ("percentile_cont(float8,float8)", [True, True], [], True),
        ("percentile_cont(float8,float8)", [False, True], [], False),
        ("row_number()", [], [], True),
        ("lag(anyelement)", [True], [], False),
        ("lag(anycompatible,int4,anycompatible)", [True, True, True], [], True),
        ("lag(anycompatible,int4,anycompatible)", [True, True, False], [], False),
        ("nth_value(anyelement,int4)", [True, True], [], False),
        ("last_value(anyelement)", [True], [], True),
    ],
)
def test_traps(
    signature: str,
    present: Sequence[bool | None],
    constants: Sequence[str | None],
    *,
    expected: bool,
) -> None:
    builtin = of(signature)
    assert builtin is not None
    assert builtin.certain(present, constants) is expected


def test_what_is_not_in_the_data_is_unknown() -> None:
    assert of("jsonb_populate_recordset(anyelement,jsonb)") is None
    assert of("pg_read_file(text)") is None


def known(signature: str) -> Builtin:
    found = of(signature)
    assert found is not None
    return found


def test_a_null_array_after_variadic_is_another_matter() -> None:
    assert known("concat(any)").certain([True], variadic=True)
    assert not known("concat(any)").certain([False], variadic=True)
    assert known("format(text,any)").certain([True, False], variadic=True)


def test_only_counting_is_certain_over_no_rows() -> None:
    certain = {each.signature for each in builtins.everything() if each.is_certain_over_no_rows}
    assert certain == {
        "count()", "count(any)", "cume_dist(any)", "dense_rank(any)", "percent_rank(any)",
        "rank(any)", "regr_count(float8,float8)",
    }  # fmt: skip


def test_elements() -> None:
    assert known("string_to_array(text,text)").fills([False, False])
    assert not known("string_to_array(text,text,text)").fills([True, True, True])
    assert not known("regexp_match(text,text)").fills([True, True])
    append = known("array_append(anycompatiblearray,anycompatible)")
    assert append.fills([True, True])
    assert not append.fills([True, False])
    assert not append.fills([False, True])
    remove = known("array_remove(anycompatiblearray,anycompatible)")
    assert remove.fills([True, False])
    assert not known("array_cat(anycompatiblearray,anycompatiblearray)").fills([True, False])
    assert known("array_agg(anynonarray)").fills([True])
    assert not known("array_agg(anynonarray)").fills([False])


def test_columns_of_sets() -> None:
    each_text = known("jsonb_each_text(jsonb)")
    assert (each_text.column(1), each_text.column(2), each_text.column(3)) == (True, False, False)
    assert known("generate_series(int4,int4)").column(1)
    assert not known("jsonb_array_elements_text(jsonb)").column(1)
    unnest = known("unnest(anyarray)")
    assert (unnest.column(1), unnest.column(1, [True])) == (False, True)
    assert [known("unnest(tsvector)").column(number) for number in (1, 2, 3)] == [
        True,
        False,
        False,
    ]
    assert not each_text.certain([True])


# The judge.

TEXT = [make("text", each) for each in "abcdefgh"]
NULL = make("text", None)
SOME = Subject(
    name="f", quoted="f", kind="f", is_set=False, is_strict=False, is_volatile=False,
    types=["text", "text"], is_variadic=False, defaults=[None, None], result="text",
    gives_array=False, column_count=0, aggregate_kind="n", direct_count=0,
)  # fmt: skip


def four_ways(codes: Sequence[int]) -> list[tuple[Call, int]]:
    """Give calls with both arguments, the first, the second and none, and the code of each kind."""
    return [
        (Call(((one, other),)), code)
        for each in TEXT
        for (one, other), code in zip(
            [(each, each), (each, NULL), (NULL, each), (NULL, NULL)], codes, strict=True
        )
    ]


@pytest.mark.parametrize(
    ("codes", "needs"),
    [
        ((0, 1, 1, 1), "1,2"),
        ((0, 0, 1, 1), "1"),
        ((0, 0, 0, 1), "1|2"),
        ((0, 0, 0, 0), "always"),
        ((0, RAISED, 0, 1), "2"),
        ((0, 1, 1, 0), "1,2"),
    ],
)
def test_what_suffices(codes: Sequence[int], needs: str) -> None:
    builtin = judge(SOME, four_ways(codes)).builtin
    assert builtin is not None
    assert builtin.line() == f"f(text,text)  {needs}"


def test_one_null_in_many_calls_is_enough() -> None:
    tried = [*four_ways((0, 0, 0, 0)), (Call(((TEXT[0], TEXT[1]),)), 1)]
    builtin = judge(SOME, tried).builtin
    assert builtin is not None
    assert (builtin.needs, builtin.witness) == ((), "f('a'::text, 'b'::text)")


def test_few_calls_prove_nothing() -> None:
    strict = replace(SOME, is_strict=True, types=["text"], defaults=[None])
    tried = [(Call(((each,),)), 0) for each in TEXT]
    assert judge(strict, tried[:ENOUGH]).builtin is not None
    assert judge(strict, tried[: ENOUGH - 1]).builtin is None
    assert judge(strict, [(call, RAISED) for call, _ in tried]) == Finding(None)


def test_servers_must_agree() -> None:
    total, first = (
        Builtin("f(text,text)", needs=(frozenset(),)),
        Builtin("f(text,text)", needs=(frozenset({1}),)),
    )
    second = replace(first, needs=(frozenset({2}),))
    nullable = Builtin("f(text,text)", witness="f('a')")
    joined = [
        join([Finding(one), Finding(other)])
        for one, other in [(total, first), (first, second), (first, nullable), (nullable, first)]
    ]
    assert joined == [first, replace(first, needs=(frozenset({1, 2}),)), nullable, nullable]
    assert join([Finding(None), Finding(total)]) is None
    conditional = replace(nullable, condition=Condition(1, frozenset({"a"})), filled=total.needs)
    assert join([Finding(None), Finding(conditional)]) == nullable
    pairs = Builtin("f(text,text)", "set", columns=("total", "nullable"), witness="f('a')")
    assert join([Finding(None), Finding(pairs)]) is None
    assert join(
        [Finding(pairs), Finding(replace(pairs, columns=("nullable", "total")))]
    ) == replace(pairs, columns=("nullable", "nullable"))
    assert join([Finding(total), Finding(None, is_unsupported=True)]) == total
    assert judge(SOME, [(Call(((NULL, NULL),)), UNSUPPORTED)]).is_unsupported


def test_a_condition_must_hold_on_every_server() -> None:
    one = Builtin("f(text)", condition=Condition(1, frozenset({"a", "b"})), witness="f('c')")
    other = replace(one, condition=Condition(1, frozenset({"b", "c"})))
    total = replace(one, needs=(frozenset({1}),), condition=None, witness=None)
    joined = join([Finding(one), Finding(other)])
    assert joined is not None
    assert joined.condition == Condition(1, frozenset({"b"}))
    assert join([Finding(one), Finding(total)]) == one


# The calls.


def test_calls_are_the_same_in_every_run() -> None:
    grid = Grid.read(lambda expressions: [0] * len(expressions))
    assert list(calls(SOME, grid)) == list(calls(SOME, grid))


def test_every_combination_of_nulls_is_tried() -> None:
    grid = Grid.read(lambda expressions: [0] * len(expressions))
    present = {call.present(2) for call in calls(SOME, grid)}
    assert present == {frozenset(), frozenset({1}), frozenset({2}), frozenset({1, 2})}
    assert {call.present(2) for call in calls(replace(SOME, is_strict=True), grid)} == {
        frozenset({1, 2})
    }


def test_polymorphic_arguments_agree() -> None:
    for one, other in instances(["anycompatiblearray", "anycompatible"], "f"):
        assert one == f"_{other}"
    assert ("numrange", "nummultirange") in instances(["anyrange", "anymultirange"], "f")
    assert all(not each.startswith("_") for (each,) in instances(["anynonarray"], "f"))


def test_values_of_arrays() -> None:
    grid = Grid.read(lambda expressions: [0] * len(expressions))
    texts = {value.text: value.is_solid for value in grid.of("_int4")}
    assert texts["{}"]
    assert not texts["{NULL}"]
    assert any(text and text.startswith("[2:3]=") for text in texts)
    assert make("_int4", None).is_solid
    assert not make("int4", None).is_solid
