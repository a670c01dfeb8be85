from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext_lazy as _

from commissions.models import CommissionPolicy
from commissions.queries.policies import export_policy
from core.commanding import PortalCommand
from core.errors import Refused


class Command(PortalCommand):
    help = "Print a policy in the form of its file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")

    def work(self, *, user: Any, code: str, **options: Any) -> dict[str, Any]:
        visible = CommissionPolicy.objects.visible_to(user) if user is not None else CommissionPolicy.objects.all()
        policy = visible.filter(code=code).first()
        if policy is None:
            raise Refused(_("There is no policy %(code)s.") % {"code": code}, code="unknown_policy")
        return export_policy(policy)
