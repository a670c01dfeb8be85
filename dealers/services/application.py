"""A new store from the first idea to two passed checks. See docs/dealers.md, "New stores"."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import OrgUnit
from accounts.roles import Permission
from core import followups, sql, transitions
from core.errors import Forbidden, Refused, said
from core.papers import Given, stored
from core.pinyin import pinyin_key
from dealers import states
from dealers.models import Application, Dealer, DealerDocument, DealerTier, DealerUnit, SiteCheck
from dealers.queries import duplicates
from dealers.services import application_notices as notices
from dealers.services import archive, stages

# Without these an application is not complete.
FIELDS = ("contact_name", "contact_phone", "address", "location_kind", "floor_area", "main_business")
DOCUMENTS = (states.DocumentKind.LICENCE, states.DocumentKind.IDENTITY, states.DocumentKind.LEASE)
LONGEST = 500
KNOWN_BY = ("credit_code", "contact_phone", "latitude", "longitude")


class ApplicationRefused(Refused):
    """The application cannot be made or moved like this."""

    code = "application_refused"


class StoresAlike(ApplicationRefused):
    """There are stores like the proposed one: `found`. `params["dealers"]` are the codes of those that may be named."""

    code = "alike"

    def __init__(self, found: list[duplicates.Alike]) -> None:
        codes = [one.dealer.code for one in found if one.dealer is not None]
        super().__init__(
            _("There are stores like this one. Look at them, and confirm that this is another one."), dealers=codes
        )
        self.found = found


_said = partial(said, refused=ApplicationRefused, longest=LONGEST)


@transaction.atomic
def propose(
    *,
    name: str,
    org_unit: OrgUnit,
    tier: str,
    case: str,
    fields: dict[str, Any],
    confirmed: bool = False,
    by: Any,
    at: datetime,
) -> Dealer:
    """A site that could become a store: a dealer with a code of its own, looked after by whoever proposes it.

    Raises StoresAlike if there are stores like it, until somebody has `confirmed` that it is another one.
    """
    if by is None or not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("Your role may not propose stores."))
    if not OrgUnit.objects.visible_to(by).filter(pk=org_unit.pk).exists():
        raise Forbidden(_("The unit is outside yours."))
    if org_unit.county is None:
        raise ApplicationRefused(_("A store belongs to a grid or a county."), code="unit")
    found = [] if confirmed else duplicates.alike(by, **{key: fields[key] for key in KNOWN_BY if fields.get(key)})
    if found:
        raise StoresAlike(found)
    fields = {key: value for key, value in fields.items() if key in archive.editable(by) and key != "name"}
    today = timezone.localtime(at).date()
    number = sql.fetch_value("SELECT nextval(pg_get_serial_sequence('dealers_dealer', 'id'))")
    dealer = Dealer(
        pk=number,
        code=f"YX{org_unit.county.code}{number:06d}",
        org_unit=org_unit,
        tier=tier,
        stage="prospect",
        cooperation_start=today,
        manager=by if by.can(Permission.LOG_VISITS) else None,
        name=_said(name, _("A dealer needs a name."), longest=120),
        **fields,
    )
    dealer.pinyin = pinyin_key(dealer.name)
    archive.check(dealer)
    dealer.save(force_insert=True)
    DealerTier.objects.create(dealer=dealer, valid_from=today, tier=tier)
    DealerUnit.objects.create(dealer=dealer, valid_from=today, org_unit=org_unit)
    case = _said(case, _("Say why here."))
    Application.objects.create(dealer=dealer, case=case, proposed_by=by, proposed_at=at)
    transitions.record(dealer, action="propose", before="", after="prospect", by=by, at=at, reason=case)
    followups.emit("dealers_changed", ids=[dealer.pk])
    return dealer


def attach(
    *, dealer: Dealer, kind: str, papers: Iterable[Given], by: Any, at: datetime, **belongs_to: Any
) -> list[DealerDocument]:
    """Keep documents of a dealer; the same file of the same kind only once. Raises PaperRefused, Forbidden."""
    if by is None or not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("You may not edit dealers."))
    with ExitStack() as kept, transaction.atomic():
        row = stages.locked(dealer, by)
        return keep(kept, row, kind, papers, by=by, at=at, **belongs_to)


def keep(kept: ExitStack, dealer: Dealer, kind: str, files: Iterable[Given], **given: Any) -> list[DealerDocument]:
    """Keep the files within the caller's transaction; `kept` reaches round it."""
    belongs_to = {name: given.pop(name) for name in ("check_of", "agreement") if name in given}
    found = []
    for one in files:
        fields = kept.enter_context(stored(one, folder="dealers", **given))
        known = DealerDocument.objects.filter(dealer=dealer, kind=kind, sha256=fields["sha256"]).first()
        found.append(known or DealerDocument.objects.create(dealer=dealer, kind=kind, **fields, **belongs_to))
    return found


@transaction.atomic
def apply(*, dealer: Dealer, by: Any, at: datetime) -> Dealer:
    """Hand the application in: the archive is complete and licence, identity and lease are there."""
    if by is None or not by.can(Permission.EDIT_DEALERS):
        raise Forbidden(_("You may not edit dealers."))
    row = stages.locked(dealer, by)
    stages.demand(row, "apply")
    missing = [str(_label(name)) for name in FIELDS if getattr(row, name) in ("", None)]
    held = set(row.documents.values_list("kind", flat=True))
    missing += [str(kind.label) for kind in DOCUMENTS if kind not in held]
    if missing:
        raise ApplicationRefused(
            _("Still missing: %(names)s.") % {"names": ", ".join(missing)}, code="incomplete", missing=missing
        )
    stages.move(row, "apply", by=by, at=at)
    notices.applied(row, by=by)
    return row


def _label(name: str) -> Any:
    return Dealer._meta.get_field(name).verbose_name  # type: ignore[union-attr]


def check(
    *,
    dealer: Dealer,
    part: str,
    passed: bool,
    checked_on: date,
    note: str = "",
    photos: Iterable[Given] = (),
    by: Any,
    at: datetime,
) -> SiteCheck:
    """The outcome of one of the two checks; both passed, the store is verified.

    Each has a checker of its own, neither of them who proposed the site. The check on site needs a photo, a failed one
    a note.
    """
    if by is None or not by.can(Permission.VERIFY_DEALERS):
        raise Forbidden(_("Your role may not verify stores."))
    with ExitStack() as kept, transaction.atomic():
        row = stages.locked(dealer, by)
        stages.demand(row, "verify")
        _independent(row, part, by)
        if checked_on > timezone.localtime(at).date():
            raise ApplicationRefused(_("A check cannot be dated in the future."), code="date")
        files, note = list(photos), note.strip()[:LONGEST]
        if part == states.CheckPart.ON_SITE and not files:
            raise ApplicationRefused(_("The check on site needs a photo."), code="photo")
        if not passed and not note:
            raise ApplicationRefused(_("Say what is wrong."), code="note")
        found = SiteCheck.objects.create(
            dealer=row, part=part, passed=passed, note=note, checked_on=checked_on, checker=by, entered_at=at
        )
        keep(kept, row, states.DocumentKind.CHECK, files, by=by, at=at, check_of=found)
        transitions.record(row, action=f"check_{part}", before=row.stage, after=row.stage, by=by, at=at, reason=note)
        if all(one is not None and one.passed for one in newest_checks(row).values()):
            stages.move(row, "verify", by=by, at=at)
        notices.checked(row, found, by=by)
    return found


def newest_checks(dealer: Dealer) -> dict[str, SiteCheck | None]:
    """The newest outcome of each part."""
    found: dict[str, SiteCheck | None] = dict.fromkeys(states.CheckPart.values)
    for one in dealer.checks.select_related("checker"):
        found[one.part] = one
    return found


def _independent(dealer: Dealer, part: str, by: Any) -> None:
    proposed = Application.objects.filter(dealer=dealer).values_list("proposed_by", flat=True).first()
    if by.pk == proposed:
        raise Forbidden(_("Whoever proposed the site cannot check it."), code="same_person")
    other = next(one for name, one in newest_checks(dealer).items() if name != part)
    if other is not None and other.checker_id == by.pk:
        raise Forbidden(_("The two checks are made by two people."), code="same_person")


@transaction.atomic
def reject(*, dealer: Dealer, text: str, by: Any, at: datetime) -> Dealer:
    """The site becomes no store, and why."""
    if by is None or not by.can(Permission.ASSIGN_MANAGERS):
        raise Forbidden(_("Your role may not reject applications."))
    row = stages.locked(dealer, by)
    stages.demand(row, "reject")
    text = _said(text, _("Say why."))
    stages.move(row, "reject", by=by, at=at, reason=text)
    notices.rejected(row, text=text, by=by)
    return row
