"""The form that takes a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.imports import engine, registry
from core.imports.limits import limit
from core.imports.spec import Kind

ENDINGS = (".csv", ".txt", ".xlsx", ".json")


def kinds_for(user: Any) -> list[Kind]:
    """The kinds of file that the user may import."""
    return [kind for kind in registry.kinds() if engine.may(kind, user)]


def grouped(kinds: list[Kind]) -> list[tuple[str, list[Kind]]]:
    """Kinds by group, in order."""
    groups: dict[str, list[Kind]] = {}
    for kind in kinds:
        groups.setdefault(str(kind.group), []).append(kind)
    return list(groups.items())


class ImportForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind of file"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8 or GB18030) or XLSX; a policy is a JSON file."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = grouped(kinds_for(user))
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((group, [(kind.name, kind.label) for kind in kinds]) for group, kinds in groups),
        ]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ENDINGS):
            raise forms.ValidationError(_("Choose a CSV, XLSX or JSON file."))
        most = limit("IMPORT_MAX_CSV_MB")
        if file.size > most * 1024 * 1024:
            raise forms.ValidationError(_("The file is larger than %(limit)s MB; split it."), params={"limit": most})
        return file
