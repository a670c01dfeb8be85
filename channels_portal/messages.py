"""Translations: ``./script/messages [--check]``.

Source texts are English. Each area keeps its Chinese in a fragment, ``locale/fragments/AREA.po``;
they are compiled into the one file that Django reads, which is made at every start and not kept
in the repository. The check names what is not translated, and what is translated wrongly.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

CHECKOUT = Path(__file__).resolve().parent.parent
FRAGMENTS = CHECKOUT / "locale" / "fragments"
COMPILED = CHECKOUT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
NOT_OURS = {".venv", ".portal", ".git", "tests", "node_modules", "script", "benchmarks"}

FUNCTIONS = {
    f"{prefix}gettext{suffix}": prefix for prefix in ("", "n", "p", "np") for suffix in ("", "_lazy", "_noop")
} | {"_": "", "pgettext": "p"}
IN_TEMPLATE = re.compile(r"""\b((?:n?p?|np)gettext|_)\(((?:[^()"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*)\)""")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")
TEMPLATE_COMMENT = re.compile(r"{#.*?#}|{% comment.*?endcomment %}|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, order=True)
class Message:
    text: str
    context: str | None = None
    plural: str | None = None


def main() -> None:
    problems = [*fragment_problems(), *code_problems()]
    for problem in problems:
        print(problem)
    if not any(problem.startswith("conflict") for problem in problems):
        compile_all()
    if problems:
        print(f"{len(problems)} problems in translations")
    if "--check" in sys.argv and problems:
        sys.exit(1)


def compile_all() -> None:
    """Make the file that Django reads, unless it is newer than all fragments."""
    fragments = sorted(FRAGMENTS.glob("*.po"))
    made = COMPILED.stat().st_mtime if COMPILED.exists() else 0.0
    if all(path.stat().st_mtime < made for path in (FRAGMENTS, *fragments)):
        return
    whole = polib.POFile()
    whole.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for entry in translations().values():
        whole.append(entry)
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
    draft = COMPILED.with_suffix(".new")
    whole.save_as_mofile(str(draft))
    draft.replace(COMPILED)


def translations() -> dict[tuple[str | None, str], polib.POEntry]:
    """Every translated entry of all fragments, by context and text."""
    found = {}
    for path in sorted(FRAGMENTS.glob("*.po")):
        for entry in polib.pofile(str(path)):
            if entry.translated() and not entry.obsolete:
                found[entry.msgctxt, entry.msgid] = entry
    return found


def fragment_problems() -> Iterator[str]:
    seen: dict[tuple[str | None, str], tuple[object, str]] = {}
    for path in sorted(FRAGMENTS.glob("*.po")):
        for entry in polib.pofile(str(path)):
            key = (entry.msgctxt, entry.msgid)
            chinese = entry.msgstr_plural or entry.msgstr
            if key in seen and seen[key][0] != chinese:
                yield f"conflict: {entry.msgid!r} in {path.name} and {seen[key][1]} differs"
            seen[key] = (chinese, path.name)
            wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
            for text in entry.msgstr_plural.values() if entry.msgstr_plural else [entry.msgstr]:
                if text and not set(PLACEHOLDER.findall(text)) <= wanted | set(PLACEHOLDER.findall(entry.msgid)):
                    yield f"{path.name}: {entry.msgid!r} has other placeholders than {text!r}"


def code_problems() -> Iterator[str]:
    """Texts without Chinese, and Chinese where the English text should be."""
    from django.utils.translation import template

    translated = translations()
    missing: dict[Message, str] = {}
    for path in sorted((*CHECKOUT.glob("*/**/*.py"), *CHECKOUT.glob("**/templates/**/*.*"))):
        place = path.relative_to(CHECKOUT)
        if NOT_OURS.intersection(place.parts):
            continue
        source = path.read_text()
        if path.suffix == ".py":
            messages = messages_of_code(source)
        else:
            messages = messages_of_template(template.templatize(source, origin=str(place)))
            for number, line in enumerate(blank_comments(source).splitlines(), 1):
                if CHINESE.search(line):
                    yield f"{place}:{number}: Chinese in a template: {line.strip()[:60]}"
        for message in messages:
            if len(CHINESE.findall(message.text)) > len(LATIN.findall(message.text)):
                yield f"{place}: the source text is not English: {message.text!r}"
            elif (message.context, message.text) not in translated and message.text.strip():
                missing.setdefault(message, str(place))
    for message, where in sorted(missing.items(), key=lambda item: (item[1], item[0].text)):
        yield f"{where}: not translated: {message.text!r}"


def blank_comments(source: str) -> str:
    return TEMPLATE_COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)


def messages_of_code(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            if name in FUNCTIONS:
                yield from message_of(FUNCTIONS[name], node.args)


def messages_of_template(code: str) -> Iterator[Message]:
    """From what Django makes of a template for xgettext: the calls stand between blanked text."""
    for name, arguments in IN_TEMPLATE.findall(code):
        call = ast.parse(f"_({arguments.strip()})", mode="eval").body
        if isinstance(call, ast.Call):
            yield from message_of(FUNCTIONS[name], call.args)


def message_of(prefix: str, arguments: list[ast.expr]) -> Iterator[Message]:
    texts = [node.value if isinstance(node, ast.Constant) else None for node in arguments]
    context = texts.pop(0) if "p" in prefix and texts else None
    if texts and isinstance(texts[0], str):
        plural = texts[1] if "n" in prefix and len(texts) > 1 else None
        yield Message(texts[0], context, plural)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
