"""A changed configuration comes into effect while requests are served, and a bad one does not."""

import json
import os
import signal
import urllib.error
import urllib.request

from harness import chat, providers, wait_for
from raw import send
from traffic import Traffic

CHAIN = """\
pack:
  name: e2e
  version: 1.0.0
  enabled: true
policies:
  chain: [pii-detector, audit-logger]
policy:
  pii-detector: {action: redact, redaction: {custom_markers: {email: "<MARK>"}}}
  audit-logger: {retention_days: 365}
"""


def changed(stack, old, new):
    """The configuration with a change, put in place of the one before as editors and deployments do."""
    stack.config = stack.config.replace(old, new)
    assert new in stack.config
    text = stack._with_peers()
    fresh = stack.config_file.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, stack.config_file)


def seen_by_the_model(sim):
    return sim.bodies()[-1]["messages"][-1]["content"]


def version(stack, name):
    return json.loads(stack.admin("/config", name))["x-portcullis"]["version"]


def versions(stack):
    return {name: version(stack, name) for name in stack.processes}


def wait_applied(stack, before):
    wait_for(lambda: all(v != before[n] for n, v in versions(stack).items()), "the new version everywhere")


def test_a_changed_file_is_live_without_a_restart(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    send(stack, chat("mail bob@example.com"))
    assert seen_by_the_model(sim) == "mail <MARK>"
    before = versions(stack)
    changed(stack, "<MARK>", "<OTHER>")
    wait_applied(stack, before)
    answer = send(stack, chat("mail bob@example.com"))
    assert seen_by_the_model(sim) == "mail <OTHER>"
    assert stack.metric("portcullis_config_reloads_total", result="applied") == len(stack.processes)
    now = version(stack, stack.front)
    assert stack.metric("portcullis_config_info", version=now) >= 1
    assert stack.metric("portcullis_config_info", version=before[stack.front]) == 0
    assert stack.record(answer.request_id)["config_version"] == now


def test_no_request_is_dropped_while_reloads_come_under_load(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    marker = "<MARK>"
    with Traffic(stack, chat("mail bob@example.com")) as traffic:
        for round_number in range(6):
            before, count = versions(stack), traffic.done
            fresh = f"<M{round_number}>"
            changed(stack, marker, fresh)
            marker = fresh
            wait_applied(stack, before)
            wait_for(lambda: traffic.failed or traffic.done > count + 20, "requests after the reload")
    assert traffic.failed == []
    markers = {b["messages"][-1]["content"] for b in sim.bodies()}
    assert markers <= {"mail <MARK>"} | {f"mail <M{i}>" for i in range(6)}
    assert f"mail {marker}" in markers
    assert stack.metric("portcullis_unscanned_text_bytes_total") == 0


def test_a_bad_file_keeps_the_one_before_and_says_why(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    before = versions(stack)
    changed(stack, "action: redact", "action: redakt")
    for process in stack.processes.values():
        line = process.wait_line(
            lambda line: line if "the one before stays in effect" in line and "redakt" in line else None, "the refusal")
        assert "policy-config.yaml:8" in line
    assert stack.metric("portcullis_config_reloads_total", result="rejected") >= len(stack.processes)
    assert versions(stack) == before
    send(stack, chat("mail bob@example.com"))
    assert seen_by_the_model(sim) == "mail <MARK>"


def test_a_listener_waits_for_a_restart_and_is_named(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    stack.wait_ready()
    changed(stack, "pii-detector, audit-logger]", "pii-detector, secrets, audit-logger]\nsize_limits: {max_body_bytes: 1048576}")
    for name in stack.processes:
        wait_for(lambda: "gateway.limits.max_body_bytes" in
                 json.loads(stack.admin("/config", name))["x-portcullis"]["restart_needed"], "the named setting")
        assert json.loads(stack.admin("/config", name))["policies"]["chain"][1] == "secrets"
    front = stack.processes[stack.front]
    assert front.wait_line(lambda line: "wait for a restart" in line and "max_body_bytes" in line, "a warning")


def reload_by_admin(stack, name):
    request = urllib.request.Request(
        f"http://{stack.addresses[name]['admin']}/config/reload", data=b"", method="POST",
        headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_admin_port_and_sighup_reload_where_the_file_is_not_watched(make_stack, sim):
    stack = make_stack(CHAIN + "reload: {watch: false}\n" + providers(sim))
    stack.wait_ready()
    name = stack.front
    before = version(stack, name)
    changed(stack, "<MARK>", "<OTHER>")
    status, answer = reload_by_admin(stack, name)
    assert (status, answer["result"]) == (200, "applied")
    assert answer["version"] != before and version(stack, name) == answer["version"]
    changed(stack, "action: redact", "action: redakt")
    status, answer = reload_by_admin(stack, name)
    assert (status, answer["result"]) == (422, "rejected")
    assert "redakt" in answer["problems"][0]
    changed(stack, "action: redakt", "action: block")
    now = version(stack, name)
    stack.processes[name].kill(signal.SIGHUP)
    wait_for(lambda: version(stack, name) != now, "the reload by SIGHUP")


def test_a_stream_ends_on_the_policies_that_it_began_with(make_stack, sim):
    stack = make_stack(CHAIN.replace("action: redact,", "action: redact, apply_to: output,") + providers(sim))
    stack.wait_ready()
    said = "first a@x.io " + "and so it goes on " * 4 + "last b@x.io."
    request = urllib.request.Request(
        stack.base_url + "/chat/completions",
        data=json.dumps(chat(f"say: {said}\nfault: drip=4\nchunk: 16", stream=True)).encode(),
        headers={"content-type": "application/json", "authorization": "Bearer k"})
    with urllib.request.urlopen(request, timeout=60) as response:
        first = response.readline()
        before = versions(stack)
        changed(stack, "<MARK>", "<OTHER>")
        wait_applied(stack, before)
        sent_after = response.read()
    text = "".join(c["delta"].get("content") or ""
                   for line in (first + sent_after).decode().split("\n\n") if line.startswith("data: {")
                   for c in json.loads(line[len("data: "):])["choices"])
    assert text == said.replace("a@x.io", "<MARK>").replace("b@x.io", "<MARK>")
    answer = send(stack, chat("say: c@x.io."))
    assert answer.json()["choices"][0]["message"]["content"] == "<OTHER>."
