# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Running commands to their end."""

import pathlib
import subprocess
import time

from .errors import HarnessError


def run(*words, log=None, cwd=None, env=None, stdin=None):
    """Runs a command and returns its stdout. With `log` all output goes to the end of that file instead.

    HarnessError tells the command and the last lines of what it said.
    """
    command = [str(word) for word in words]
    if log is None:
        done = subprocess.run(command, cwd=cwd, env=env, input=stdin, text=True, capture_output=True)
        said = (done.stderr or done.stdout).strip()
    else:
        with open(log, "a", encoding="utf-8") as out:
            done = subprocess.run(command, cwd=cwd, env=env, input=stdin, text=True, stdout=out, stderr=out)
        said = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").strip()
    if done.returncode != 0:
        tail = "\n  ".join(said.splitlines()[-15:])
        where = f" (log: {log})" if log else ""
        raise HarnessError(f"`{' '.join(command[:6])}` exited {done.returncode}{where}\n  {tail}")
    return done.stdout or ""


def succeeds(*words, env=None, timeout=10):
    """Whether a command exits 0 within `timeout` seconds."""
    try:
        done = subprocess.run([str(word) for word in words], env=env, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return False
    return done.returncode == 0


def wait_until(what, seconds, ready, give_up=lambda: None):
    """Polls `ready` until it returns something true, and returns that.

    `give_up` may return a sentence that ends the wait early, such as "etcd has exited".
    """
    end = time.monotonic() + seconds
    while True:
        value = ready()
        if value:
            return value
        reason = give_up()
        if reason:
            raise HarnessError(f"{what}: {reason}")
        if time.monotonic() >= end:
            raise HarnessError(f"{what}: not after {seconds} s")
        time.sleep(0.2)
