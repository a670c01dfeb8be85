"""Files that people hand in: a policy, results of payments."""

import json
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.imports.problems import FileRefused

MAX_POLICY_BYTES = 2 * 1024 * 1024
MAX_RESULT_BYTES = 10 * 1024 * 1024
RESULT_COLUMNS = ("statement", "result", "reason")
