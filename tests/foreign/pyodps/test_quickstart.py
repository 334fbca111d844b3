# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""The quickstart's data, interrupted in every way and repeated, ends verified."""

import os
import random
import signal
import subprocess
import sys

from support import BIN, ROOT

LAST_LINE = "verified: 336776 rows, 0 dirty, content hash equal"
SEED = int(os.environ.get("CULVERT_SEED", random.SystemRandom().randrange(2**32)))


def start(directory):
    return subprocess.Popen(
        [sys.executable, ROOT / "tools" / "quickstart.py"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "CULVERT_BIN_DIR": str(BIN), "CULVERT_QUICKSTART_DIR": str(directory)})


def finish(directory):
    process = start(directory)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def test_interrupted_and_repeated_it_ends_verified(tmp_path):
    print(f"seed {SEED}")
    subprocess.run([sys.executable, ROOT / "tools" / "fetch_data.py"], check=True, stdout=subprocess.DEVNULL)
    chance = random.Random(SEED)
    for how in [signal.SIGKILL, signal.SIGINT, signal.SIGTERM] * 2:
        process = start(tmp_path)
        try:
            process.wait(timeout=chance.uniform(0.05, 3))
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            process.wait()
        process.stdout.close()
    code, said = finish(tmp_path)
    assert code == 0, said
    assert said.splitlines()[-1] == LAST_LINE
    code, said = finish(tmp_path)
    assert code == 0, said
    assert said.splitlines()[-1] == LAST_LINE
    assert "already done" in said


