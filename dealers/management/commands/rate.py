from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext_lazy as _

from core import clock
from core.commanding import PortalCommand
from core.errors import Refused
from core.periods import InvalidPeriod
from dealers.models import RatingProposal
from dealers.queries import ratings
from dealers.rules.rating import RatingPeriod
from dealers.services import rating, rating_decision


class Command(PortalCommand):
    help = "Rate the dealers of a quarter (2026Q3) or a year (2026); “rate approve PERIOD” approves what is proposed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="+", metavar="[approve] PERIOD")

    def work(self, *, user: Any, words: list[str], **options: Any) -> dict[str, Any]:
        approves = words[0] == "approve"
        if len(words) != 1 + approves:
            raise CommandError("Give one period: rate PERIOD, or rate approve PERIOD.", returncode=2)
        try:
            period = RatingPeriod.parse(words[-1])
        except InvalidPeriod as error:
            raise CommandError(f"{words[-1]!r} is neither a quarter like 2026Q3 nor a year.", returncode=2) from error
        return self._approve(user, period) if approves else self._rate(user, period)

    def _rate(self, user: Any, period: RatingPeriod) -> dict[str, Any]:
        outcome = rating.rate_period(
            period=period,
            cities=ratings.cities(user),
            by=user,
            at=clock.now(),
            today=clock.today(),
            progress=self.say,
        )
        self.failed = bool(outcome.refused)
        return {
            "period": str(period),
            "rounds": [ratings.summary(found) for found in outcome.rounds],
            "refused": [
                {"city": city.code, "reason": str(refusal), "code": refusal.code} for city, refusal in outcome.refused
            ],
        }

    def _approve(self, user: Any, period: RatingPeriod) -> dict[str, Any]:
        proposals = RatingProposal.objects.visible_to(user) if user is not None else RatingProposal.objects.all()
        of_period = proposals.filter(round__period=str(period))
        if not of_period.exists() and not ratings.rounds(user).filter(period=str(period)).exists():
            raise Refused(_("%(period)s has not been rated yet.") % {"period": period}, code="not_rated")
        decided = rating_decision.approve(
            proposals=of_period.filter(state="proposed"), by=user, at=clock.now(), today=clock.today()
        )
        self.failed = bool(decided.refused)
        return {
            "period": str(period),
            "effective_from": period.effective_on,
            "approved": len(decided.approved),
            "refused": [
                {"dealer": row.dealer.code, "reason": str(refusal), "code": refusal.code}
                for row, refusal in decided.refused
            ],
        }
