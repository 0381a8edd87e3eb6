"""Each overlay with each subset of the components is accepted by a real API server, strictly and without a warning."""

import itertools
import json

import pytest

import kube
from test_kubernetes import COMPONENTS, OVERLAYS, combined

EVERY_SUBSET = [s for n in range(len(COMPONENTS) + 1) for s in itertools.combinations(COMPONENTS, n)]


@pytest.fixture(scope="module", autouse=True)
def prepared():
    kube.prepare()  # a dry run makes no namespace for those that come after


def said_of(items):
    """What the API server has to say of objects that it takes: nothing, besides what it says of each that is there."""
    done = kube.apply(items, "--dry-run=server")
    assert len(done.stdout.splitlines()) == len(items)
    return [line for line in done.stderr.splitlines() if "last-applied-configuration" not in line]


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_api_server_accepts_each_combination(tmp_path, name):
    """An object is accepted or not by itself: each is sent once, with the first combination that has it; the largest
    combination is sent as a whole, too.
    """
    accepted = set()
    for index, components in enumerate(EVERY_SUBSET):
        directory = tmp_path / str(index)
        directory.mkdir()
        items = combined(directory, name, components)
        fresh = [item for item in items if json.dumps(item) not in accepted]
        said = said_of(fresh) if fresh else []
        assert said == [], (components, said)
        accepted |= {json.dumps(item) for item in fresh}
    assert said_of(items) == []
    print(f"\n{name}: {len(EVERY_SUBSET)} combinations of {len(accepted)} objects accepted, {len(items)} in the largest")


def test_the_api_server_refuses_what_it_should(tmp_path):
    items = combined(tmp_path, "small", [])
    scaler = next(item for item in items if item["kind"] == "HorizontalPodAutoscaler")
    scaler["spec"]["metrics"][0]["resource"]["target"]["averageUtilisation"] = 70
    with pytest.raises(AssertionError, match="averageUtilisation"):
        kube.apply([scaler], "--dry-run=server")
    pod = next(item for item in items if item["kind"] == "Deployment")
    pod["spec"]["template"]["spec"]["containers"][0]["securityContext"]["capabilities"] = {"add": ["NET_ADMIN"]}
    assert "would violate PodSecurity" in kube.apply([pod], "--dry-run=server").stderr
