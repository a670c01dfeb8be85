"""What users do with their own account."""

from rest_framework.authtoken.models import Token

from accounts.models import OrgUnit, User


def change_password(*, user: User, new: str) -> None:
    """Set a new password (already validated); sessions and tokens of the old one end."""
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    Token.objects.filter(user=user).delete()


def choose_language(*, user: User, language: str) -> None:
    """Remember the language in which the user reads the portal."""
    user.language = language
    user.save(update_fields=["language"])


def belong_to(*, user: User, unit: OrgUnit) -> None:
    """Give the user his unit: he sees its subtree from now on."""
    user.org_unit = unit
    user.save(update_fields=["org_unit"])
