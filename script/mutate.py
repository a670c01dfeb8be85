"""``./script/mutate``: changes the rules one place at a time and names the changes that no test notices.

Each such mutant is either killed by a new case or explained in ``mutants.toml``, by its function, the code
and what became of it: an explanation holds until that code changes. Explanations that no mutant needs any
more are named, too. mutmut leaves out what stands outside of functions and what is decorated (properties).
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

from channels_portal.runtime.home import CHECKOUT

EXPLAINED = CHECKOUT / "script" / "mutants.toml"
NOTICED = {"killed", "timeout"}


def main() -> None:
    modules = sys.argv[1:]
    shutil.rmtree("mutants", ignore_errors=True)
    # The same examples in each run, and none is looked for that is smaller than the first that fails.
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutants"}
    command = ["mutmut", "run", *(f"{module}.*" for module in modules)]
    done = subprocess.run([sys.executable, "-m", *command], env=environment, cwd=CHECKOUT, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    known = explained()
    failed = False
    for path in sorted(walk_mutatable_files()):
        module = str(path.with_suffix("")).replace("/", ".")
        if not modules or module in modules:
            failed = not report(module, path, known) or failed
    sys.exit(failed)


def report(module: str, path: Path, known: set[str]) -> bool:
    """Says what became of a module's mutants; whether all that live are explained and all explained live."""
    mutants = SourceFileMutationData(path=path)
    mutants.load()
    lives = [name for name, code in mutants.exit_code_by_key.items() if status_by_exit_code[code] not in NOTICED]
    places = {name: f"{module}.{place(name, path)}" for name in lives}
    unexplained = [name for name in lives if places[name] not in known]
    needless = {text for text in known if text.startswith(f"{module}.")} - set(places.values())
    if total := len(mutants.exit_code_by_key):
        explained = len(lives) - len(unexplained)
        print(f"{module}: {total} mutants, {total - len(lives)} killed, {explained} explained, {len(unexplained)} open")
    for name in unexplained:
        print(f"    {status_by_exit_code[mutants.exit_code_by_key[name]]}: {places[name]}")
    for text in sorted(needless):
        print(f"    explained, but not there: {text}")
    return not unexplained and not needless


def place(name: str, path: Path) -> str:
    """Where in its module a mutant is and what it changes: `Class.function: old code → new code`."""
    function, owner = orig_function_and_class_names_from_key(name)
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    old, new = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return f"{owner}.{function}: {old} → {new}" if owner else f"{function}: {old} → {new}"


def explained() -> set[str]:
    """The places of all explained mutants."""
    groups = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["explained"]
    return {text for group in groups for text in group["mutants"]}


if __name__ == "__main__":
    main()
