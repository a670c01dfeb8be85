from dealers.models.account import DealerAccount
from dealers.models.dealer import Dealer, DealerUser
from dealers.models.facts import AssessmentScore
from dealers.models.history import Agreement, DealerEnding, DealerSuspension, DealerTier, DealerUnit
from dealers.models.months import DealerMonth
from dealers.models.rating import ExclusivityBreach, RatingProposal, RatingRound
from dealers.models.tiers import TierBusiness, TierCriterion, TierWaiver

__all__ = [
    "Agreement",
    "AssessmentScore",
    "Dealer",
    "DealerAccount",
    "DealerEnding",
    "DealerMonth",
    "DealerSuspension",
    "DealerTier",
    "DealerUnit",
    "DealerUser",
    "ExclusivityBreach",
    "RatingProposal",
    "RatingRound",
    "TierBusiness",
    "TierCriterion",
    "TierWaiver",
]
