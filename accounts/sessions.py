"""The session engine: Django's own in the database, with the user, address and browser in columns."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models.session import Session


class SessionStore(DatabaseStore):
    """Writes what `accounts.services.sessions.remember` put into the session to its row too."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Any = super().create_model_instance(data)
        user_id = data.get("_auth_user_id")
        row.user_id = int(user_id) if user_id else None
        row.ip = data.get("ip")
        row.agent = data.get("agent", "")
        signed_in_at = data.get("signed_in_at")
        row.signed_in_at = datetime.fromisoformat(signed_in_at) if signed_in_at else None
        return row
