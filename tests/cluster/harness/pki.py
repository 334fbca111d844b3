# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates and kubeconfigs of the components, made anew for each cluster."""

import base64
import json

from .commands import run
from .layout import API_SERVICE_IP, NODE

_DAYS = "30"
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

# name of the files, common name, organization (the user's group), alternative names
_CERTIFICATES = (
    ("apiserver", "kube-apiserver", "",
     f"DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:{API_SERVICE_IP}"),
    ("admin", "admin", "system:masters", ""),
    ("controllers", "system:kube-controller-manager", "", ""),
    ("scheduler", "system:kube-scheduler", "", ""),
    ("proxy", "system:kube-proxy", "", ""),
    ("dns", "system:dns", "", ""),
    ("kubelet", f"system:node:{NODE}", "system:nodes", f"DNS:{NODE},IP:127.0.0.1"),
)


def make(state, api_port):
    """Writes pki/* and a kubeconfig NAME.conf for each client. Does nothing when they are there."""
    if (state.pki / "made").exists():
        return
    state.pki.mkdir(parents=True, exist_ok=True)
    state.pki.chmod(0o700)
    log = state.log / "pki.log"
    run("openssl", "req", "-x509", *_CURVE, "-keyout", state.pki / "ca.key", "-out", state.pki / "ca.crt",
        "-subj", "/CN=culvert-test-ca", "-days", _DAYS, log=log)
    run("openssl", "genrsa", "-out", state.pki / "sa.key", "2048", log=log)
    run("openssl", "rsa", "-in", state.pki / "sa.key", "-pubout", "-out", state.pki / "sa.pub", log=log)
    for name, common_name, organization, names in _CERTIFICATES:
        _certificate(state, name, common_name, organization, names, log)
        if name != "apiserver":
            _kubeconfig(state, name, api_port)
    (state.pki / "made").touch()


def _certificate(state, name, common_name, organization, names, log):
    key, request, certificate = (state.pki / f"{name}.{ending}" for ending in ("key", "csr", "crt"))
    subject = (f"/O={organization}" if organization else "") + f"/CN={common_name}"
    run("openssl", "req", *_CURVE, "-keyout", key, "-subj", subject, "-out", request, log=log)
    extensions = state.pki / f"{name}.ext"
    extensions.write_text("extendedKeyUsage=clientAuth,serverAuth\n" + (f"subjectAltName={names}\n" if names else ""),
                          encoding="utf-8")
    run("openssl", "x509", "-req", "-in", request, "-CA", state.pki / "ca.crt", "-CAkey", state.pki / "ca.key",
        "-CAcreateserial", "-days", _DAYS, "-extfile", extensions, "-out", certificate, log=log)


def _kubeconfig(state, name, api_port):
    def data(path):
        return base64.b64encode((state.pki / path).read_bytes()).decode()

    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "culvert", "cluster": {"server": f"https://127.0.0.1:{api_port}",
                                                     "certificate-authority-data": data("ca.crt")}}],
        "users": [{"name": name, "user": {"client-certificate-data": data(f"{name}.crt"),
                                          "client-key-data": data(f"{name}.key")}}],
        "contexts": [{"name": "culvert", "context": {"cluster": "culvert", "user": name}}],
        "current-context": "culvert",
    }
    path = state.dir / f"{name}.conf"
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")  # JSON is YAML
