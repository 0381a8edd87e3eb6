#!/usr/bin/env python3
"""Writes the bill of materials of an image as SPDX 2.3 JSON: Portcullis, and every Debian package that is in it.

  make_sbom.py --root DIR --name portcullis --version 0.1.0 > sbom.spdx.json

DIR is the image's file system. Licences are not concluded: Debian's copyright files say them in words. Given the same
image and SOURCE_DATE_EPOCH the output is the same.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import urllib.parse

PROGRAMS = "usr/bin/portcullis*"


def installed(root):
    """The stanzas of dpkg's status file, as dicts."""
    for stanza in (root / "var/lib/dpkg/status").read_text().strip().split("\n\n"):
        fields = dict(re.findall(r"^(\S+): (.*)$", stanza, re.M))
        if fields["Status"] == "install ok installed":
            yield fields


def identifier(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def debian_package(fields, release):
    name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
    query = urllib.parse.urlencode({"arch": architecture, "distro": release})
    purl = f"pkg:deb/debian/{urllib.parse.quote(name)}@{urllib.parse.quote(version, safe='')}?{query}"
    source = fields.get("Source", name)
    return {
        "SPDXID": identifier(f"Package-{name}"),
        "name": name,
        "versionInfo": version,
        "supplier": f"Organization: {fields.get('Maintainer', 'Debian').replace('<', '(').replace('>', ')')}",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": f"built from the Debian source package {source}",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
        ],
    }


def program(path, root):
    data = path.read_bytes()
    return {
        "SPDXID": identifier(f"File-{path.name}"),
        "fileName": "./" + str(path.relative_to(root)),
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": hashlib.sha1(data).hexdigest()},
            {"algorithm": "SHA256", "checksumValue": hashlib.sha256(data).hexdigest()},
        ],
        "licenseConcluded": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }


def verification_code(files):
    """SPDX 2.3, 7.9: SHA-1 of the files' SHA-1s, sorted."""
    sums = sorted(c["checksumValue"] for f in files for c in f["checksums"] if c["algorithm"] == "SHA1")
    return hashlib.sha1("".join(sums).encode()).hexdigest()


def document(root, name, version):
    release = re.search(r"^VERSION_ID=\"?(\w+)", (root / "etc/os-release").read_text(), re.M)[1]
    debian = [debian_package(fields, f"debian-{release}") for fields in installed(root)]
    debian.sort(key=lambda package: package["name"])
    files = [program(path, root) for path in sorted(root.glob(PROGRAMS))]
    if not files:
        raise SystemExit(f"{root} has no {PROGRAMS}: is it the image's file system?")
    own = {
        "SPDXID": identifier(f"Package-{name}"),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": verification_code(files)},
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "CONTAINER",
    }
    digest = hashlib.sha256(json.dumps([debian, files]).encode()).hexdigest()
    created = datetime.datetime.fromtimestamp(
        int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp())), datetime.timezone.utc
    )
    relate = lambda kind, to: {  # noqa: E731
        "spdxElementId": own["SPDXID"],
        "relationshipType": kind,
        "relatedSpdxElement": to["SPDXID"],
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}",
        "documentNamespace": f"urn:sha256:{digest}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: portcullis-make_sbom"],
        },
        "documentDescribes": [own["SPDXID"]],
        "packages": [own, *debian],
        "files": files,
        "relationships": [
            {**relate("DESCRIBES", own), "spdxElementId": "SPDXRef-DOCUMENT"},
            *[relate("CONTAINS", package) for package in debian],
            *[relate("CONTAINS", file) for file in files],
        ],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    options = parser.parse_args()
    print(json.dumps(document(options.root, options.name, options.version), indent=1))


if __name__ == "__main__":
    main()
