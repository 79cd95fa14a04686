"""Migrations go forward and all the way back."""

import pytest
from django.core.management import call_command
from django.db import connection


def test_no_migration_is_missing(db):
    call_command("makemigrations", "reviews", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_the_app_can_be_migrated_back_to_nothing_and_forward_again():
    try:
        call_command("migrate", "reviews", "zero", verbosity=0)
        with connection.cursor() as cursor:
            left = [
                table
                for table in connection.introspection.table_names(cursor)
                if table.startswith("reviews_")
            ]
        assert left == []
    finally:
        call_command("migrate", verbosity=0)
