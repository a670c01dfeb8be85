"""The life cycle of a dealer. See docs/dealers.md, "Life cycle"."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.states import Machine, State

LIFE_CYCLE = Machine(
    states=(
        State("prospect", _("Prospect"), "grey"),
        State("applied", pgettext_lazy("life cycle", "Applied"), "blue"),
        State("rejected", _("Rejected"), "red"),
        State("verified", pgettext_lazy("life cycle", "Verified"), "blue"),
        State("contracted", _("Contracted"), "blue"),
        State("lead_in", _("Lead-in"), "blue"),
        State("mature", _("Mature"), "green"),
        State("suspended", _("Suspended"), "amber"),
        State("terminated", _("Terminated"), "red"),
    ),
    moves={
        ("prospect", "apply"): "applied",
        ("applied", "verify"): "verified",
        ("applied", "reject"): "rejected",
        ("verified", "contract"): "contracted",
        ("contracted", "lead_in"): "lead_in",
        ("lead_in", "mature"): "mature",
        ("mature", "suspend"): "suspended",
        ("suspended", "resume"): "mature",
        ("mature", "terminate"): "terminated",
        ("suspended", "terminate"): "terminated",
        ("lead_in", "terminate"): "terminated",
        ("contracted", "terminate"): "terminated",
        ("terminated", "contract"): "contracted",
    },
    initial="prospect",
)

ACCOUNT = Machine(
    states=(
        State("entered", _("Waits for verification"), "amber"),
        State("verified", _("Verified"), "green"),
        State("rejected", _("Rejected"), "red"),
        State("replaced", _("Replaced"), "grey"),
    ),
    moves={
        ("entered", "verify"): "verified",
        ("entered", "reject"): "rejected",
        ("entered", "replace"): "replaced",
        ("verified", "replace"): "replaced",
    },
    initial="entered",
    actions={"verify": _("verify"), "reject": _("reject"), "replace": _("replace")},
)


# Not a store yet.
NEW = ("prospect", "applied", "verified", "rejected")
# A store: it has an agreement, and the cooperation has not ended.
STORE = ("contracted", "lead_in", "mature", "suspended")

RATING = Machine(
    states=(
        State("open", pgettext_lazy("rating", "To be decided"), "amber"),
        State("closed", pgettext_lazy("rating", "Decided"), "green"),
    ),
    moves={("open", "close"): "closed", ("closed", "reopen"): "open"},
    initial="open",
    actions={
        "rate": pgettext_lazy("rating", "rated"),
        "close": pgettext_lazy("rating", "decided"),
        "reopen": pgettext_lazy("rating", "new proposals"),
    },
)

PROPOSAL = Machine(
    states=(
        State("proposed", pgettext_lazy("rating", "Proposed"), "amber"),
        State("approved", pgettext_lazy("rating", "Approved"), "green"),
        State("rejected", pgettext_lazy("rating", "Rejected"), "grey"),
    ),
    moves={("proposed", "approve"): "approved", ("proposed", "reject"): "rejected"},
    initial="proposed",
    actions={
        "approve": pgettext_lazy("rating", "approved"),
        "reject": pgettext_lazy("rating", "rejected"),
    },
)


class CheckPart(models.TextChoices):
    DOCUMENTS = "documents", _("Document check")
    ON_SITE = "on_site", _("On-site check")


class DocumentKind(models.TextChoices):
    LICENCE = "licence", _("Business licence")
    IDENTITY = "identity", _("Identity card")
    LEASE = "lease", _("Lease")
    PHOTO = "photo", _("Photo of the store")
    CHECK = "check", _("Photo of a check")
    AGREEMENT = "agreement", _("Scan of an agreement")
    OTHER = "other", _("Other document")


class RatingReason(models.TextChoices):
    EXCLUSIVITY = "exclusivity", _("Second breach of exclusivity")
    SALES_MISSED = "sales_missed", _("Committed sales missed twice")
    CRITERIA_MET = "criteria_met", _("Criteria of a higher tier met")
    CRITERIA_NOT_MET = "criteria_not_met", _("Criteria of the tier not met")


class Tier(models.TextChoices):
    PARTNER = "partner", _("Partner store")
    EXCLUSIVE = "exclusive", _("Exclusive store")
    MALL = "mall", _("Mobile mall")


class VisitRegime(models.TextChoices):
    AUTHORISED = "authorised", _("Authorised store")
    DIRECT = "direct", _("Direct-sale point")
    AIR_RECHARGE = "air_recharge", _("Air-recharge point")


class ChainType(models.TextChoices):
    NATIONAL = "national", _("National chain")
    PROVINCIAL = "provincial", _("Provincial chain")
    SMALL = "small", _("Small chain")
    INDEPENDENT = "independent", _("Independent store")


class PayoutRhythm(models.TextChoices):
    HALF_YEAR = "half_year", _("Half-year")
    YEAR = "year", _("Year")


class LocationKind(models.TextChoices):
    CITY_STREET = "city_street", _("City street")
    TOWN_STREET = "town_street", _("Town street")
    LARGE_VILLAGE = "large_village", _("Large village")
    TELECOM_DISTRICT = "telecom_district", _("Telecom retail district")
    CORE_RETAIL_DISTRICT = "core_retail_district", _("Core retail district")


class MainBusiness(models.TextChoices):
    MOBILE_BUSINESS = "mobile_business", _("Mobile business")
    TERMINAL_SALES = "terminal_sales", _("Terminal sales")
    OTHER = "other", _("Other business")


class EndingCause(models.TextChoices):
    NOT_RENEWED = "not_renewed", _("Expired without renewal")
    BANNED = "banned", _("Banned")
    CLOSED = "closed", pgettext_lazy("cause of an ending", "Closed")
    OWN_WISH = "own_wish", _("Own wish")


class Duty(models.TextChoices):
    """What somebody does in a store."""

    MANAGER = "manager", pgettext_lazy("staff", "Store manager")
    CLERK = "clerk", _("Clerk")
    PROMOTER = "promoter", _("Promoter")


class Competitor(models.TextChoices):
    TELECOM = "telecom", _("China Telecom")
    UNICOM = "unicom", _("China Unicom")
    BROADNET = "broadnet", _("China Broadnet")
    OTHER = "other", pgettext_lazy("competitor", "Other")
