# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
import itertools

import pytest
from odps import options

from support import Emulator, Runner

TABLE_NUMBERS = itertools.count()

# Times are compared as UTC; what a machine's zone is must not matter.
options.local_timezone = False
options.sql.use_odps2_extension = True
options.verbose = False
options.allow_antique_date = True


@pytest.fixture(scope="session")
def emulator():
    process = Emulator()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def odps(emulator):
    return emulator.odps()


@pytest.fixture
def runner(tmp_path, emulator):
    return Runner(tmp_path, emulator)


@pytest.fixture
def table_name():
    """A function that gives names of tables that no other test uses."""
    return lambda prefix="t": f"{prefix}_{next(TABLE_NUMBERS)}"
