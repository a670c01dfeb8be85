"""Files that people hand in: a policy, results of payments."""

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commissions import payment_file
from commissions.rules.policy import read_json
from commissions.rules.problems import PolicyInvalid
from core.imports.problems import FileRefused

MB = 1024 * 1024
MAX_POLICY = 2 * MB
MAX_RESULTS = 10 * MB


def _size_checked(file: Any, most: int) -> Any:
    if file.size > most:
        raise forms.ValidationError(_("The file is larger than %(limit)s MB.") % {"limit": most // MB})
    return file


class PolicyUploadForm(forms.Form):
    """A policy as JSON; `cleaned_data["file"]` is the object that it holds."""

    file = forms.FileField(
        label=_("Policy file"),
        help_text=_(
            "A JSON file with the policy and its rules. It becomes a draft; nothing is published by uploading."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_file(self) -> Any:
        data = _size_checked(self.cleaned_data["file"], MAX_POLICY).read()
        try:
            return read_json(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The file is not UTF-8 text.")) from error
        except PolicyInvalid as invalid:
            problem = invalid.problems[0]
            raise forms.ValidationError(gettext(problem.message) % problem.params) from invalid


class PaymentResultsForm(forms.Form):
    """The bank's answer; `cleaned_data["file"]` is a list of rows (see commissions.payment_file)."""

    file = forms.FileField(
        label=_("Result file"),
        help_text=_(
            "CSV or XLSX with the columns statement, result (ok or failed) and reason; the exported payment file "
            "with result and reason added is fine too. Rows without a result are left open."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self) -> list[dict[str, str]]:
        file = _size_checked(self.cleaned_data["file"], MAX_RESULTS)
        with tempfile.NamedTemporaryFile() as copy:
            for chunk in file.chunks():
                copy.write(chunk)
            copy.flush()
            try:
                return payment_file.read_results(Path(copy.name))
            except FileRefused as refusal:
                raise forms.ValidationError(str(refusal.message)) from refusal
