"""Form fields for files."""

from typing import Any

from django import forms


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files; cleaned to a list of uploads."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        given = [super(ManyFilesField, self).clean(one, initial) for one in files if one]
        return given or ([super().clean(None, initial)] if self.required else [])
