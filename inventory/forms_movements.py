"""Forms of stock movements."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from inventory import states
from inventory.models import Discrepancy, Product, StockNode
from inventory.queries import movements
from inventory.rules.serials import LONGEST_TEXT
from inventory.services.movement import DEALERS_KINDS
from inventory.services.movement_receipt import Short

SERIALS = _("One below the other, separated by blanks or commas, or ranges: 8986…001–8986…100.")


MOST_CHOICES = 200


def offer_nodes(form: forms.Form, name: str, nodes: Any) -> None:
    """Let the field choose among the nodes: from a list, or by code where the list would be long."""
    field: Any = form.fields[name]
    field.queryset = nodes
    if nodes.count() > MOST_CHOICES:
        field.to_field_name = "code"
        field.widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        field.help_text = _("The node's code; a dealer's node has the dealer's code.")
        if not field.required:
            field.help_text = format_lazy("{} {}: {}.", field.help_text, _("Empty"), field.empty_label)
        field.error_messages = {**field.error_messages, "invalid_choice": _("No node has this code in your unit.")}


class SerialsField(forms.CharField):
    """Serials typed, pasted or scanned: a hand scanner ends each with Enter."""

    def __init__(self, **given: Any) -> None:
        widget = forms.Textarea(
            attrs={
                "rows": 6,
                "inputmode": "text",
                "autocomplete": "off",
                "spellcheck": "false",
                "data-scan": _("Scan with the camera"),
                "data-scan-stop": _("Stop scanning"),
                "data-scan-refused": _("The camera may not be used; allow it in the browser's settings."),
            }
        )
        super().__init__(**{"widget": widget, "max_length": LONGEST_TEXT, "required": False, **given})


class MakeForm(forms.Form):
    """What kind of movement, and from where to where."""

    kind = forms.ChoiceField(label=_("Kind"))
    origin = forms.ModelChoiceField(
        StockNode.objects.none(), label=_("Sender"), required=False, empty_label=_("outside")
    )
    destination = forms.ModelChoiceField(
        StockNode.objects.none(), label=_("Receiver"), required=False, empty_label=_("written off")
    )
    due_on = forms.DateField(
        label=_("Due back on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("For a loan."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Needed for a return and a write-off.")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [choice for choice in states.BY_HAND if not user.is_dealer or choice[0] in DEALERS_KINDS]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if user.is_dealer:
            del self.fields["due_on"]
        for name in ("origin", "destination"):
            offer_nodes(self, name, movements.partners(user))


class SerialsForm(forms.Form):
    """Serials to add, typed or from a text file."""

    text = SerialsField(label=_("Serials"), help_text=SERIALS)
    file = forms.FileField(
        label=_("Or a file"), required=False, help_text=_("A text or CSV file with one serial or range a line.")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        upload = given.get("file")
        if upload:
            if upload.size > LONGEST_TEXT:
                raise forms.ValidationError(_("The file is larger than 2 MB; load it in parts."))
            try:
                given["text"] = f"{given.get('text', '')}\n{upload.read().decode('utf-8-sig')}"
            except UnicodeDecodeError:
                raise forms.ValidationError(_("The file is no text: save the serials as text or CSV.")) from None
        given["text"] = self.entered(given)
        if not given["text"].strip():
            raise forms.ValidationError(_("Enter serials or choose a file."))
        return given

    def entered(self, given: dict[str, Any]) -> str:
        """All serials of the form."""
        return str(given.get("text", ""))


class QuantityForm(forms.Form):
    """How many of a product."""

    product = forms.ModelChoiceField(Product.objects.none(), label=_("Product"))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=10_000_000)

    def __init__(self, *args: Any, counted_only: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = ["material"] if counted_only else ["material", "sim", "recharge", "terminal"]
        self.fields["product"].queryset = Product.objects.filter(item_kind__in=kinds)  # type: ignore[attr-defined]


class ShipForm(forms.Form):
    carrier = forms.CharField(label=_("Carrier"), max_length=80, required=False)


class ReceiveForm(forms.Form):
    """Did everything arrive, or what did not?"""

    class How:
        ALL, BUT, ONLY = "all", "but", "only"

    how = forms.ChoiceField(
        label=_("What arrived"),
        widget=forms.RadioSelect,
        initial=How.ALL,
        choices=[
            (How.ALL, _("Everything")),
            (How.BUT, _("Everything but the serials below")),
            (How.ONLY, _("Only the serials below, which I have scanned")),
        ],
    )
    text = SerialsField(label=_("Serials"), help_text=SERIALS)
    damaged = SerialsField(label=_("Damaged"), help_text=_("Arrived, but cannot be used."))

    def __init__(self, *args: Any, has_cards: bool, materials: Iterable[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.materials = list(materials)
        if not has_cards:
            for name in ("how", "text", "damaged"):
                del self.fields[name]
        for one in self.materials:
            for name, label in (("missing", _("%(name)s: missing")), ("damaged", _("%(name)s: damaged"))):
                self.fields[f"{name}_{one.pk}"] = forms.IntegerField(
                    label=label % {"name": one.name}, min_value=0, required=False, initial=0
                )

    @property
    def short(self) -> list[Short]:
        """What is missing or damaged of the counted materials."""
        given = self.cleaned_data
        return [
            Short(one, given.get(f"missing_{one.pk}") or 0, given.get(f"damaged_{one.pk}") or 0)
            for one in self.materials
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("how") in (self.How.BUT, self.How.ONLY) and not given.get("text", "").strip():
            self.add_error("text", _("Enter the serials."))
        return given


class ResolveForm(forms.Form):
    """What became of what was missing or damaged."""

    discrepancies = forms.ModelMultipleChoiceField(
        Discrepancy.objects.none(), label=_("Missing or damaged"), widget=forms.CheckboxSelectMultiple
    )
    quantity = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        required=False,
        help_text=_("Only a part of one counted material; empty means all."),
    )
    resolution = forms.ChoiceField(label=_("What became of them"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, open_ones: Any, may_write_off: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["discrepancies"]
        field.queryset = open_ones
        if not open_ones.filter(product__isnull=False).exists():
            del self.fields["quantity"]
        found = [Discrepancy.Resolution.FOUND, Discrepancy.Resolution.RETURNED]
        if may_write_off:
            found.append(Discrepancy.Resolution.WRITTEN_OFF)
        self.fields["resolution"].choices = [(one.value, one.label) for one in found]  # type: ignore[attr-defined]
