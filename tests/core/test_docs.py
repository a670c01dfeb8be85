"""The documentation leads somewhere: links, pictures and pages that code cites."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CITED = re.compile(r"\bdocs/[\w-]+(?:/[\w-]+)*\.md")


def files(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


@pytest.mark.parametrize("page", files("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_pages_that_code_cites_exist() -> None:
    cited = {name for path in files("*.py") for name in CITED.findall(path.read_text("utf-8"))}
    assert [name for name in sorted(cited) if not (ROOT / name).exists()] == []
