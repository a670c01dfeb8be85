"""Where the settings that an administrator may change are kept."""

from typing import Any

from constance import settings
from constance.backends.database import DatabaseBackend


class Backend(DatabaseBackend):
    """The database; a setting that nobody has changed is its default, and reading it writes nothing.

    The backend of the library stores the default when it is first read: inside a snapshot
    that fails if another process has just done the same.
    """

    def get(self, key: str) -> Any:
        value = super().get(key)
        return settings.CONFIG[key][0] if value is None and key in settings.CONFIG else value
