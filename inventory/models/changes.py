from django.db import models
from django.db.models.functions import Now

from core.scoping import Scope, ScopedModel


class FactChange(ScopedModel):
    """That a statement changed one of the large tables of facts; written by their triggers.

    New sales records are told by the months in which they were sold (`month`, its first day; null for all other
    changes). Whoever has seen the same number of rows and the same last one for a table, or for a month, knows that
    it is as it was.
    """

    table_name = models.CharField(max_length=63)
    month = models.DateField(null=True)
    at = models.DateTimeField(auto_now_add=True, db_default=Now())

    scope = Scope(why="says only that a table was changed, nothing of what is in it")

    class Meta:
        indexes = [models.Index(fields=["table_name", "id"], name="fact_change_table")]

    def __str__(self) -> str:
        return f"{self.table_name}: {self.pk}"
