// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace culvert::runner {

/// A cell of a table: its text, and whether blanks fill it up on the left.
struct TableCell {
  std::string text;
  bool right = false;
};

/// Rows as lines indented by two blanks, their cells below each other and two blanks apart. A row
/// may have fewer cells than another. Texts are one column a byte.
std::string TextTable(const std::vector<std::vector<TableCell>>& rows);

}  // namespace culvert::runner
