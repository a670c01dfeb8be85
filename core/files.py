"""Form fields for files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import papers
from core.errors import Refused


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files; cleaned to a list of uploads."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        given = [super(ManyFilesField, self).clean(one, initial) for one in files if one]
        return given or ([super().clean(None, initial)] if self.required else [])


class PapersField(ManyFilesField):
    """Up to five pictures or PDFs; cleaned to a list of `papers.Given`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Files"))
        kwargs.setdefault("help_text", _("Pictures or PDF, at most five, 10 MB each."))
        super().__init__(widget=ManyFiles(attrs={"accept": papers.ACCEPT}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[papers.Given]:
        try:
            return papers.given(super().clean(data, initial))
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.message), code=refusal.code) from refusal
