"""The rows of our own tables as COPY writes them: kept once, poured into every test.

Making the seed takes the verbs some seconds; pouring it takes a tenth of one.
"""

from django.db import connection

type Rows = dict[str, list[memoryview]]

_COLUMNS = """
SELECT c.table_name, string_agg(quote_ident(c.column_name), ', ')
FROM information_schema.columns c JOIN information_schema.tables t
  USING (table_schema, table_name)
LEFT JOIN pg_inherits ON inhrelid = quote_ident(c.table_name)::regclass
WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND inhrelid IS NULL
  AND c.is_generated = 'NEVER' AND c.table_name LIKE 'reviews\\_%'
GROUP BY c.table_name
"""


def keep() -> Rows:
    """Everything that our tables hold, by the statement that puts it back."""
    kept: Rows = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, columns in cursor.fetchall():
            read = f"COPY (SELECT {columns} FROM {table}) TO STDOUT"
            with cursor.copy(read) as copy:
                rows = list(copy)
            if rows:
                kept[f"COPY {table} ({columns}) FROM STDIN"] = rows
    return kept


def pour(kept: Rows) -> None:
    """Put it all back; keys are the same, and sequences stand behind them already."""
    with connection.cursor() as cursor:
        # In any order, and without the triggers that write for themselves.
        cursor.execute("SET session_replication_role = replica")
        for statement, rows in kept.items():
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write(row)
        cursor.execute("SET session_replication_role = DEFAULT")
