"""Policies that tenants keep by AxonFlow's API: its SDKs for Python, its calls, and what the policies do."""

import json
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from harness import CHAIN, DEADLINE, Postgres, chat, providers, wait_for
from test_axonflow import ENVIRONMENT, SDKS, VERSIONS, basic, call, endpoint

CLIENT = pathlib.Path(__file__).parents[1] / "clients" / "axonflow" / "policies.py"
STATIC, DYNAMIC = "/api/v1/static-policies", "/api/v1/dynamic-policies"
WORD = {"name": "Codes", "category": "sensitive-data", "pattern": "zulu-[0-9]{3}", "action": "block"}
TOPIC = {"name": "Topic", "conditions": [{"field": "query", "operator": "contains", "value": "walrus"}],
         "actions": [{"type": "block", "config": {}}]}


STORIES = {}


def story(version, stack):
    """What an SDK tells of one form of the gateway; each is run once."""
    if (version, stack.form) not in STORIES:
        done = subprocess.run(
            [SDKS / version / "bin/python", CLIENT, endpoint(stack), f"sdk-{version}"],
            capture_output=True, text=True, timeout=DEADLINE, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr
        STORIES[version, stack.form] = json.loads(done.stdout.splitlines()[-1])
    return STORIES[version, stack.form]


def tenant(name):
    return basic(name, "")


def complete(stack, text, **headers):
    """OpenAI's chat completions."""
    request = urllib.request.Request(
        endpoint(stack) + "/v1/chat/completions", data=json.dumps(chat(text)).encode(), headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=DEADLINE)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.headers, json.loads(answer.read())


def ask(stack, text, name="", **more):
    return call(stack, "/api/request", {"query": text, **more}, **(tenant(name) if name else {}))


def delete(stack, path, name=""):
    request = urllib.request.Request(endpoint(stack) + path, method="DELETE", headers=tenant(name) if name else {})
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        assert answer.read() == b""
        return answer.status


def raised(errors, names, kind):
    assert {name: errors[name]["raised"] for name in names} == dict.fromkeys(names, kind)


# ---- the SDKs


@pytest.mark.parametrize("version", VERSIONS)
def test_static_policies_by_sdk(version, stack):
    told = story(version, stack)["statics"]
    created = told["created"]
    assert (created["tier"], created["severity"], created["action"], created["enabled"]) == (
        "tenant", "high", "block", True)
    assert created["id"].startswith("pol_") and told["fetched"] == created
    assert told["blocked"]["raised"] == "PolicyViolationError" and created["id"] in told["blocked"]["message"]
    assert (told["updated"]["action"], told["updated"]["version"]) == ("redact", 2)
    assert told["redacted"]["data"]["data"] == "[REDACTED] is here"
    assert (told["off"]["enabled"], told["on"]["enabled"], told["on"]["version"]) == (False, True, 4)
    assert told["passed"]["data"]["data"] == "zebra-456 is off" and told["lifted"]["data"]["data"] == "zebra-789 is free"
    assert [(v["version"], v["change_type"]) for v in told["versions"]] == [
        (4, "enabled"), (3, "disabled"), (2, "updated"), (1, "created")]
    assert told["list"][0]["id"] == created["id"] and len(told["list"]) == 20
    assert [p["id"] for p in told["own"]] == [created["id"]]
    assert {"sys.pii-detector.payment_card", "sys.safety-filter.weapons"} < {p["id"] for p in told["system"]}
    assert all(p["tier"] == "system" for p in told["system"])
    assert created["id"] in [p["id"] for p in told["effective"]]
    assert {p["category"] for p in told["effective_some"]} == {"sensitive-data"}
    assert told["tested"]["valid"] is True
    assert [m["matched"] for m in told["tested"]["matches"]] == [True, False]
    assert told["test_wrong"]["valid"] is False and told["test_wrong"]["error"]
    assert told["deleted"] is None and told["system_versions"] == []
    errors = told["errors"]
    raised(errors, ("gone", "gone_update", "gone_delete", "gone_toggle", "gone_versions", "pattern", "costly"), "AxonFlowError")
    raised(errors, ("system_tier", "organization", "system_delete", "system_toggle", "override", "override_delete",
                    "overrides"), "PolicyViolationError")
    assert "HTTP 404" in errors["gone"]["message"] and "linear time" in errors["pattern"]["message"]


@pytest.mark.parametrize("version", VERSIONS)
def test_dynamic_policies_by_sdk(version, stack):
    told = story(version, stack)["dynamics"]
    created = told["created"]
    assert created["id"].startswith("dyn_") and (created["priority"], created["enabled"]) == (3, True)
    assert created["conditions"] == [{"field": "query", "operator": "contains", "value": "zebra"}]
    assert told["fetched"] == created
    assert told["blocked"]["raised"] == told["still_blocked"]["raised"] == "PolicyViolationError"
    assert told["updated"]["name"] == "Only summaries" and len(told["updated"]["conditions"]) == 2
    assert told["other_type"]["data"]["data"] == "zebra is fine" and told["passed"]["data"]["data"] == "zebra passes"
    assert told["off"]["enabled"] is False and [p["id"] for p in told["own"]] == [created["id"]]
    assert created["id"] in [p["id"] for p in told["list"]]
    assert created["id"] not in [p["id"] for p in told["effective"]]
    assert created["id"] in [p["id"] for p in told["effective_all"]]
    errors = told["errors"]
    raised(errors, errors, "AxonFlowError")
    assert "risk_score" in errors["unknown_field"]["message"] and "route" in errors["route"]["message"]


@pytest.mark.parametrize("version", VERSIONS)
def test_policies_by_the_blocking_client(version, stack):
    told = story(version, stack)["sync"]
    got, updated, off, listed, effective, tested, versions, deleted = told["static_all"]
    assert got["id"] == off["id"] == listed[0]["id"] and updated["name"] == "Sync 2" and not off["enabled"]
    assert got["id"] not in [p["id"] for p in effective] and tested["matches"][0]["matched"] and len(versions) == 3
    got, updated, off, listed, effective, gone = told["dynamic_all"]
    assert got["id"] == off["id"] == listed[0]["id"] and updated["name"] == "Sync 2" and deleted is gone is None
    assert got["id"] not in [p["id"] for p in effective] and told["raised"] == "AxonFlowError"


# ---- what a policy does


def test_a_policy_holds_for_its_tenant_at_once_and_survives_a_restart(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    status, _, policy = call(stack, STATIC, WORD, **tenant("one"))
    assert status == 201 and (policy["tenant_id"], policy["created_by"], policy["version"]) == ("one", "one", 1)
    status, _, answer = ask(stack, "what is zulu-123?", "one")
    assert (status, answer["policy"], answer["policy_info"]["policies_evaluated"]) == (403, policy["id"], [policy["id"]])
    assert ask(stack, "say: zulu-123", "two")[0] == 200 and ask(stack, "say: zulu-123")[0] == 200
    check = call(stack, "/api/policy/pre-check", {"query": "zulu-123"}, **tenant("one"))[2]
    assert (check["approved"], check["policies"]) == (False, [policy["id"]])
    record = stack.record(answer["request_id"])
    assert (record["policy"], record["reason_code"], record["verdict"]) == ("static-policy", "static_policy.matched", "block")
    assert record["findings"][0]["rule"] == policy["id"]
    name = "gateway" if stack.form == "all-in-one" else "policy"
    stack.processes[name].kill()  # what was answered with 201 is on the disk
    stack.processes[name].popen.wait()
    stack.start_process(name)
    status, answer = ask_until_reachable(stack, "what is zulu-123?", "one")
    assert (status, answer["policy"]) == (403, policy["id"])
    assert delete(stack, f"{STATIC}/{policy['id']}", "one") == 204
    status, answer = ask_until_reachable(stack, "say: zulu-123", "one")
    assert (status, answer["data"]["data"]) == (200, "zulu-123")


def ask_until_reachable(stack, text, name):
    """Each worker of the edge finds the policy service again by itself."""
    def reached():
        status, _, answer = ask(stack, text, name)
        return (status, answer) if status != 503 else None

    return wait_for(reached, "the policy service to be reached again")


def test_openais_callers_have_their_tenants_policies(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    call(stack, STATIC, WORD)  # of callers without a name
    call(stack, STATIC, {**WORD, "pattern": "yankee-[0-9]{3}", "action": "redact"}, **tenant("one"))
    status, _, body = complete(stack, "what is zulu-123?")
    assert status == 400 and body["error"]["policy"] == "static-policy"
    assert complete(stack, "say: yankee-123")[0] == 200
    answer = complete(stack, "say: zulu-123 and yankee-123", **tenant("one"))[2]
    assert answer["choices"][0]["message"]["content"] == "zulu-123 and [REDACTED]"


def test_answers_and_streams_are_checked_too(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    call(stack, DYNAMIC, {**TOPIC, "conditions": [{"field": "response", "operator": "regex", "value": "yield [0-9]+"}]})
    status, _, body = complete(stack, "say: the yield 42 is secret")
    assert (status, body["error"]["code"], body["error"]["policy"]) == (400, "output_blocked", "dynamic-policy")
    assert complete(stack, "say: no harvest")[0] == 200
    request = urllib.request.Request(endpoint(stack) + "/v1/chat/completions", method="POST",
                                     data=json.dumps(chat("say: a long text and then yield 42 ends", stream=True)).encode())
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        events = answer.read().decode()
    assert "dynamic-policy" in events and "output_blocked" in events and "yield 4" not in events


def test_actions_that_only_record(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    ids = {}
    for action in ("warn", "log", "allow"):
        ids[action] = call(stack, STATIC, {**WORD, "name": action, "pattern": f"{action}word", "action": action})[2]["id"]
    answer = ask(stack, "say: warnword logword allowword")[2]
    assert answer["data"]["data"] == "warnword logword allowword"
    assert set(answer["policy_info"]["policies_evaluated"]) == set(ids.values())
    call(stack, STATIC, {**WORD, "pattern": "holdword", "action": "require_approval"})
    status, _, held = ask(stack, "say: holdword")
    assert status == 403 and stack.record(held["request_id"])["verdict"] == "escalate"


def test_conditions_of_dynamic_policies(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    guests = {"name": "Guests", "actions": [{"type": "block"}], "conditions": [
        {"field": "user.email", "operator": "regex", "value": "@guest\\.example"},
        {"field": "query", "operator": "not_contains", "value": "weather"}]}
    status, _, made = call(stack, DYNAMIC, guests)
    assert status == 201 and made["policy"]["actions"] == [{"type": "block", "config": {}}]
    of = made["policy"]["id"]
    assert ask(stack, "say: hello", user_token="bob@guest.example")[2]["policy"] == of
    assert ask(stack, "say: the weather", user_token="bob@guest.example")[0] == 200
    assert ask(stack, "say: hello", user_token="bob@staff.example")[0] == 200
    tried = call(stack, f"{DYNAMIC}/{of}/test", {"query": "hello", "user": {"email": "eve@guest.example"}})[2]
    assert (tried["matched"], tried["blocked"], tried["actions"]) == (True, True, [{"type": "block", "config": {}}])
    tried = call(stack, f"/api/v1/policies/{of}/test", {"query": "the weather", "user_email": "eve@guest.example"})[2]
    assert (tried["matched"], tried["blocked"], tried["actions"]) == (False, False, [])


def test_import_and_export(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    other = {**TOPIC, "name": "Other", "conditions": [{"field": "query", "operator": "in", "value": ["a", "b"]}]}
    wrong = {**TOPIC, "name": "Wrong", "actions": [{"type": "modify_risk"}]}
    done = call(stack, f"{DYNAMIC}/import", {"policies": [TOPIC, other, wrong]})[2]
    assert (done["created"], done["skipped"], done["success"]) == (2, 0, False) and "Wrong" in done["errors"][0]
    exported = call(stack, "/api/v1/policies/export")[2]
    assert [p["name"] for p in exported["policies"]] == ["Topic", "Other"] and exported["count"] == 2
    back = {"policies": exported["policies"]}
    assert call(stack, f"{DYNAMIC}/import", back)[2]["skipped"] == 2
    assert call(stack, f"{DYNAMIC}/import", {**back, "overwrite_mode": "overwrite"})[2]["updated"] == 2
    status, _, body = call(stack, f"{DYNAMIC}/import", {**back, "overwrite_mode": "error"})
    assert (status, body["error"]["code"]) == (409, "CONFLICT")


# ---- errors, records, settings


def test_errors_have_their_envelopes(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    system = "sys.pii-detector.email"
    for path, body, method, status in (
            (STATIC, b"nothing", "POST", 400), (STATIC, {**WORD, "pattern": 5}, "POST", 400),
            (STATIC, {**WORD, "action": "explode"}, "POST", 400), (STATIC, {"name": "x"}, "POST", 400),
            (STATIC, {**WORD, "tier": "system"}, "POST", 403), (f"{STATIC}/{system}", {"enabled": False}, "PATCH", 403),
            (f"{STATIC}/pol_none", None, "GET", 404), (f"{STATIC}/pol_none/versions", None, "GET", 404),
            (f"{STATIC}/overrides", None, "GET", 403), (f"{STATIC}?page=x", None, "GET", 400), (STATIC, {}, "PUT", 405)):
        answered, _, answer = call(stack, path, body, method)
        assert (answered, answer["error"]["code"]) == (status, status) and answer["error"]["message"], path
    for path, body, method, status, code in (
            (DYNAMIC, b"[]", "POST", 400, "INVALID_JSON"), (DYNAMIC, {"name": "x"}, "POST", 400, "VALIDATION_ERROR"),
            (f"{DYNAMIC}/dyn_none", None, "GET", 404, "NOT_FOUND"), (DYNAMIC, {}, "PUT", 405, "METHOD_NOT_ALLOWED"),
            ("/api/v1/policies/simulate", {}, "POST", 403, "LICENSE_ERROR")):
        answered, _, answer = call(stack, path, body, method)
        assert (answered, answer["error"]["code"]) == (status, code), path
    condition = {"field": "user.role", "operator": "equals", "value": "admin"}
    _, _, answer = call(stack, DYNAMIC, {**TOPIC, "conditions": [condition]})
    [detail] = answer["error"]["details"]
    assert detail["field"] == "conditions[0].field" and "user.role" in detail["message"]
    assert call(stack, f"{STATIC}/{system}")[2]["tier"] == "system"


def test_changes_are_in_the_audit_log_without_patterns(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    _, headers, policy = call(stack, STATIC, WORD, **tenant("one"))
    made = stack.record(headers["x-request-id"])
    assert (made["principal"], made["endpoint"], made["method"], made["reason_code"], made["policy"], made["http_status"]) == (
        "one", STATIC, "POST", "policy.created", policy["id"], 201)
    path = f"{STATIC}/{policy['id']}"
    _, headers, _ = call(stack, path, {"pattern": "quebec-[0-9]{3}"}, "PUT", **tenant("one"))
    changed = stack.record(headers["x-request-id"])
    assert "version 1 to 2" in changed["findings"][0]["reason"] and "pattern" in changed["findings"][0]["reason"]
    _, headers, _ = call(stack, path, {"enabled": False}, "PATCH", **tenant("two"))
    refused = stack.record(headers["x-request-id"])
    assert (refused["verdict"], refused["outcome"], refused["http_status"]) == ("error", "rejected", 404)
    assert "zulu" not in json.dumps([made, changed]) and "quebec" not in json.dumps([made, changed])


def test_the_api_may_be_for_reading_only(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim) + "services:\n  policy:\n    catalog: {access: read_only}\n")
    status, _, answer = call(stack, STATIC, WORD)
    assert status == 403 and "services.policy.catalog.access" in answer["error"]["message"]
    assert call(stack, f"{STATIC}?tier=tenant")[2]["policies"] == []


def test_policies_are_counted(make_stack, sim):
    stack = make_stack(CHAIN + providers(sim))
    call(stack, STATIC, WORD)
    call(stack, STATIC, {**WORD, "pattern": "(("})
    ask(stack, "zulu-123")
    assert stack.metric("portcullis_catalog_policies", kind="static-policy") == 1
    assert stack.metric("portcullis_catalog_changes_total", kind="static-policy", result="done") == 1
    assert stack.metric("portcullis_catalog_changes_total", kind="static-policy", result="refused") == 1
    assert stack.metric("portcullis_policy_decisions_total", policy="static-policy", action="block") == 1


# ---- several policy services


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.close()


def test_services_that_share_postgresql_have_the_same_policies(make_stack, sim, postgres):
    catalog = (f"services:\n  policy:\n    catalog:\n      store: postgresql\n      postgresql:\n"
               f"        connection: {postgres.connection}\n        secret_key_ref: {{env: POLICY_DATABASE_PASSWORD}}\n")
    made = {"env": {"POLICY_DATABASE_PASSWORD": Postgres.PASSWORD}}
    first, second = make_stack(CHAIN + providers(sim) + catalog, **made), make_stack(CHAIN + providers(sim) + catalog, **made)
    name = f"tenant-{first.form}"
    status, _, policy = call(first, STATIC, WORD, **tenant(name))
    assert status == 201 and ask(first, "zulu-123", name)[0] == 403
    begin = time.monotonic()
    wait_for(lambda: ask(second, "zulu-123", name)[0] == 403, "the other service to have it")
    assert time.monotonic() - begin < 5  # a second, and what a loaded machine takes
    path = f"{STATIC}/{policy['id']}"
    assert call(second, path, {"action": "redact"}, "PUT", **tenant(name))[2]["version"] == 2
    wait_for(lambda: ask(first, "say: zulu-123", name)[2].get("data", {}).get("data") == "[REDACTED]", "the change in the first")
    assert call(first, path, {"enabled": False}, "PATCH", **tenant(name))[2]["version"] == 3  # by what the other made
    assert [v["version"] for v in call(second, f"{path}/versions", **tenant(name))[2]["versions"]] == [3, 2, 1]
    call(first, path, {"enabled": True, "action": "block"}, "PUT", **tenant(name))
    wait_for(lambda: ask(second, "zulu-123", name)[0] == 403, "the block in the second")
    postgres.stop()
    try:
        assert ask(first, "zulu-123", name)[0] == ask(second, "zulu-123", name)[0] == 403  # what was known holds
        status, headers, answer = call(second, path, {"action": "log"}, "PUT", **tenant(name))
        assert status == 503 and headers["retry-after"]
        assert "the store of the policies fails" in answer["error"]["message"] and "host" not in answer["error"]["message"]
    finally:
        postgres.start()
    wait_for(lambda: call(second, path, {"action": "log"}, "PUT", **tenant(name))[0] == 200, "the database to be back")
    wait_for(lambda: ask(first, "say: zulu-123", name)[0] == 200, "the change in the first")
    assert delete(first, path, name) == 204
    logs = "".join(process.log() for stack in (first, second) for process in stack.processes.values())
    assert Postgres.PASSWORD not in logs and '"store":"postgresql"' in logs.replace('": "', '":"')
