"""Migrating an empty database in a tenth of the time.

After each added model, field, index, constraint or trigger Django builds the classes of all models
anew that are related to the changed one, and here all are related through users and units: about
thirty seconds, spent before the first page and in every test run. When tables are only added, the
changed class alone is enough, which is what Django itself calls delayed. Whatever needs more
(RunPython, changed relations, renames) drops the classes first and gets them complete.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from django.db.migrations.state import ProjectState


@contextlib.contextmanager
def quick_migrations() -> Iterator[None]:
    reload_related = ProjectState.reload_model

    def reload_model(self: Any, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" not in self.__dict__:
            return
        if delay or self.__dict__.get("only_adds"):
            self.is_delayed = True
            self._reload({(app_label, model_name)})
        else:
            self.clear_delayed_apps_cache()
            reload_related(self, app_label, model_name, delay)

    def only_adds(method: Callable[..., None]) -> Callable[..., None]:
        def call(self: Any, *args: Any, **kwargs: Any) -> None:
            self.__dict__["only_adds"] = True
            try:
                method(self, *args, **kwargs)
            finally:
                del self.__dict__["only_adds"]

        return call

    with mock.patch.multiple(
        ProjectState,
        reload_model=reload_model,
        add_model=only_adds(ProjectState.add_model),
        add_field=only_adds(ProjectState.add_field),
    ):
        yield
