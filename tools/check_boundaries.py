#!/usr/bin/env python3
"""Checks includes and tokens of the product's sources against tools/boundaries.yaml.

    tools/check_boundaries.py [--root FOLDER] [--rules FILE]

Prints one line per breach, "file:line: what is wrong; what to do", and exits with 1 if there is any.
Needs PyYAML (Debian: python3-yaml).
"""

import argparse
import os
import re
import sys

try:
    import yaml
except ImportError:
    sys.exit("check_boundaries.py needs PyYAML: apt-get install python3-yaml")

SOURCES = (".h", ".cc", ".proto")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
IMPORT = re.compile(r'^\s*import\s+(?:public\s+|weak\s+)?(")([^"]+)"')
NOT_CODE = re.compile(
    r'R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'  # strings
    r"|'(?:\\.|[^'\\\n])'"  # characters, but not digit separators
    r"|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)


def pattern_to_regex(pattern, capture=False):
    """`*` within one name, `**` across folders, `{service}` a name (a group if `capture`)."""
    out = ""
    for part in re.split(r"(\*\*|\*|\{service\})", pattern):
        if part == "**":
            out += ".*"
        elif part == "*":
            out += "[^/]*"
        elif part == "{service}":
            out += "(?P<service>[^/]+)" if capture else "[^/]+"
        else:
            out += re.escape(part)
    return re.compile(out + r"\Z")


def matches_any(path, patterns):
    """True if the last pattern that matches `path` has no leading "!"."""
    verdict = False
    for pattern in patterns:
        negative = pattern.startswith("!")
        if pattern_to_regex(pattern.lstrip("!")).match(path):
            verdict = not negative
    return verdict


def blank_out(text):
    """The text with comments and literals turned into spaces; lines stay where they are."""
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


class Checker:
    def __init__(self, root, rules):
        self.root = root
        self.rules = rules
        self.layers = [dict(layer, regex=pattern_to_regex(layer["path"], capture=True)) for layer in rules["layers"]]
        self.tokens = [dict(token, regex=re.compile(token["pattern"])) for token in rules["tokens"]]
        self.exceptions = rules.get("exceptions") or []
        self.used_exceptions = set()
        self.breaches = []

    def run(self):
        for path in self.files():
            self.check_file(path)
        for index, exception in enumerate(self.exceptions):
            if index not in self.used_exceptions:
                what = exception.get("include") or exception.get("token")
                self.report("boundaries.yaml", 0, f"exception for {exception['file']} ({what}) is not needed; remove it")
        return self.breaches

    def files(self):
        for top in self.rules["roots"]:
            for folder, folders, names in os.walk(os.path.join(self.root, top)):
                folders.sort()
                for name in sorted(names):
                    if name.endswith(SOURCES):
                        yield os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")

    def check_file(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as stream:
            text = stream.read()
        lines = text.split("\n")
        if len(lines) - 1 > self.rules["max_lines"]:
            self.report(path, len(lines) - 1, f"more than {self.rules['max_lines']} lines; split the file")
        layer, service = self.layer_of(path)
        if layer is None:
            self.report(path, 1, "belongs to no layer; add its folder to tools/boundaries.yaml")
            return
        directive = IMPORT if path.endswith(".proto") else INCLUDE
        for number, line in enumerate(lines, start=1):
            found = directive.match(line)
            if found:
                self.check_include(path, number, layer, service, found.group(2), quoted=found.group(1) == '"')
        self.check_tokens(path, blank_out(text))

    def layer_of(self, path):
        for layer in self.layers:
            found = layer["regex"].match(path)
            if found:
                return layer, found.groupdict().get("service")
        return None, None

    def check_include(self, path, number, layer, service, header, quoted):
        if self.is_excepted(path, "include", header):
            return
        if self.is_ours(header):
            if not self.is_allowed(layer, service, header):
                self.report(path, number, f"must not include {header}; {layer['path']} may use: {self.allowed(layer)}")
        elif quoted and "/" not in header:
            self.report(path, number, f'"{header}": write the path from the root of the repository')
        else:
            for prefix in layer.get("deny", []):
                if header.startswith(prefix):
                    self.report(path, number, f"must not include {header}: {layer['path']} stays free of {prefix}")

    def is_ours(self, header):
        return header.split("/")[0] in ("libs", "services", "apps", "portcullis", "tests", "bench", "tools", "console")

    def is_allowed(self, layer, service, header):
        own, own_service = self.layer_of(header)
        if own is layer and own_service == service:
            return True
        patterns = []
        for pattern in layer["allow"]:
            pattern = pattern.replace("{service}", service or "")
            peers = self.rules["peers"].get(service, []) if "{peer}" in pattern else [""]
            patterns += [pattern.replace("{peer}", peer) for peer in peers]
        return matches_any(header, patterns)

    @staticmethod
    def allowed(layer):
        return ", ".join(layer["allow"]) or "nothing"

    def check_tokens(self, path, code):
        for token in self.tokens:
            if matches_any(path, token["allow"]):
                continue
            for found in token["regex"].finditer(code):
                if not self.is_excepted(path, "token", found.group()):
                    number = code.count("\n", 0, found.start()) + 1
                    self.report(path, number, f"'{found.group()}' is banned here; {token['instead']}")

    def is_excepted(self, path, kind, what):
        for index, exception in enumerate(self.exceptions):
            if exception["file"] == path and exception.get(kind) == what:
                self.used_exceptions.add(index)
                return True
        return False

    def report(self, path, number, what):
        self.breaches.append(f"{path}:{number}: {what}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=os.path.dirname(here), help="the repository")
    parser.add_argument("--rules", default=os.path.join(here, "boundaries.yaml"))
    arguments = parser.parse_args()
    with open(arguments.rules, encoding="utf-8") as stream:
        rules = yaml.safe_load(stream)
    breaches = Checker(arguments.root, rules).run()
    for breach in breaches:
        print(breach)
    if breaches:
        print(f"{len(breaches)} breaches of tools/boundaries.yaml")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
