// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/metrics_page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

namespace culvert::test {
namespace {

struct Family {
  std::string type;
  std::string help;
  std::map<std::string, std::set<std::string>> labels;
};

/// `a="1",b="2"` into `labels`. Our label values hold no quotes.
void ReadLabels(std::string_view text, Family& family) {
  while (!text.empty()) {
    const std::size_t equals = text.find("=\"");
    const std::size_t end = text.find('"', equals + 2);
    const std::string key(text.substr(0, equals));
    if (key != "le") {
      family.labels[key].emplace(text.substr(equals + 2, end - equals - 2));
    }
    text.remove_prefix(std::min(text.size(), end + 2));
  }
}

std::string FamilyOf(const std::string& series, const std::map<std::string, Family>& families) {
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    if (!series.ends_with(suffix)) continue;
    const std::string name = series.substr(0, series.size() - std::string_view(suffix).size());
    const auto found = families.find(name);
    if (found != families.end() && found->second.type == "histogram") return name;
  }
  return series;
}

std::string LabelsCell(const Family& family, const std::set<std::string>& open_labels) {
  std::string cell;
  for (const auto& [key, values] : family.labels) {
    cell += (cell.empty() ? "`" : "; `") + key + "`";
    if (open_labels.contains(key)) continue;
    std::string separator = ": ";
    for (const std::string& value : values) {
      cell.append(separator).append("`").append(value).append("`");
      separator = ", ";
    }
  }
  return cell;
}

}  // namespace

std::set<std::string> MetricsPageRows(std::string_view prefix) {
  std::ifstream page(std::string(CULVERT_SOURCE_DIR) + "/docs/metrics.md");
  EXPECT_TRUE(page.is_open());
  std::set<std::string> rows;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `" + std::string(prefix))) {
      EXPECT_TRUE(rows.insert(line).second) << line;
    }
  }
  return rows;
}

std::set<std::string> ExposedRows(std::string_view exposition,
                                  const std::set<std::string>& open_labels) {
  std::map<std::string, Family> families;
  std::istringstream lines{std::string(exposition)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash;
    std::string what;
    std::string name;
    words >> hash >> what >> name;
    if (hash == "#" && what == "HELP") {
      std::getline(words >> std::ws, families[name].help);
    } else if (hash == "#" && what == "TYPE") {
      words >> families[name].type;
    } else {
      const std::size_t brace = line.find('{');
      if (brace == std::string::npos) continue;
      ReadLabels(line.substr(brace + 1, line.find('}') - brace - 1),
                 families[FamilyOf(line.substr(0, brace), families)]);
    }
  }
  std::set<std::string> rows;
  for (const auto& [name, family] : families) {
    const std::string labels = LabelsCell(family, open_labels);
    rows.insert("| `" + name + "` | " + family.type + " | " + labels +
                (labels.empty() ? "| " : " | ") + family.help + " |");
  }
  return rows;
}

}  // namespace culvert::test
