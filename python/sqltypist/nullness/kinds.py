"""The server's numbers for what its trees are made of."""

from __future__ import annotations

from typing import Final

# Commands.
SELECT: Final = 1
UPDATE: Final = 2
INSERT: Final = 3
DELETE: Final = 4
MERGE: Final = 5
NO_ACTION: Final = 7

# Joins.
INNER: Final = 0
LEFT: Final = 1
FULL: Final = 2
RIGHT: Final = 3

# Entries of a range table.
TABLE: Final = 0
SUBQUERY: Final = 1
JOIN: Final = 2
FUNCTION: Final = 3
TABLE_FUNCTION: Final = 4
VALUES: Final = 5
CTE: Final = 6
GROUP: Final = 9

# Subqueries in expressions.
EXISTS_LINK: Final = 0
ALL_LINK: Final = 1
ANY_LINK: Final = 2
VALUE_LINK: Final = 4
ARRAY_LINK: Final = 6

# Versions of a row in RETURNING.
OLD: Final = 1
NEW: Final = 2

# Set operations.
UNION: Final = 1
INTERSECT: Final = 2
EXCEPT: Final = 3

# Grouping sets.
EMPTY_SET: Final = 0
SIMPLE_SET: Final = 1
SETS: Final = 4

# Actions of MERGE.
MATCHED: Final = 0
NOT_MATCHED_BY_SOURCE: Final = 1
