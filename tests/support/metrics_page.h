// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace culvert::test {

/// Rows of docs/metrics.md whose metric begins with `prefix`, as written:
/// | `name` | type | `label`: `a`, `b`; `other`: `c` | Help. |
std::set<std::string> MetricsPageRows(std::string_view prefix);

/// The same rows made from a text exposition: labels and values in alphabetical order, `le` left
/// out. A label of `open_labels` has no fixed values: then only its name is there.
std::set<std::string> ExposedRows(std::string_view exposition,
                                  const std::set<std::string>& open_labels = {});

}  // namespace culvert::test
