"""What is known of the server's own functions: which give no NULL when they are given none.

Strictness is not enough: a strict function returns NULL for NULL, and may return NULL for other
values too. Whatever is not named here may give NULL.
"""

from __future__ import annotations

# Types whose values hold no trap: no JSON null, no empty range, no missing bound.
PLAIN_TYPES = frozenset(
    {
        "bool", "bpchar", "bytea", "date", "float4", "float8", "int2", "int4", "int8", "interval",
        "name", "numeric", "oid", "text", "time", "timestamp", "timestamptz", "timetz", "uuid",
        "varchar", "anyenum", "anyarray", "anyelement", "anycompatible", "anycompatiblearray",
        "anycompatiblenonarray", "anynonarray", "_bool", "_bpchar", "_date", "_float4", "_float8",
        "_int2", "_int4", "_int8", "_name", "_numeric", "_text", "_timestamptz", "_uuid",
        "_varchar",
    }
)  # fmt: skip

# Never NULL, whatever they are given.
ALWAYS = frozenset(
    {
        "clock_timestamp", "concat", "gen_random_uuid", "json_build_array", "json_build_object",
        "jsonb_build_array", "jsonb_build_object", "now", "pg_backend_pid", "random",
        "statement_timestamp", "transaction_timestamp", "txid_current", "uuidv4", "uuidv7",
        "version",
    }
)  # fmt: skip

# Not strict; NULL only when the first argument is.
FIRST_DECIDES = frozenset({"concat_ws", "format"})

# Strict, and total on arguments of plain types. Those that infinity, a missing part or an empty
# array make NULL are left out: to_char, extract, date_part, array_length, substring,
# current_setting.
TOTAL = frozenset(
    {
        "abs", "age", "array_to_json", "array_to_string", "ascii", "bool", "bpchar", "btrim",
        "cardinality", "ceil", "ceiling", "char_length", "character_length", "chr", "convert_from",
        "convert_to", "date", "date_bin", "date_trunc", "decode", "div", "encode", "exp",
        "factorial", "float4", "float8", "floor", "gcd", "hashtext", "hashtextextended", "initcap",
        "int2", "int4", "int8", "interval", "isfinite", "justify_days", "justify_hours",
        "justify_interval", "lcm", "left", "length", "ln", "log", "lower", "lpad", "ltrim",
        "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "md5",
        "mod", "name", "nextval", "numeric", "octet_length", "overlay", "pg_try_advisory_lock",
        "pg_try_advisory_xact_lock", "position", "power", "quote_ident", "quote_literal",
        "regexp_count", "regexp_replace", "repeat", "replace", "reverse", "right", "round",
        "row_to_json", "rpad", "rtrim", "sha224", "sha256", "sha384", "sha512", "sign",
        "split_part", "sqrt", "starts_with", "strpos", "substr", "text", "textcat", "time",
        "timestamp", "timestamptz", "timezone", "to_json", "to_jsonb", "to_timestamp", "translate",
        "trunc", "upper", "varchar", "width_bucket",
    }
)  # fmt: skip

# Strict and total although they take JSON.
TOTAL_ON_JSON = frozenset(
    {
        "json_array_length", "json_typeof", "jsonb_array_length", "jsonb_concat", "jsonb_contained",
        "jsonb_contains", "jsonb_delete", "jsonb_delete_path", "jsonb_eq", "jsonb_exists",
        "jsonb_exists_all", "jsonb_exists_any", "jsonb_ge", "jsonb_gt", "jsonb_insert", "jsonb_le",
        "jsonb_lt", "jsonb_ne", "jsonb_pretty", "jsonb_set", "jsonb_strip_nulls", "to_json",
        "to_jsonb",
    }
)  # fmt: skip

# Never NULL over at least one row when their arguments are not.
AGGREGATES = frozenset(
    {
        "any_value", "avg", "bit_and", "bit_or", "bool_and", "bool_or", "every", "max", "min",
        "percentile_cont", "percentile_disc", "string_agg", "sum",
    }
)  # fmt: skip

# Never NULL over at least one row, whatever they are given.
COLLECTING = frozenset(
    {"array_agg", "json_agg", "json_object_agg", "jsonb_agg", "jsonb_object_agg"}
)

COUNTING = frozenset({"count", "regr_count"})
RANKING = frozenset({"count", "cume_dist", "dense_rank", "percent_rank", "rank", "row_number"})

# Functions in FROM that give no NULL when their arguments are none, and those of them for which
# this holds of the first column alone.
SETS = frozenset(
    {
        "generate_series", "generate_subscripts", "json_array_elements", "json_each",
        "json_object_keys", "jsonb_array_elements", "jsonb_each", "jsonb_object_keys",
        "regexp_split_to_table",
    }
)  # fmt: skip
SETS_OF_KEYS = frozenset({"json_each_text", "jsonb_each_text"})
