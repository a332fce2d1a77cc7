"""Holds what is built in against deny.toml: licences, refused packages, sources. For machines without cargo-deny."""

import json
import re
import subprocess
import sys
import tomllib

POLICY = tomllib.load(open("deny.toml", "rb"))
ALLOWED = set(POLICY["licenses"]["allow"])
REFUSED = {ban["crate"] for ban in POLICY["bans"]["deny"]}
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def permitted(expression: str) -> bool:
    """Whether an SPDX expression can be met with permitted licences; AND binds tighter than OR."""
    words = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either() -> bool:
        met = both()
        while words and words[0] == "OR":
            words.pop(0)
            met = both() or met
        return met

    def both() -> bool:
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def one() -> bool:
        word = words.pop(0)
        if word == "(":
            met = either()
            words.pop(0)
            return met
        if words and words[0] == "WITH":
            words.pop(0)
            word = f"{word} WITH {words.pop(0)}"
        return word in ALLOWED

    return either()


def faults(package: dict) -> list[str]:
    found = []
    if package["name"] in REFUSED:
        found.append("is refused by name")
    if package["source"] != REGISTRY:
        found.append(f"comes from {package['source']}")
    if not permitted(package["license"] or "unstated"):
        found.append(f"has the licence {package['license']}")
    return [f"{package['name']} {package['version']} {fault}" for fault in found]


metadata = subprocess.run(
    ["cargo", "metadata", "--format-version", "1", "--all-features", "--locked"], check=True, capture_output=True
)
packages = [package for package in json.loads(metadata.stdout)["packages"] if package["source"]]
problems = [fault for package in packages for fault in faults(package)]
print("\n".join(problems) or f"{len(packages)} packages keep to deny.toml")
sys.exit(bool(problems))
