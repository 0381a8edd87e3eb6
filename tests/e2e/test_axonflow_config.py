"""AxonFlow's YAML and environment variables: the page's, started as its users start it."""

import collections
import json
import urllib.error
import urllib.request

import pytest

from harness import BIN, CHAIN, DEADLINE, Process, Simulator, portcullis, wait_for

PAGE = """\
version: "1.0"
llm_providers:
  mistral:
    enabled: true
    credentials:
      api_key: ${MISTRAL_API_KEY}
    config:
      model: ${MISTRAL_MODEL:-mistral-small-latest}
"""
FREE = ["--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]


class Gateway:
    """The gateway with files and variables alone."""

    def __init__(self, tmp_path, files=(), env=None):
        flags = [flag for file in files for flag in ("--policy-config", file)]
        self.process = Process("gateway", [BIN / "portcullis", "gateway", "run", "--workers", "1", *FREE, *flags],
                               {"XDG_STATE_HOME": str(tmp_path), **(env or {})})

    def __enter__(self):
        try:
            self.address = self.process.listening()["http"]
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(self, *unused):
        assert self.process.stop() == 0

    def ask(self, query, **context):
        return self.ask_with(query, context=context)

    def ask_with(self, query, **more):
        body = json.dumps({"query": query, **more}).encode()
        try:
            answer = urllib.request.urlopen(f"http://{self.address}/api/request", body, DEADLINE)
        except urllib.error.HTTPError as error:
            answer = error
        return json.load(answer)

    def settings(self):
        lines = [json.loads(line) for line in self.process.lines if '"msg":"setting"' in line]
        return {line["key"]: (line["value"], line["from"]) for line in lines}


def refused(files=(), **env):
    flags = [flag for file in files for flag in ("--policy-config", file)]
    done = portcullis("gateway", "run", *FREE, *flags, env={"MISTRAL_API_KEY": "k", **env})
    assert done.returncode == 2, done.stderr
    return done.stderr


@pytest.fixture
def page(tmp_path):
    file = tmp_path / "axonflow.yaml"
    file.write_text(PAGE)
    return file


def test_the_pages_yaml_alone(sim, page, tmp_path):
    env = {"MISTRAL_API_KEY": "test-provider-key", "MISTRAL_ENDPOINT": sim.url}
    with Gateway(tmp_path, [page], env) as gateway:
        answer = gateway.ask("say: x", provider="mistral")
        assert (answer["data"]["data"], answer["metadata"]["model"]) == ("x", "mistral-small-latest")
        settings = gateway.settings()
        target = "providers.targets[0]."
        assert settings[target + "default_model"] == ("mistral-small-latest", f"{page}:8:14")
        assert settings[target + "base_url"] == (sim.url + "/v1", "MISTRAL_ENDPOINT")
        assert settings[target + "secret_key_ref.env"] == ("MISTRAL_API_KEY", f"{page}:6:16")
        assert "test-provider-key" not in gateway.process.log()


def test_the_page_names_its_file_by_variable_too(sim, page, tmp_path):
    env = {"MISTRAL_API_KEY": "k", "MISTRAL_ENDPOINT": sim.url + "/v1", "MISTRAL_MODEL": "codestral-latest",
           "AXONFLOW_CONFIG_FILE": str(page)}
    with Gateway(tmp_path, env=env) as gateway:
        assert gateway.ask("say: x")["metadata"]["model"] == "codestral-latest"


def test_the_yaml_beside_a_file_of_ours(make_stack, sim, page):
    stack = make_stack(CHAIN, env={"MISTRAL_API_KEY": "k", "MISTRAL_ENDPOINT": sim.url}, flags=["--policy-config", page])
    url = stack.base_url.removesuffix("/v1") + "/api/request"
    answer = json.load(urllib.request.urlopen(url, json.dumps({"query": "say: x"}).encode(), DEADLINE))
    assert (answer["data"]["data"], answer["metadata"]["provider"]) == ("x", "mistral")


def test_a_change_of_the_yaml_is_noticed(sim, page, tmp_path):
    ours = tmp_path / "policy-config.yaml"
    ours.write_text(CHAIN)
    with Gateway(tmp_path, [ours, page], {"MISTRAL_API_KEY": "k", "MISTRAL_ENDPOINT": sim.url}) as gateway:
        page.write_text(PAGE.replace("mistral-small-latest", "mistral-large-latest"))
        wait_for(lambda: "providers.targets" in gateway.process.log().split('"listening"')[1], "a reload")


def test_weighted_routing_over_two_providers(sim, tmp_path):
    openai = Simulator("--provider", "openai")
    try:
        env = {"MISTRAL_API_KEY": "k", "MISTRAL_ENDPOINT": sim.url, "OPENAI_API_KEY": "k", "OPENAI_ENDPOINT": openai.url,
               "LLM_ROUTING_STRATEGY": "weighted", "PROVIDER_WEIGHTS": "mistral:75,openai:25"}
        with Gateway(tmp_path, env=env) as gateway:
            answers = [gateway.ask("say: x")["metadata"] for _ in range(8)]
            assert collections.Counter((a["provider"], a["model"]) for a in answers) == {
                ("mistral", "mistral-small-latest"): 6, ("openai", "gpt-4o"): 2}
            assert gateway.ask("say: x", provider="openai")["metadata"]["provider"] == "openai"
        with Gateway(tmp_path, env={**env, "LLM_ROUTING_STRATEGY": "failover", "DEFAULT_LLM_PROVIDER": "openai"}) as gateway:
            assert {gateway.ask("say: x")["metadata"]["provider"] for _ in range(4)} == {"openai"}
        with Gateway(tmp_path, env={**env, "LLM_PROVIDERS": "mistral"}) as gateway:
            assert {gateway.ask("say: x")["metadata"]["provider"] for _ in range(4)} == {"mistral"}
    finally:
        openai.stop()


def test_actions_decide_alike_in_both_modes(sim, tmp_path):
    env = {"MISTRAL_API_KEY": "k", "MISTRAL_ENDPOINT": sim.url, "PII_ACTION": "block", "SQLI_ACTION": "block"}
    with Gateway(tmp_path, env=env) as gateway:
        for query, policy in (("mail jane.roe@example.com", "pii-detector"), ("name' or 1=1 --", "sql-injection")):
            answer = gateway.ask(query)
            assert (answer["blocked"], answer["policy"]) == (True, policy)
            url = f"http://{gateway.address}/api/policy/pre-check"
            check = json.load(urllib.request.urlopen(url, json.dumps({"query": query}).encode(), DEADLINE))
            assert (check["approved"], check["policies"]) == (False, [policy])


def test_what_is_wrong_has_its_place(page, tmp_path):
    page.write_text(PAGE.replace("config:", "confg:"))
    assert f"{page}:7:5: error: unknown key \"confg\"" in refused([page])
    assert "PII_ACTION must be one of" in refused(PII_ACTION="nope")
    assert "names nobody who may call" in refused(DEPLOYMENT_MODE="enterprise")
    page.write_text(PAGE)
    assert "have the same form" in refused([page, page])
    done = portcullis("gateway", "run", *FREE, env={})
    assert done.returncode == 2 and "no configuration" in done.stderr


def test_lint_knows_it(page, tmp_path):
    def lint(*files, **env):
        flags = [flag for file in files for flag in ("--file", file)]
        return portcullis("policy", "lint", *flags, env={"MISTRAL_API_KEY": "k", **env})

    done = lint(page)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"OK {page} is valid")
    ours = tmp_path / "policy-config.yaml"
    ours.write_text(CHAIN)
    assert lint(ours, page).returncode == 0
    ours.write_text(CHAIN + "gateway: {axonflow: {deployment_mode: enterprise}}\n")
    done = lint(ours, page)
    assert done.returncode == 2 and f"{ours}:12:39: error: gateway.axonflow.clients names nobody" in done.stdout
