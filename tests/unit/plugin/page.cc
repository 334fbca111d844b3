// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/plugin/page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace culvert::plugin {

std::string PageBlock(const std::string& name) {
  std::ifstream file(std::string(CULVERT_SOURCE_DIR) + "/docs/kubectl-plugin.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string mark = "<!-- output: " + name + " -->\n```console\n";
  const std::size_t at = page.find(mark);
  if (at == std::string::npos) return "there is no block '" + name + "' on the page";
  const std::size_t command_end = page.find('\n', at + mark.size());
  return page.substr(command_end + 1, page.find("```\n", command_end) - command_end - 1);
}

}  // namespace culvert::plugin
