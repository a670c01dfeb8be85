import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models.stored_file import StoredFile
from core.scoping import Scope, ScopedModel
from dealers import states
from dealers.models.dealer import Dealer


@pghistory.track(append_only=True)
class Application(ScopedModel):
    """Why a site should become a store; its dealer goes from `prospect` on. See docs/dealers.md, "New stores"."""

    dealer = models.OneToOneField(Dealer, models.CASCADE, related_name="application", verbose_name=_("dealer"))
    case = models.CharField(_("why here"), max_length=500)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return str(self.dealer)


@pghistory.track(append_only=True)
class SiteCheck(ScopedModel):
    """The outcome of one part of a verification; the newest of each part counts."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="checks", verbose_name=_("dealer"))
    part = models.CharField(pgettext_lazy("check", "part"), max_length=10, choices=states.CheckPart.choices)
    passed = models.BooleanField(_("passed"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    checked_on = models.DateField(_("checked on"))
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("checked by")
    )
    entered_at = models.DateTimeField(_("entered at"))

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("check of a site")
        verbose_name_plural = _("checks of sites")
        constraints = [
            models.CheckConstraint(condition=Q(passed=True) | ~Q(note=""), name="site_check_says_why"),
        ]
        ordering = ["entered_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_part_display()}: {self.checked_on}"


class DealerDocument(StoredFile):
    """A document or photo of a dealer, perhaps handed in with a check or an agreement."""

    dealer = models.ForeignKey(Dealer, models.CASCADE, related_name="documents", verbose_name=_("dealer"))
    kind = models.CharField(pgettext_lazy("document", "kind"), max_length=10, choices=states.DocumentKind.choices)
    check_of = models.ForeignKey(SiteCheck, models.CASCADE, null=True, related_name="photos")
    agreement = models.ForeignKey("dealers.Agreement", models.CASCADE, null=True, related_name="scans")

    scope = Scope(unit="dealer__org_unit")

    class Meta:
        verbose_name = _("document of a dealer")
        verbose_name_plural = _("documents of dealers")
        constraints = [models.UniqueConstraint(fields=["dealer", "kind", "sha256"], name="dealer_document_once")]
        ordering = ["kind", "-at"]
