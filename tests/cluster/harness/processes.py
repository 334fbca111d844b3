# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Long-running processes, known by pid files that outlive the command which started them."""

import os
import pathlib
import signal
import subprocess
import time

from .errors import HarnessError


def _started_at(pid):
    """Start time of a live process in clock ticks since boot, None for a dead one.

    Pids are used again by the kernel; pid and start time together are not.
    """
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    after_name = stat.rpartition(")")[2].split()
    return None if after_name[0] == "Z" else after_name[19]


class Processes:
    """The processes of one state directory: DIR/NAME.pid holds "PID STARTTIME", DIR/log/NAME.log what it says."""

    def __init__(self, state_dir):
        self._dir = pathlib.Path(state_dir)
        self._logs = self._dir / "log"

    def log_of(self, name):
        return self._logs / f"{name}.log"

    def pid(self, name):
        """The live pid of `name`, or None."""
        try:
            pid, started = (self._dir / f"{name}.pid").read_text(encoding="utf-8").split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _started_at(int(pid)) == started else None

    def start(self, name, *words, env=None, cwd=None):
        """Starts `name` unless it runs. It survives the caller."""
        if self.pid(name):
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        with open(self.log_of(name), "ab") as log:
            child = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     start_new_session=True, env=env, cwd=cwd)
        (self._dir / f"{name}.pid").write_text(f"{child.pid} {_started_at(child.pid)}\n", encoding="utf-8")

    def exited(self, *names):
        """A sentence about the first of `names` that no longer runs, with its last words; or None."""
        for name in names:
            if not self.pid(name):
                log = self.log_of(name)
                last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:] if log.exists() else []
                return f"{name} has exited; log: {log}\n  " + "\n  ".join(last)
        return None

    def stop(self, *names, seconds=20):
        """Ends `names` in that order: SIGTERM, SIGKILL for what remains after `seconds`."""
        for name in names:
            pid = self.pid(name)
            if pid:
                os.kill(pid, signal.SIGTERM)
                end = time.monotonic() + seconds
                while self.pid(name) and time.monotonic() < end:
                    self._reap(pid)
                    time.sleep(0.05)
                if self.pid(name):
                    os.kill(pid, signal.SIGKILL)
                    end = time.monotonic() + 5
                    while self.pid(name):
                        self._reap(pid)
                        if time.monotonic() > end:
                            raise HarnessError(f"{name} (pid {pid}) does not die")
                        time.sleep(0.05)
            (self._dir / f"{name}.pid").unlink(missing_ok=True)

    @staticmethod
    def _reap(pid):
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass  # started by an earlier command
