"""Which checklist a visit follows."""

from datetime import date
from typing import Any

from django.db.models import Q

from audits.models import ChecklistTemplate


def valid_on(day: date) -> Any:
    """The checklists in force on `day`."""
    return ChecklistTemplate.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


def for_visit(*, regime: str, kind: str, day: date, template_id: int | None = None) -> ChecklistTemplate | None:
    """The checklist for a visit on `day`: one for the kind goes before one for the regime,
    both before a general one; of equals the newest. None if no checklist fits.

    `template_id` names the one that a phone took along: it goes before all, if it fits.
    """
    fitting = fitting_for(list(valid_on(day).prefetch_related("sections__questions")), regime=regime, kind=kind)
    named = next((template for template in fitting if template.pk == template_id), None)
    return named or max(fitting, key=_closeness, default=None)


def fitting_for(templates: list[ChecklistTemplate], *, regime: str, kind: str) -> list[ChecklistTemplate]:
    """Those of the checklists that are for this regime and kind of visit, or for any; the closest first."""
    fitting = [one for one in templates if one.visit_regime in ("", regime) and one.visit_kind in ("", kind)]
    return sorted(fitting, key=_closeness, reverse=True)


def _closeness(template: ChecklistTemplate) -> tuple[bool, bool, date, int]:
    return bool(template.visit_kind), bool(template.visit_regime), template.valid_from, template.pk


def snapshot(template: ChecklistTemplate | None) -> dict[str, Any]:
    """The checklist as a visit keeps it: `audits.rules.checklist.sections_of` reads it back."""
    if template is None:
        return {"name": "", "sections": []}
    return {
        "name": template.name,
        "sections": [
            {
                "title": section.title,
                "category": section.category,
                "questions": [question.plain() for question in section.questions.all()],
            }
            for section in template.sections.all()
            if section.questions.all()
        ],
    }
