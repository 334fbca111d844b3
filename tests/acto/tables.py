# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The emulator of a walk: a process on loopback, its tables, and what these hold."""

import base64
import hashlib
import json
import subprocess
import threading
import urllib.request
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

SHARED = ("people", "parts", "deep", "letters")
LANES = """
CREATE TABLE copied_{0} (id BIGINT, name STRING);
CREATE TABLE parted_{0} (id BIGINT, name STRING) PARTITIONED BY (load STRING);
CREATE TABLE strict_{0} (id BIGINT, name STRING NOT NULL);
CREATE TABLE delta_{0} (id BIGINT NOT NULL, name STRING, PRIMARY KEY (id)) TBLPROPERTIES ('transactional'='true');
"""


class Emulator:
    def __init__(self, program, directory, key, shared_sql, lanes):
        setup = directory / "tables.sql"
        setup.write_text(shared_sql + "".join(LANES.format(lane) for lane in range(lanes)), encoding="utf-8")
        self.log = open(directory / "emulator.log", "wb")
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--project", "demo", "--access-key", ":".join(key), "--anonymous", "--sql", setup],
            stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"acto: the emulator did not start; log: {self.log.name}")
        self.endpoint = json.loads(line)["endpoint"]
        self._lock = threading.Lock()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        self.log.close()

    def query(self, statement):
        """The text of a statement's result."""
        job = (f"<Instance><Job><Priority>9</Priority><Tasks><SQL><Name>t</Name><Query>{escape(statement)};</Query></SQL></Tasks></Job>"
               "</Instance>")
        request = urllib.request.Request(f"{self.endpoint}/projects/demo/instances?tryWait", job.encode(), method="POST",
                                         headers={"Content-Type": "application/xml"})
        with self._lock, urllib.request.urlopen(request, timeout=60) as answer:
            document = ElementTree.fromstring(answer.read())
        status = document.find(".//Task/Status")
        result = document.find(".//Result")
        text = "" if result is None else result.text or ""
        if result is not None and result.get("Transform") == "Base64":
            text = base64.b64decode(text).decode()
        if status is not None and status.text != "Success":
            raise AssertionError(f"{statement}: {text}")
        return text

    def print_of(self, table):
        """A hash of a table's rows, whatever their order."""
        rows = sorted(self.query(f"SELECT * FROM {table}").splitlines())
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()

    def prints(self, lane):
        """Of the tables that a lane may write."""
        return {table: self.print_of(f"{table}_{lane}") for table in ("copied", "parted", "strict", "delta")}

    def shared(self):
        """Of those that nothing may write."""
        return {table: self.print_of(table) for table in SHARED}
