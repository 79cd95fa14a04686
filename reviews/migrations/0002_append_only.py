"""What is written once stays as written: the database refuses updates and deletions.

A content column may go from its text to NULL, together with ``redacted_at`` and
``redacted_by``; a column marked with ``?`` may go to NULL by itself (a reference whose
target was erased). Everything else raises.
"""

from django.db import migrations

# Table: content columns that redaction may empty.
TABLES = {
    "reviews_ledgerentry": ["content", "salt"],
    "reviews_version": [],
    "reviews_revision": ["content"],
    "reviews_operation": ["before"],
    "reviews_wording": ["texts"],
    "reviews_evidence": ["quote", "trace_id?"],
    "reviews_policyversion": [],
}

FUNCTION = """
CREATE FUNCTION reviews_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb;
    redacts boolean;
    argument text;
    name text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '% is append-only: its rows cannot be deleted', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    becomes := to_jsonb(NEW);
    redacts := was->>'redacted_at' IS NULL
        AND becomes->>'redacted_at' IS NOT NULL
        AND becomes->>'redacted_by' IS NOT NULL;
    IF redacts THEN
        was := was - 'redacted_at' - 'redacted_by';
        becomes := becomes - 'redacted_at' - 'redacted_by';
    END IF;
    FOREACH argument IN ARRAY coalesce(TG_ARGV, '{}') LOOP
        name := rtrim(argument, '?');
        IF becomes->name = 'null'::jsonb AND (redacts OR argument <> name) THEN
            was := was - name;
            becomes := becomes - name;
        END IF;
    END LOOP;
    IF was IS DISTINCT FROM becomes THEN
        RAISE EXCEPTION '% is append-only: its rows cannot be changed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def install(apps, schema_editor):
    schema_editor.execute(FUNCTION, params=None)
    for table, columns in TABLES.items():
        arguments = ", ".join(f"'{column}'" for column in columns)
        schema_editor.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION reviews_append_only({arguments})",
            params=None,
        )


def remove(apps, schema_editor):
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER append_only ON {table}", params=None)
    schema_editor.execute("DROP FUNCTION reviews_append_only()", params=None)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_tables")]
    operations = [migrations.RunPython(install, remove)]
