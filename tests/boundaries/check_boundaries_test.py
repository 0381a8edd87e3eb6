"""Self-tests of tools/check_boundaries.py: each plants a breach in a small tree and expects it to be found."""

import os
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check_boundaries.py")


class CheckBoundariesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, path, content):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as stream:
            stream.write(content)

    def rules(self, exceptions="[]"):
        """The real rules with these exceptions."""
        with open(os.path.join(os.path.dirname(TOOL), "boundaries.yaml"), encoding="utf-8") as stream:
            text = stream.read()
        path = os.path.join(self.folder.name, "rules.yaml")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text[: text.index("\nexceptions:")] + "\nexceptions: " + exceptions + "\n")
        return path

    def check(self, exceptions="[]"):
        result = subprocess.run(
            [sys.executable, TOOL, "--root", self.folder.name, "--rules", self.rules(exceptions)],
            capture_output=True, text=True, check=False)
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 1 if result.stdout else 0)
        return result.stdout

    def assert_breach(self, path, content, *expected):
        self.write(path, content)
        output = self.check()
        for text in expected:
            self.assertIn(text, output)

    def assert_clean(self, path, content):
        self.write(path, content)
        self.assertEqual(self.check(), "")

    def test_allowed_arrows_pass(self):
        self.assert_clean("services/policy/domain/a.h", '#include "services/policy/api/x.h"\n#include "libs/base/y.h"\n')
        self.assert_clean("services/edge/adapters/http/a.h",
                          '#include "services/edge/domain/x.h"\n#include "services/router/api/r.h"\n'
                          '#include "services/edge/adapters/pipeline/p.h"\n#include <boost/asio/post.hpp>\n')
        self.assert_clean("services/router/client/a.cc",
                          '#include "portcullis/router/v1/router.pb.h"\n#include "libs/spool/spool.h"\n')
        self.assert_clean("apps/portcullis/main.cc", '#include "services/edge/app/c.h"\n#include "libs/http/admin.h"\n')

    def test_domain_stays_pure(self):
        for header in ("grpcpp/grpcpp.h", "google/protobuf/message.h", "yaml-cpp/yaml.h", "boost/asio/post.hpp",
                       "curl/curl.h", "spdlog/spdlog.h"):
            self.assert_breach("services/router/domain/a.cc", f"#include <{header}>\n",
                               f"services/router/domain/a.cc:1: must not include {header}")
        self.assert_breach("services/router/domain/a.cc", '\n#include "portcullis/router/v1/router.pb.h"\n',
                           "services/router/domain/a.cc:2: must not include portcullis/router")
        self.assert_breach("services/router/domain/a.cc", '#include "services/router/adapters/x.h"\n', "a.cc:1:")

    def test_services_keep_to_themselves(self):
        for path, header in (
                ("services/edge/domain/a.cc", "services/policy/domain/x.h"),
                ("services/edge/adapters/http/a.cc", "services/router/adapters/upstream/x.h"),
                ("services/edge/adapters/http/a.cc", "libs/telemetry/backend/prometheus_metrics.h"),
                ("services/audit/adapters/grpc/a.cc", "services/edge/api/x.h"),
                ("services/policy/client/a.cc", "services/policy/domain/x.h"),
                ("services/policy/client/a.cc", "portcullis/router/v1/router.pb.h"),
                ("services/policy/app/a.cc", "services/audit/app/x.h"),
                ("services/policy/api/a.h", "libs/json/tape.h")):
            self.assert_breach(path, f'#include "{header}"\n', f"{path}:1: must not include {header}")

    def test_libraries_do_not_look_up(self):
        for path, header in (
                ("libs/base/a.h", "libs/json/tape.h"),
                ("libs/http/a.cc", "libs/rpc/lane.h"),
                ("libs/rpc/a.cc", "services/policy/api/x.h"),
                ("libs/spool/a.cc", "libs/http/server.h"),
                ("libs/telemetry/api/a.h", "libs/telemetry/backend/json_logger.h")):
            self.assert_breach(path, f'#include "{header}"\n', f"{path}:1: must not include {header}")

    def test_product_does_not_use_tests(self):
        self.assert_breach("libs/http/a.cc", '#include "libs/testing/wait.h"\n', "a.cc:1:")
        self.assert_breach("apps/portcullis/a.cc", '#include "tests/unit/x.h"\n', "a.cc:1:")
        self.assert_breach("services/edge/app/a.cc", '#include "libs/testing/wait.h"\n', "edge/app/a.cc:1:")

    def test_simulator_shares_no_judgement(self):
        self.assert_breach("apps/sim/a.cc", '#include "libs/text/normalize.h"\n', "apps/sim/a.cc:1:")
        self.assert_breach("apps/sim/b.cc", '#include "services/router/app/x.h"\n', "apps/sim/b.cc:1:")

    def test_only_the_assembly_sees_inside_services(self):
        self.assert_clean("apps/process/a.cc", '#include "services/policy/client/x.h"\n')
        self.assert_breach("apps/process/b.cc", '#include "services/policy/domain/x.h"\n', "apps/process/b.cc:1:")
        self.assert_breach("apps/portcullis/a.cc", '#include "services/policy/client/x.h"\n', "portcullis/a.cc:1:")

    def test_protos_depend_on_common_only(self):
        self.assert_clean("protos/portcullis/edge/v1/a.proto",
                          'import "portcullis/common/v1/c.proto";\nimport "google/protobuf/duration.proto";\n')
        self.assert_breach("protos/portcullis/edge/v1/a.proto", 'import "portcullis/router/v1/r.proto";\n',
                           "a.proto:1: must not include portcullis/router/v1/r.proto")

    def test_banned_tokens(self):
        for code, instead in (
                ("auto t = std::chrono::steady_clock::now();", "base::Clock"),
                ("auto t = absl::Now();", "base::Clock"),
                ('auto v = std::getenv("X");', "libs/config"),
                ("std::this_thread::sleep_for(x);", "timer"),
                ("grpc::ClientContext context;", "NewClientContext"),
                ("std::mt19937 random;", "base::Rng"),
                ("std::regex pattern;", "libs/text")):
            self.assert_breach("services/edge/app/a.cc", "int x;\n" + code + "\n", "a.cc:2: '", instead)

    def test_comments_and_literals_are_no_code(self):
        self.assert_clean("services/edge/app/a.cc",
                          '// getenv\n/* steady_clock::now\n */\nauto a = "getenv \\" getenv";\n'
                          'auto b = R"x(" getenv)x";\nint c = 1\'000\'000;\n// don\'t getenv\n')
        self.assert_breach("services/edge/app/a.cc", "int c = 1'000; /* \" */ auto v = getenv(n);\n", "a.cc:1:")

    def test_other_rules(self):
        self.assert_breach("libs/new_thing/a.h", "", "libs/new_thing/a.h:1: belongs to no layer")
        self.assert_breach("libs/base/long.cc", "int x;\n" * 501, "libs/base/long.cc:501: more than 500 lines")
        self.assert_breach("libs/base/relative.cc", '#include "clock.h"\n', "from the root of the repository")

    def test_exceptions_hold_only_while_needed(self):
        self.write("libs/base/a.h", '#include "libs/json/tape.h"\n')
        exception = "[{file: libs/base/a.h, include: libs/json/tape.h, reason: r}]"
        self.assertEqual(self.check(exception), "")
        self.write("libs/base/a.h", "")
        self.assertIn("not needed; remove it", self.check(exception))


if __name__ == "__main__":
    unittest.main()
