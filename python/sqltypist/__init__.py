"""sqltypist writes typed Python from the SQL query files that aiosql loads.

The rooms, in the order in which a query walks through them:

    loading     the files, read by aiosql (`scanning` reads SQL as PostgreSQL does)
    linting     what aiosql and psycopg would misread
    describing  what the server says of each query: parameters, columns, the rewritten tree
    catalog     what the server says of its types, tables and functions
    inferring   which columns can be NULL (`nullness`), which parameters may be (`intent`)
    emitting    the text of the modules
    runtime     the little that the generated modules import

`project` goes through them, `showing` and `watching` serve the commands in `cli`.
"""

__version__ = "0.1.0"
