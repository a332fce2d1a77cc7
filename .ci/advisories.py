"""Holds Cargo.lock against known advisories. For machines without cargo-deny and its database.

Reads a dated snapshot: .ci/advisories.json, or the file that ADVISORIES names. `advisories.py --snapshot DIRECTORY` writes
one to standard output from a git directory of the public RustSec database, cut to the crates of Cargo.lock and deny.toml.
"""

import json
import os
import re
import subprocess
import sys
import tomllib

SNAPSHOT = os.environ.get("ADVISORIES", ".ci/advisories.json")


def locked() -> dict[str, set[str]]:
    """Versions by crate, of all that comes from a registry."""
    found: dict[str, set[str]] = {}
    for package in tomllib.load(open("Cargo.lock", "rb"))["package"]:
        if "source" in package:
            found.setdefault(package["name"], set()).add(package["version"])
    return found


def order(version: str) -> tuple:
    """A version's place in the order of semantic versioning: a release comes after what was tried before it."""
    version, _, early = version.split("+")[0].partition("-")
    numbers = [int(part) for part in version.split(".")]
    tried = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in early.split(".")] if early else []
    return (*numbers, *[0] * (3 - len(numbers)), not early, tried)


def meets(version: str, requirement: str) -> bool:
    """Whether a version fits all parts of a requirement such as `>= 1.2, < 2`."""

    def fits(part: str) -> bool:
        sign, bound = re.fullmatch(r"\s*(>=|<=|>|<|=|\^|~)?\s*(\S+)\s*", part).groups()
        here, there = order(version), order(bound)
        if sign in (None, "^", "~"):
            given = [int(number) for number in bound.split("-")[0].split(".")]
            fixed = 1 if sign == "~" and len(given) == 1 else 2 if sign == "~" else 1
            if sign != "~":
                fixed = next((place + 1 for place, number in enumerate(given) if number), len(given))
            return here >= there and here[:fixed] == there[:fixed]
        if sign == "=":
            return here[: bound.count(".") + 1] == there[: bound.count(".") + 1] if bound.count(".") < 2 else here == there
        return {">=": here >= there, "<=": here <= there, ">": here > there, "<": here < there}[sign]

    return all(fits(part) for part in requirement.split(","))


def snapshot(directory: str) -> dict:
    """The advisories of our crates, as the database's newest commit has them."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "--git-dir", directory, *arguments], check=True, capture_output=True, text=True).stdout

    refused = {ban["crate"] for ban in tomllib.load(open("deny.toml", "rb"))["bans"]["deny"]}
    ours, kept = set(locked()) | refused, []
    for path in git("ls-tree", "-r", "--name-only", "HEAD", "crates/").splitlines():
        if path.split("/")[1] not in ours or not path.endswith(".md"):
            continue
        read = tomllib.loads(re.search(r"```toml\n(.*?)```", git("show", f"HEAD:{path}"), re.S).group(1))
        advisory, versions = read["advisory"], read["versions"]
        if "withdrawn" not in advisory:
            kept.append(
                {
                    "id": advisory["id"],
                    "crate": advisory["package"],
                    "kind": advisory.get("informational", "vulnerability"),
                    "safe": versions.get("patched", []) + versions.get("unaffected", []),
                }
            )
    kept.sort(key=lambda advisory: (advisory["crate"], advisory["id"]))
    return {"date": git("log", "-1", "--format=%cs").strip(), "advisories": kept}


def main() -> int:
    if sys.argv[1:2] == ["--snapshot"]:
        print(json.dumps(snapshot(sys.argv[2]), indent=1))
        return 0
    if not os.path.exists(SNAPSHOT):
        print(f"ADVISORIES WERE NOT LOOKED AT: neither cargo-deny nor a snapshot at {SNAPSHOT}")
        return 0
    known, versions, problems = json.load(open(SNAPSHOT)), locked(), 0
    for advisory in known["advisories"]:
        for version in sorted(versions.get(advisory["crate"], ())):
            if any(meets(version, safe) for safe in advisory["safe"]):
                continue
            problems += advisory["kind"] == "vulnerability"
            print(f"{advisory['crate']} {version}: {advisory['id']} ({advisory['kind']})")
    print(f"{len(known['advisories'])} advisories as of {known['date']}, {problems} of them stand against Cargo.lock")
    return bool(problems)


sys.exit(main())
