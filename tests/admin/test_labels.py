"""The admin site speaks Chinese: every field of our own models has a label in it."""

import re

import pytest
from django.contrib import admin
from django.utils import translation

OURS = {"core", "accounts", "dealers", "inventory", "audits", "commissions", "reports"}
LATIN = {"commissions.CommissionLine.id"}


@pytest.mark.parametrize(
    "model", [model for model in admin.site._registry if model._meta.app_label in OURS], ids=lambda m: m._meta.label
)
def test_labels_are_chinese(model) -> None:
    with translation.override("zh-hans"):
        names = {
            f"{model._meta.label}.{field.name}": str(field.verbose_name)
            for field in model._meta.get_fields()
            if not field.auto_created and hasattr(field, "verbose_name")
        }
        names[model._meta.label] = str(model._meta.verbose_name)
    wrong = {name: label for name, label in names.items() if not re.search(r"[\u4e00-\u9fff]", label)}
    assert wrong.keys() <= LATIN, wrong
