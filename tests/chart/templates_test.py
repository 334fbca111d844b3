# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What the chart's templates make of values. `python3 -m unittest discover -s tests/chart -p '*_test.py'`."""

import json
import re
import subprocess
import sys
import textwrap
import unittest

import yaml

import restricted
from tools import CHART, CLUSTER, NAMESPACES, ROOT, kinds, manifests, only, pods, program, render, run

# The table of docs/adr/0008-pods-and-their-contract.md.
WATCHED = {
    ("culvert.dev", "syncjobs"): {"get", "list", "watch", "create", "delete"},
    ("culvert.dev", "syncschedules"): {"get", "list", "watch"},
    ("culvert.dev", "datasources"): {"get", "list", "watch"},
    ("culvert.dev", "syncjobs/status"): {"update"},
    ("culvert.dev", "syncjobs/finalizers"): {"update"},
    ("culvert.dev", "syncschedules/status"): {"update"},
    ("culvert.dev", "syncschedules/finalizers"): {"update"},
    ("batch", "jobs"): {"get", "list", "watch", "create", "delete"},
    ("", "pods"): {"list", "watch"},
    ("", "pods/log"): {"get"},
    ("", "configmaps"): {"get", "list", "watch", "create", "update", "delete"},
    ("events.k8s.io", "events"): {"create", "patch"},
}
CLUSTER_WIDE = {("networking.k8s.io", "servicecidrs"): {"list"}}
LEASE = {("coordination.k8s.io", "leases"): {"get", "create", "update"}}
CLAIMS = {("", "configmaps"): {"get", "list", "watch", "create", "update", "delete"}}


def granted(role):
    """{(group, resource): verbs} of a role."""
    found = {}
    for rule in role["rules"]:
        assert set(rule) == {"apiGroups", "resources", "verbs"}, rule
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return found


def arguments(objects):
    """The operator's flags."""
    container = only(objects, "Deployment", "culvert-operator")["spec"]["template"]["spec"]["containers"][0]
    return dict(argument.removeprefix("--").split("=", 1) for argument in container["args"])


class Everywhere(unittest.TestCase):
    """What holds whatever the values are."""

    def each(self):
        for values in ({}, CLUSTER, NAMESPACES):
            with self.subTest(values=values):
                yield render(values)

    def test_the_same_values_give_the_same_text(self):
        for values in ({}, CLUSTER, NAMESPACES):
            first = manifests(values)
            again = run("helm", "template", "culvert", CHART, "--namespace", "culvert-system", "--values", "-",
                        stdin=json.dumps(values))[1]
            self.assertEqual(first, again)

    def test_templates_ask_nothing_of_a_cluster_or_of_chance(self):
        for file in CHART.rglob("templates/**/*"):
            if file.is_file():
                actions = " ".join(re.findall(r"\{\{.*?\}\}", file.read_text(), re.S))
                found = re.findall(r"\b(lookup|rand\w+|uuidv4|now|genCA|gen\w*Cert\w*|genPrivateKey|Capabilities)\b", actions)
                self.assertEqual(found, [], file.name)

    def test_there_are_no_hooks_but_the_test(self):
        for objects in self.each():
            hooks = {one["metadata"].get("annotations", {}).get("helm.sh/hook") for one in objects}
            self.assertLessEqual(hooks, {None, "test"})

    def test_every_object_has_the_labels_of_a_program(self):
        for objects in self.each():
            for one in objects:
                labels = one["metadata"]["labels"]
                self.assertEqual(labels["app.kubernetes.io/part-of"], "culvert", one["metadata"]["name"])
                self.assertEqual(labels["app.kubernetes.io/instance"], "culvert")
                self.assertEqual(labels["app.kubernetes.io/managed-by"], "Helm")
                self.assertIn("app.kubernetes.io/component", labels)

    def test_every_namespaced_object_says_where(self):
        for objects in self.each():
            for one in objects:
                cluster_wide = one["kind"] in ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "ValidatingAdmissionPolicy",
                                               "ValidatingAdmissionPolicyBinding")
                self.assertEqual("namespace" in one["metadata"], not cluster_wide, one["metadata"]["name"])

    def test_names_are_short_enough(self):
        for one in render(NAMESPACES, release="a-release-name-as-long-as-helm-takes-them-which-is-53"):
            self.assertLessEqual(len(one["metadata"]["name"]), 63)
        for one in render(CLUSTER, namespace="n" * 63, release="a-release-name-as-long-as-helm-takes-them-which-is-53"):
            self.assertLessEqual(len(one["metadata"]["name"]), 63)

    def test_no_two_objects_are_one(self):
        for objects in self.each():
            keys = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in objects]
            self.assertEqual(len(keys), len(set(keys)))

    def test_every_pod_is_restricted(self):
        for objects in self.each():
            for name, _, pod in pods(objects):
                self.assertEqual(restricted.violations(pod), [], name)
                self.assertEqual(pod["enableServiceLinks"], False, name)
                for container in pod["containers"]:
                    self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"], name)
                    self.assertIn("memory", container["resources"]["limits"], name)
                    self.assertIn("cpu", container["resources"]["requests"], name)

    def test_only_the_operator_has_a_token(self):
        for objects in self.each():
            tokens = {name: pod["automountServiceAccountToken"] for name, _, pod in pods(objects)}
            self.assertEqual([name for name, mounted in tokens.items() if mounted], ["culvert-operator"])
            for account in kinds(objects, "ServiceAccount"):
                self.assertEqual(account["automountServiceAccountToken"], False)

    def test_selectors_find_their_pods(self):
        for objects in self.each():
            labels = [metadata["labels"] for _, metadata, _ in pods(objects)]

            def matches(selector, pod_labels):
                return all(pod_labels.get(key) == value for key, value in selector.items())

            for one in objects:
                if one["kind"] in ("PodDisruptionBudget", "Deployment"):
                    selector = one["spec"]["selector"]["matchLabels"]
                elif one["kind"] == "Service":
                    selector = one["spec"]["selector"]
                elif one["kind"] == "NetworkPolicy" and "-runner" not in one["metadata"]["name"]:
                    selector = one["spec"]["podSelector"]["matchLabels"]
                else:
                    continue
                self.assertEqual(sum(matches(selector, pod) for pod in labels), 1, one["metadata"]["name"])
                self.assertEqual(set(selector), {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"})

    def test_named_ports_exist(self):
        for objects in self.each():
            names = {port["name"] for _, _, pod in pods(objects) for container in pod["containers"] for port in container.get("ports", [])}
            for service in kinds(objects, "Service"):
                for port in service["spec"]["ports"]:
                    self.assertIn(port["targetPort"], names)


class Permissions(unittest.TestCase):
    """Least privilege, per scope."""

    def test_cluster_scope_is_one_cluster_role_and_the_lease(self):
        objects = render({"rbac": {"aggregateToDefaultRoles": False}})
        self.assertEqual(granted(only(objects, "ClusterRole")), {**WATCHED, **CLUSTER_WIDE})
        self.assertEqual(granted(only(objects, "Role")), LEASE)
        self.assertEqual(only(objects, "ClusterRoleBinding")["roleRef"]["name"], only(objects, "ClusterRole")["metadata"]["name"])
        self.assertNotIn("watch-namespaces", arguments(objects))

    def test_namespace_scope_has_nothing_cluster_wide(self):
        objects = render(NAMESPACES)
        self.assertEqual(kinds(objects, "ClusterRole") + kinds(objects, "ClusterRoleBinding"), [])
        roles = {role["metadata"]["namespace"]: granted(role) for role in kinds(objects, "Role")}
        self.assertEqual(roles, {"sales": WATCHED, "lake": WATCHED, "culvert-system": {**LEASE, **CLAIMS}})
        self.assertEqual(arguments(objects)["watch-namespaces"], "sales,lake")

    def test_namespace_scope_without_a_list_is_the_own_namespace(self):
        objects = render({"watch": {"mode": "Namespaces"}})
        self.assertEqual({role["metadata"]["namespace"] for role in kinds(objects, "Role")}, {"culvert-system"})
        self.assertEqual(arguments(objects)["watch-namespaces"], "culvert-system")

    def test_every_binding_is_for_the_operators_account(self):
        for values in (CLUSTER, NAMESPACES):
            objects = render(values)
            account = only(objects, "Deployment", "culvert-operator")["spec"]["template"]["spec"]["serviceAccountName"]
            bindings = kinds(objects, "RoleBinding") + kinds(objects, "ClusterRoleBinding")
            self.assertGreater(len(bindings), 0)
            for binding in bindings:
                self.assertEqual(binding["subjects"], [{"kind": "ServiceAccount", "name": account, "namespace": "culvert-system"}])

    def test_nobody_reads_secrets_and_nothing_is_a_wildcard(self):
        for values in (CLUSTER, NAMESPACES):
            for role in kinds(render(values), "Role") + kinds(render(values), "ClusterRole"):
                for (group, resource), verbs in granted(role).items():
                    self.assertNotIn("secrets", resource)
                    self.assertNotIn("*", [group, resource, *verbs])

    def test_users_get_the_kinds_by_their_default_roles(self):
        objects = render({})
        view, edit = (only(objects, "ClusterRole", f"culvert-system-culvert-{name}") for name in ("view", "edit"))
        self.assertEqual(view["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"], "true")
        self.assertEqual({verb for verbs in granted(view).values() for verb in verbs}, {"get", "list", "watch"})
        self.assertNotIn(("culvert.dev", "syncjobs/status"), granted(edit))

    def test_runner_accounts_have_no_binding_and_are_what_the_operator_is_told(self):
        objects = render(NAMESPACES)
        name = arguments(objects)["runner-service-account"]
        self.assertEqual({account["metadata"]["namespace"] for account in kinds(objects, "ServiceAccount") if account["metadata"]["name"] == name},
                         {"sales", "lake"})
        bound = {subject["name"] for binding in kinds(objects, "RoleBinding") for subject in binding["subjects"]}
        self.assertNotIn(name, bound)

    def test_cluster_scope_uses_an_account_that_is_everywhere(self):
        self.assertEqual(arguments(render({}))["runner-service-account"], "default")

    def test_rbac_can_be_somebody_elses(self):
        objects = render({**NAMESPACES, "rbac": {"create": False}})
        self.assertEqual(kinds(objects, "Role") + kinds(objects, "RoleBinding"), [])


class Operator(unittest.TestCase):
    """The Deployment."""

    def test_two_replicas_with_a_budget_and_one_leader(self):
        objects = render({})
        self.assertEqual(only(objects, "Deployment")["spec"]["replicas"], 2)
        self.assertEqual(only(objects, "PodDisruptionBudget")["spec"]["minAvailable"], 1)
        self.assertEqual(arguments(objects)["leader-elect"], "true")

    def test_one_replica_has_no_budget(self):
        self.assertEqual(kinds(render({"operator": {"replicas": 1}}), "PodDisruptionBudget"), [])

    def test_without_election_one_replica_is_replaced_not_doubled(self):
        objects = render({"operator": {"replicas": 1, "leaderElection": {"enabled": False}}})
        self.assertEqual(only(objects, "Deployment")["spec"]["strategy"]["type"], "Recreate")
        self.assertEqual(arguments(objects)["leader-elect"], "false")
        code, text = run("helm", "template", "culvert", CHART, "--set", "operator.leaderElection.enabled=false", check=False)
        self.assertNotEqual(code, 0)
        self.assertIn("operator.replicas must be 1", text)

    def test_flags_are_those_of_the_contract(self):
        page = (ROOT / "docs/adr/0008-pods-and-their-contract.md").read_text()
        known = set(re.findall(r"--([a-z][a-z-]+)", page.split("### Flags of")[1].split("###")[0]))
        for values in (CLUSTER, NAMESPACES):
            self.assertLessEqual(set(arguments(render(values))), known)

    def test_values_arrive_as_flags(self):
        flags = arguments(render({"operator": {"workers": 9, "requestsPerSecond": 0, "resyncSeconds": 600, "progressIntervalSeconds": 5,
                                               "ttlSecondsAfterFinished": -1,
                                               "leaderElection": {"leaseDurationSeconds": 30, "renewDeadlineSeconds": 20, "retryPeriodSeconds": 4}},
                                  "runner": {"port": 9999, "image": {"pullPolicy": "Always"}}, "metrics": {"enabled": False}}))
        expected = {"workers": "9", "requests-per-second": "0", "resync": "600", "progress-interval": "5", "ttl-seconds-after-finished": "-1",
                    "leader-elect-lease-duration": "30", "leader-elect-renew-deadline": "20",
                    "leader-elect-retry-period": "4", "runner-port": "9999", "runner-image-pull-policy": "Always", "metrics-address": ""}
        self.assertEqual({name: flags[name] for name in expected}, expected)

    def test_endpoints_may_be_where_the_values_say(self):
        def flags(values, name):
            container = only(render(values), "Deployment", "culvert-operator")["spec"]["template"]["spec"]["containers"][0]
            return [argument.split("=", 1)[1] for argument in container["args"] if argument.startswith(f"--endpoint-{name}=")]

        service = ["culvert-emulator.culvert-system.svc", "culvert-emulator.culvert-system.svc.cluster.local"]
        self.assertEqual(flags({}, "allow"), ["default"])
        self.assertEqual(flags({}, "refuse"), [])
        self.assertEqual(flags({"operator": {"endpointAllow": []}}, "allow"), ["default"])
        strict = {"operator": {"endpointAllow": ["*.aliyuncs.com", "10.8.0.0/16", "fd00::/8"], "endpointRefuse": ["10.0.0.0/24"]}}
        self.assertEqual(flags(strict, "allow"), ["*.aliyuncs.com", "10.8.0.0/16", "fd00::/8"])
        self.assertEqual(flags(strict, "refuse"), ["10.0.0.0/24"])
        self.assertEqual(flags({"emulator": {"enabled": True}}, "allow"), ["default", *service])
        self.assertEqual(flags({**strict, "emulator": {"enabled": True}}, "allow"), ["*.aliyuncs.com", "10.8.0.0/16", "fd00::/8", *service])
        self.assertIn(f"http://{service[0]}/", run("helm", "install", "culvert", CHART, "--namespace", "culvert-system", "--dry-run=client",
                                                   "--set", "emulator.enabled=true")[1])

    def test_the_log_level_is_a_mounted_file_so_that_another_replaces_no_pod(self):
        quiet, loud = (render({"operator": {"logLevel": level}}) for level in ("info", "debug"))
        self.assertEqual([only(objects, "ConfigMap", "culvert-operator-log")["data"] for objects in (quiet, loud)],
                         [{"level": "info"}, {"level": "debug"}])
        self.assertEqual(only(quiet, "Deployment"), only(loud, "Deployment"))
        pod = only(loud, "Deployment")["spec"]["template"]["spec"]
        self.assertEqual(pod["volumes"], [{"name": "log", "configMap": {"name": "culvert-operator-log"}}])
        mount = pod["containers"][0]["volumeMounts"]
        self.assertEqual(mount, [{"name": "log", "mountPath": "/etc/culvert/log", "readOnly": True}])  # no subPath: that is never updated
        self.assertEqual(arguments(loud)["log-level-file"], "/etc/culvert/log/level")

    def test_big_numbers_stay_numbers(self):
        self.assertEqual(arguments(render({"operator": {"ttlSecondsAfterFinished": 2147483647}}))["ttl-seconds-after-finished"], "2147483647")

    def test_images_by_tag_digest_and_registry(self):
        digest = "sha256:" + "0" * 64
        for image, name in (({}, "culvert/runner:0.1.0"), ({"tag": "x"}, "culvert/runner:x"), ({"digest": digest}, f"culvert/runner@{digest}"),
                            ({"registry": "r.example:5000"}, "r.example:5000/culvert/runner:0.1.0")):
            self.assertEqual(arguments(render({"runner": {"image": image}}))["runner-image"], name)
        both = render({"global": {"imageRegistry": "mirror.example"}, "runner": {"image": {"registry": "r"}}})
        self.assertEqual(arguments(both)["runner-image"], "mirror.example/r/culvert/runner:0.1.0")

    def test_pull_secrets_extras_and_placement(self):
        pod = only(render({"operator": {
            "image": {"pullSecrets": ["a", "b"]}, "extraArgs": ["--log-level=warn"], "extraEnv": [{"name": "X", "value": "y"}],
            "extraVolumes": [{"name": "v", "emptyDir": {}}], "extraVolumeMounts": [{"name": "v", "mountPath": "/v"}],
            "nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}], "affinity": {"podAffinity": {}},
            "topologySpreadConstraints": [{"maxSkew": 2}], "priorityClassName": "high", "podLabels": {"l": "1"}, "podAnnotations": {"a": "1"}}}),
            "Deployment")["spec"]["template"]
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        self.assertEqual(spec["imagePullSecrets"], [{"name": "a"}, {"name": "b"}])
        self.assertEqual(container["args"][-1], "--log-level=warn")
        self.assertIn({"name": "X", "value": "y"}, container["env"])
        self.assertIn({"name": "v", "mountPath": "/v"}, container["volumeMounts"])
        self.assertIn({"name": "v", "emptyDir": {}}, spec["volumes"])
        self.assertEqual((spec["nodeSelector"], spec["tolerations"], spec["affinity"], spec["priorityClassName"]),
                         ({"disk": "ssd"}, [{"operator": "Exists"}], {"podAffinity": {}}, "high"))
        self.assertEqual(spec["topologySpreadConstraints"], [{"maxSkew": 2}])
        self.assertEqual((pod["metadata"]["labels"]["l"], pod["metadata"]["annotations"]["a"]), ("1", "1"))

    def test_probes_ask_what_the_operator_serves(self):
        container = only(render({}), "Deployment")["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual({probe: container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")},
                         {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"})
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        self.assertEqual(ports, {"metrics": 8080, "health": 8081})
        self.assertEqual(arguments(render({}))["health-address"], "0.0.0.0:8081")

    def test_without_metrics_there_is_no_port_service_or_monitor(self):
        objects = render({"metrics": {"enabled": False, "serviceMonitor": {"enabled": True}}})
        self.assertEqual(kinds(objects, "Service") + kinds(objects, "ServiceMonitor"), [])


class Crds(unittest.TestCase):
    """CRDs as templates."""

    def test_they_are_those_of_crds_with_labels(self):
        for crd in kinds(render({}), "CustomResourceDefinition"):
            name = crd["metadata"]["name"].split(".")[0]
            source = yaml.safe_load((ROOT / "crds" / f"culvert.dev_{name}.yaml").read_text())
            self.assertEqual(crd["spec"], source["spec"])
            self.assertEqual(crd["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})

    def test_they_can_go_with_the_release_or_be_left_out(self):
        for crd in kinds(render({"crds": {"keep": False}}), "CustomResourceDefinition"):
            self.assertNotIn("annotations", crd["metadata"])
        self.assertEqual(kinds(render({"crds": {"enabled": False}}), "CustomResourceDefinition"), [])

    def test_copies_are_up_to_date(self):
        self.assertEqual(run_python("tools/sync_crds.py", "--check"), "")


class AdmissionPolicies(unittest.TestCase):
    """ValidatingAdmissionPolicies; policy_check.py puts objects before them."""

    def test_they_are_off_by_default(self):
        self.assertEqual(kinds(render({}), "ValidatingAdmissionPolicy") + kinds(render({}), "ValidatingAdmissionPolicyBinding"), [])

    def test_each_is_bound_and_fails_closed(self):
        objects = render(CLUSTER)
        bindings = {one["spec"]["policyName"]: one["spec"] for one in kinds(objects, "ValidatingAdmissionPolicyBinding")}
        policies = kinds(objects, "ValidatingAdmissionPolicy")
        self.assertEqual(set(bindings), {one["metadata"]["name"] for one in policies})
        self.assertEqual({resource for one in policies for rule in one["spec"]["matchConstraints"]["resourceRules"] for resource in rule["resources"]},
                         {"datasources", "syncjobs"})
        for policy in policies:
            self.assertEqual(policy["spec"]["failurePolicy"], "Fail")
            self.assertEqual(bindings[policy["metadata"]["name"]]["validationActions"], ["Deny"])
            self.assertNotIn("matchResources", bindings[policy["metadata"]["name"]])

    def test_they_hold_where_the_operator_watches(self):
        for one in kinds(render(NAMESPACES), "ValidatingAdmissionPolicyBinding"):
            self.assertEqual(one["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"],
                             [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["sales", "lake"]}])

    def test_each_list_has_its_annotation_on_the_page(self):
        page = (ROOT / "docs" / "admission.md").read_text()
        rows = dict(re.findall(r"^\| `(\w+)` \| `(culvert\.dev/allowed-[a-z-]+)` \|", page, re.M))
        values = yaml.safe_load((CHART / "values.yaml").read_text())["admissionPolicy"]
        self.assertEqual(set(rows), set(values) - {"enabled", "validationActions"})
        text = json.dumps(kinds(render(CLUSTER), "ValidatingAdmissionPolicy"))
        for name, annotation in rows.items():
            self.assertIn(f"'{annotation}' in variables.annotations", text, name)

    def test_a_value_cannot_leave_its_quotes(self):
        for value in ("x'", "a b", "(.*)"):
            code, text = run("helm", "template", "culvert", CHART, "--values", "-", check=False,
                             stdin=json.dumps({"admissionPolicy": {"enabled": True, "secrets": [value]}}))
            self.assertNotEqual(code, 0, value)
            self.assertIn("admissionPolicy", text)

    def test_they_can_only_warn_at_first(self):
        objects = render({"admissionPolicy": {"enabled": True, "validationActions": ["Warn", "Audit"]}})
        for one in kinds(objects, "ValidatingAdmissionPolicyBinding"):
            self.assertEqual(one["spec"]["validationActions"], ["Warn", "Audit"])


class Policies(unittest.TestCase):
    """NetworkPolicies."""

    def test_they_are_off_by_default(self):
        self.assertEqual(kinds(render({}), "NetworkPolicy"), [])

    def test_runner_pods_of_each_watched_namespace(self):
        policies = [one for one in kinds(render(NAMESPACES), "NetworkPolicy") if one["metadata"]["name"] == "culvert-runner"]
        self.assertEqual({one["metadata"]["namespace"] for one in policies}, {"sales", "lake"})
        for policy in policies:
            self.assertEqual(policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"], "culvert-runner")
            peers = policy["spec"]["ingress"][0]["from"]
            self.assertEqual(peers[0]["namespaceSelector"]["matchLabels"], {"kubernetes.io/metadata.name": "culvert-system"})

    def test_metrics_can_be_for_some_only(self):
        peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
        objects = render({**NAMESPACES, "networkPolicy": {"enabled": True, "metricsFrom": [peer], "runnerEgress": [{"to": [peer]}]}})
        operator = only(objects, "NetworkPolicy", "culvert-operator")["spec"]
        self.assertEqual([rule.get("from") for rule in operator["ingress"]], [None, [peer]])
        runner = next(one for one in kinds(objects, "NetworkPolicy") if one["metadata"]["name"] == "culvert-runner")["spec"]
        self.assertEqual(runner["egress"], [{"to": [peer]}])


class Demonstration(unittest.TestCase):
    """The emulator and `helm test`."""

    def test_the_emulator_is_off_by_default(self):
        self.assertFalse(any("emulator" in one["metadata"]["name"] for one in render({})))

    def test_its_parts_fit_together(self):
        objects = render({"emulator": {"enabled": True, "accessKeyId": "id", "accessKeySecret": "word", "projects": ["a", "b"]}})
        container = only(objects, "Deployment", "culvert-emulator")["spec"]["template"]["spec"]["containers"][0]
        self.assertIn("--access-key=id:word", container["args"])
        self.assertEqual([argument for argument in container["args"] if "project" in argument], ["--project=a", "--project=b"])
        self.assertEqual(only(objects, "Secret")["data"], {"accessKeyId": "aWQ=", "accessKeySecret": "d29yZA=="})
        self.assertEqual(only(objects, "Service", "culvert-emulator")["spec"]["ports"][0]["targetPort"], container["ports"][0]["name"])

    def test_new_sql_is_a_new_pod(self):
        def checksum(sql):
            objects = render({"emulator": {"enabled": True, "sql": sql}})
            return only(objects, "Deployment", "culvert-emulator")["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
        self.assertNotEqual(checksum("SELECT 1;"), checksum("SELECT 2;"))

    def test_helm_test_can_be_left_out(self):
        self.assertEqual(kinds(render({"tests": {"enabled": False}}), "Pod"), [])

    def test_the_notes_show_manifests_that_can_be_applied(self):
        text = run("helm", "install", "culvert", CHART, "--namespace", "culvert-system", "--dry-run=client", "--set", "emulator.enabled=true")[1]
        notes = text.split("NOTES:")[1]
        shown = re.search(r"<<'EOF'\n(.*?)\n  EOF", notes, re.S)[1]
        source, job = yaml.safe_load_all(textwrap.dedent(shown))
        self.assertEqual((source["kind"], job["kind"]), ("DataSource", "SyncJob"))
        self.assertEqual(job["spec"]["source"]["maxCompute"]["dataSourceRef"], {"name": source["metadata"]["name"]})
        self.assertNotIn("{{", notes)


class Values(unittest.TestCase):
    """values.yaml, values.schema.json and the page made of them."""

    def test_the_schema_knows_every_value_and_no_other(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        values = yaml.safe_load((CHART / "values.yaml").read_text())

        def compare(value, part, path):
            part = schema["definitions"][part["$ref"].split("/")[-1]] if "$ref" in part else part
            if "properties" in part:
                self.assertEqual(set(part["properties"]), set(value), path)
                # Others may put into `global` what is theirs.
                self.assertEqual(part.get("additionalProperties"), None if path == "global" else False, path)
                for key, member in value.items():
                    compare(member, part["properties"][key], f"{path}.{key}" if path else key)

        compare(values, schema, "")

    def test_what_is_wrong_is_refused(self):
        for setting, message in (("operator.replica=3", "replica"), ("watch.mode=All", "watch"), ("operator.workers=0", "workers"),
                                 ("runner.image.digest=abc", "digest"), ("watch.namespaces={A_B}", "namespaces"), ("nonsense=1", "nonsense"),
                                 ("operator.endpointAllow={http://a}", "endpointAllow"), ("operator.endpointRefuse={a.svc}", "endpointRefuse")):
            code, text = run("helm", "template", "culvert", CHART, "--set", setting, check=False)
            self.assertNotEqual(code, 0, setting)
            self.assertIn(message, text)

    def test_the_page_is_up_to_date(self):
        self.assertEqual(run_python("tools/chart_readme.py", "--check"), "")

    def test_old_clusters_are_refused(self):
        code, text = run("helm", "template", "culvert", CHART, "--kube-version", "1.32.0", check=False)
        self.assertNotEqual(code, 0)
        self.assertIn("1.33", text)
        for version in ("1.33.0", "1.34.4", "1.35.0", "1.33.1-eks-1234"):
            run("helm", "template", "culvert", CHART, "--kube-version", version)


def run_python(*command):
    """Output of a script of ours that ought to have nothing to say."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    return done.stdout if done.returncode == 0 else f"exit {done.returncode}: {done.stdout}"


if __name__ == "__main__":
    program("helm")
    unittest.main()
