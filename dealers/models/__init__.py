from dealers.models.account import DealerAccount
from dealers.models.application import Application, DealerDocument, SiteCheck
from dealers.models.dealer import Dealer, DealerUser
from dealers.models.facts import AssessmentScore
from dealers.models.history import Agreement, AgreementReminder, DealerEnding, DealerSuspension, DealerTier, DealerUnit
from dealers.models.months import DealerMonth
from dealers.models.people import CompetitorSeen, StaffMember
from dealers.models.plan import SitePlan
from dealers.models.rating import ExclusivityBreach, RatingProposal, RatingRound
from dealers.models.tiers import TierBusiness, TierCriterion, TierWaiver

__all__ = [
    "Agreement",
    "AgreementReminder",
    "Application",
    "AssessmentScore",
    "CompetitorSeen",
    "Dealer",
    "DealerAccount",
    "DealerDocument",
    "DealerEnding",
    "DealerMonth",
    "DealerSuspension",
    "DealerTier",
    "DealerUnit",
    "DealerUser",
    "ExclusivityBreach",
    "RatingProposal",
    "RatingRound",
    "SiteCheck",
    "SitePlan",
    "StaffMember",
    "TierBusiness",
    "TierCriterion",
    "TierWaiver",
]
