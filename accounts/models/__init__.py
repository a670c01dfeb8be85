from accounts.models.org_unit import OrgUnit
from accounts.models.session import Session
from accounts.models.user import User

__all__ = ["OrgUnit", "Session", "User"]
