"""Tests that commit get their database back as the migrations left it, from a copy made at the start.

Django would empty the tables instead: that loses what migrations put there, and cannot reach
partitions and triggers that models do not know.
"""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    with django_db_blocker.unblock():
        copy_database(source=name(), target=f"{name()}_copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: restore())
        yield
    with django_db_blocker.unblock():
        drop_database(f"{name()}_copy")


def restore() -> None:
    from django.contrib.contenttypes.models import ContentType  # apps are not ready when pytest loads this

    copy_database(source=f"{name()}_copy", target=name())
    ContentType.objects.clear_cache()  # what a test added is gone


def copy_database(*, source: str, target: str) -> None:
    drop_database(target)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY file_copy')


def drop_database(database: str) -> None:
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def name() -> str:
    return str(connection.settings_dict["NAME"])
