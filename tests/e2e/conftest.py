import pytest

from harness import CHAIN, FORMS, Simulator, Stack, providers


@pytest.fixture(scope="session")
def shared_sim():
    sim = Simulator()
    yield sim
    sim.stop()


@pytest.fixture
def sim(shared_sim):
    """A simulator that remembers nothing of the test before."""
    shared_sim.reset()
    return shared_sim


@pytest.fixture(scope="session", params=FORMS)
def shared_stack(request, shared_sim, tmp_path_factory):
    with Stack(request.param, tmp_path_factory.mktemp("stack"), CHAIN + providers(shared_sim)) as stack:
        yield stack


@pytest.fixture
def stack(shared_stack, sim):
    """The gateway with the base chain, in each of its forms."""
    return shared_stack


@pytest.fixture(params=FORMS)
def make_stack(request, sim, tmp_path):
    """Makes a gateway of its own with the configuration that the test gives; again in each form."""
    made = []

    def make(config, **more):
        stack = Stack(request.param, tmp_path / f"stack{len(made)}", config, **more)
        made.append(stack)
        stack.start()
        return stack

    yield make
    for stack in made:
        stack.close()
