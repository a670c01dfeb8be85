from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from audits import states
from audits.rules import checklist as rules
from core.scoping import Scope, ScopedModel
from dealers.states import VisitRegime

PUBLIC = Scope(everyone=True, why="what is looked at on a visit is the same for all who visit")


@pghistory.track(append_only=True)
class ChecklistTemplate(ScopedModel):
    """What to look at on a visit, edited in admin. An empty regime or kind means any.

    A visit keeps a copy of the template as it was at check-in, so an edit never changes
    what an earlier visit was asked.
    """

    name = models.CharField(_("name"), max_length=80)
    visit_regime = models.CharField(_("visit regime"), max_length=12, choices=VisitRegime.choices, blank=True)
    visit_kind = models.CharField(_("kind of visit"), max_length=12, choices=states.VisitKind.choices, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    scope = PUBLIC

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        ordering = ["name", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["visit_regime", "visit_kind", "valid_from"], name="checklist_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="checklist_dates"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track(append_only=True)
class ChecklistSection(ScopedModel):
    """A part of a checklist, one screen on a phone."""

    template = models.ForeignKey(ChecklistTemplate, models.CASCADE, related_name="sections", verbose_name=_("template"))
    title = models.CharField(_("title"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    category = models.CharField(
        _("category of its findings"), max_length=16, choices=states.FindingCategory.choices, default="other"
    )

    scope = PUBLIC

    class Meta:
        verbose_name = _("checklist section")
        verbose_name_plural = _("checklist sections")
        ordering = ["template", "position", "pk"]

    def __str__(self) -> str:
        return self.title


@pghistory.track(append_only=True)
class ChecklistQuestion(ScopedModel):
    """One question. Its weight counts against those of the other scored questions.

    `finding_on` says which answer opens a finding: a choice or yes/no, or a comparison
    such as `<3` for scores and numbers; empty for none.
    """

    section = models.ForeignKey(ChecklistSection, models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=200)
    help = models.CharField(_("help"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=states.QuestionKind.choices)
    max_score = models.PositiveSmallIntegerField(_("highest score"), default=5)
    choices = models.TextField(_("choices"), blank=True, help_text=_("One a line; the first is the best."))
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2, default=1)
    required = models.BooleanField(_("must be answered"), default=True)
    good_answer = models.CharField(
        _("good answer"), max_length=3, choices=[("yes", _("Yes")), ("no", _("No"))], default="yes"
    )
    finding_on = models.CharField(
        _("answer that opens a finding"),
        max_length=80,
        blank=True,
        help_text=_("yes, no, one of the choices, or a comparison such as <3."),
    )
    finding_photo = models.BooleanField(_("a finding needs a photo"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    scope = PUBLIC

    class Meta:
        verbose_name = _("checklist question")
        verbose_name_plural = _("checklist questions")
        ordering = ["section", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=0), name="question_weight"),
            models.CheckConstraint(condition=Q(max_score__gte=1), name="question_max_score"),
            models.CheckConstraint(condition=~Q(kind="choice") | ~Q(choices=""), name="question_choices"),
        ]

    def __str__(self) -> str:
        return self.text

    def plain(self) -> dict[str, Any]:
        """The question as a visit keeps it."""
        return {
            "id": self.pk,
            "text": self.text,
            "help": self.help,
            "kind": self.kind,
            "max_score": self.max_score,
            "choices": [line.strip() for line in self.choices.splitlines() if line.strip()],
            "weight": str(self.weight),
            "required": self.required,
            "good_answer": self.good_answer,
            "finding_on": self.finding_on,
            "finding_photo": self.finding_photo,
        }

    def clean(self) -> None:
        """For admin: the answer that opens a finding must be a possible one."""
        if self.kind == "choice" and not self.plain()["choices"]:
            raise ValidationError({"choices": _("A choice needs at least one line.")})
        if not rules.finding_rule_makes_sense(rules.Question.of(self.plain() | {"id": 0})):
            raise ValidationError({"finding_on": _("No answer to this question can be that.")})
