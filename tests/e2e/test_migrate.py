"""`portcullis migrate`: what it writes starts, and answers as the original did."""

import pytest

from harness import Stack, chat, portcullis
from raw import send

AXONFLOW = """\
version: "1.0"
llm_providers:
  mistral: {enabled: true, credentials: {api_key: "${TEST_PROVIDER_KEY}"}, config: {endpoint: "%s", model: codestral-latest}}
connectors: {pg: {type: postgres}}
"""
KEEPTRUSTS = """\
pack: {name: kt, version: 1.0.0, enabled: true}
policies: {chain: [rbac, pii-detector]}
policy: {rbac: {}, pii-detector: {action: redact}}
providers:
  targets: [{id: m, provider: mistral, model: codestral-latest, base_url: "%s/v1", secret_key_ref: {env: TEST_PROVIDER_KEY}}]
"""
LITELLM = """\
model_list:
  - model_name: coder
    litellm_params: {model: mistral/codestral-latest, api_base: "%s/v1", api_key: os.environ/TEST_PROVIDER_KEY}
general_settings: {master_key: sk-1234}
"""


@pytest.mark.parametrize(
    "product, text, model, lost",
    [
        ("axonflow", AXONFLOW, None, "config.yaml:4:1: warning: connectors have no effect here"),
        ("keeptrusts", KEEPTRUSTS, "any", "config.yaml:3:10: policy.rbac: not carried over"),
        ("litellm", LITELLM, "coder", "config.yaml:4:20: general_settings.master_key: not carried over"),
    ],
)
def test_what_it_writes_serves(sim, tmp_path, product, text, model, lost):
    source = tmp_path / "config.yaml"
    source.write_text(text % sim.url)
    done = portcullis("migrate", product, source, env={"TEST_PROVIDER_KEY": "k"})
    assert done.returncode == 0, done.stderr
    assert lost in done.stderr
    ours = tmp_path / "ours.yaml"
    again = portcullis("migrate", product, source, "--output", ours, env={})
    assert (again.returncode, again.stdout) == (0, "") and ours.read_text() == done.stdout
    lint = portcullis("policy", "lint", "--file", ours, env={"TEST_PROVIDER_KEY": "k"})
    assert lint.returncode == 0, lint.stdout
    with Stack("all-in-one", tmp_path / "stack", done.stdout) as stack:
        body = chat("say: x") | ({"model": model} if model else {})
        if not model:
            del body["model"]
        answer = send(stack, body).json()
        assert (answer["choices"][0]["message"]["content"], answer["model"]) == ("x", "codestral-latest")


def test_wrong_usage(tmp_path):
    for arguments in (["axonflow", tmp_path / "none.yaml"], ["other", "x.yaml"], ["litellm"]):
        done = portcullis("migrate", *arguments)
        assert done.returncode == 2, done.stderr
