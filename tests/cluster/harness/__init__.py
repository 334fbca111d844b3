# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""A real one-node Kubernetes for tests, on a machine that has none. See ../README.md."""
