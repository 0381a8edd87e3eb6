#!/usr/bin/env python3
"""Makes the Helm chart from the kustomizations: deploy/helm/build.py DIR [--kustomize PROGRAM]

DIR gets deploy/helm/chart and, for each overlay, a list of all objects that `kustomize build` gives, each once, with the
components that bring it ("with") or replace it ("without"). Nothing in the chart describes an object a second time.
"""

import argparse
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parents[1]
OVERLAYS = ("laptop", "small", "production")
COMPONENTS = {
    "cert-manager": "k8s/components/cert-manager",
    "grafana": "grafana",
    "ingress": "k8s/components/ingress",
    "mtls": "k8s/components/mtls",
    "otel": "k8s/components/otel",
    "pod-monitor": "k8s/components/pod-monitor",
    "prometheus-rule": "k8s/components/prometheus-rule",
    "scaling": "k8s/components/scaling",
}


def identity(item):
    return item["apiVersion"], item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]


def kustomize(program, overlay, components):
    """The objects of an overlay with components, by identity."""
    with tempfile.TemporaryDirectory() as directory:
        paths = [DEPLOY / "k8s" / "overlays" / overlay, *[DEPLOY / COMPONENTS[c] for c in components]]
        resource, *others = [os.path.relpath(path, os.path.realpath(directory)) for path in paths]
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [resource],
            "components": others,
        }
        (pathlib.Path(directory) / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        done = subprocess.run([*program, directory], stdout=subprocess.PIPE, check=True, timeout=120)
    return {identity(item): item for item in yaml.safe_load_all(done.stdout)}


def entries(program, overlay):
    """[{"with": [component], "without": [component], "object": {...}}] of an overlay: of each object what it is with every
    subset of the components that change it."""
    built = {}

    def objects(*components):
        if components not in built:
            built[components] = kustomize(program, overlay, components)
        return built[components]

    plain = objects()
    changed_by = {}
    for component in COMPONENTS:
        items = objects(component)
        gone = plain.keys() - items.keys()
        assert not gone, f"{overlay}: {component} takes {gone} away, which the chart cannot express"
        for name, item in items.items():
            if item != plain.get(name):
                changed_by.setdefault(name, []).append(component)
    found = []
    for name in [*changed_by, *(n for n in plain if n not in changed_by)]:
        changing = changed_by.get(name, [])
        for chosen in (c for size in range(len(changing), -1, -1) for c in itertools.combinations(changing, size)):
            if name in objects(*chosen):
                others = [component for component in changing if component not in chosen]
                found.append({"with": list(chosen), "without": others, "object": objects(*chosen)[name]})
    everything = {identity(e["object"]): e["object"] for e in found if not e["without"]}
    assert everything == objects(*COMPONENTS), f"{overlay}: components depend on each other"
    return found


def build(directory, program):
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(DEPLOY / "helm" / "chart", directory)
    manifests = directory / "manifests"
    manifests.mkdir()
    for overlay in OVERLAYS:
        (manifests / f"{overlay}.json").write_text(json.dumps(entries(program, overlay), indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path, help="where the chart goes; what is there is replaced")
    parser.add_argument("--kustomize", help="the program; default: kustomize, else kubectl's")
    arguments = parser.parse_args()
    if arguments.directory.exists() and not (arguments.directory / "Chart.yaml").exists():
        parser.error(f"{arguments.directory} is there and is no chart")
    found = arguments.kustomize or shutil.which("kustomize")
    program = [found, "build"] if found else ["kubectl", "kustomize"]
    try:
        build(arguments.directory, program)
    except (OSError, subprocess.SubprocessError, AssertionError) as error:
        sys.exit(f"build.py: {error}")


if __name__ == "__main__":
    main()
