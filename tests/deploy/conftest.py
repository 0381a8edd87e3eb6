"""Where the tests of deploy/ find their helpers, and the cluster that they share."""

import contextlib
import os
import pathlib
import sys

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

# Those need a cluster: live/README.md.
collect_ignore = [] if os.environ.get("PORTCULLIS_LIVE_CLUSTER") else ["live"]


def configuration(items, sim):
    """That of an overlay, with the simulator in place of Mistral."""
    from test_kubernetes import config_of

    config = yaml.safe_load(config_of(items)[1])
    for target in config["providers"]["targets"]:
        target["base_url"] = sim.url + "/v1"
    config["gateway"]["workers"] = 1  # the machine is shared by nine programs here
    return config


@pytest.fixture
def make_cluster(tmp_path):
    """Makes the cluster of an overlay with components: a call gives it with its pods ready."""
    from cluster import Cluster
    from harness import Simulator
    from test_kubernetes import overlay_with, pods

    with contextlib.ExitStack() as stack:

        def make(replicas, simulator=(), name="small", components=(), secret_folders=None):
            sim = Simulator(*simulator)
            stack.callback(sim.process.kill)
            items = overlay_with(name, *components)
            cluster = Cluster(tmp_path, pods(items), configuration(items, sim))
            stack.callback(cluster.close)
            cluster.secret_folders |= secret_folders or {}
            cluster.bring_up(replicas)
            return cluster

        yield make
