// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/partition_spec.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <cstddef>

namespace culvert::record {
namespace {

constexpr std::size_t kSpecBytesMax = 4096;
constexpr std::size_t kLevelsMax = 6;  // vendor page "Partition": at most six levels

bool IsKeyChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsSeparator(char c) { return c == ',' || c == '/'; }
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

class SpecParser {
 public:
  explicit SpecParser(std::string_view text) : text_(text) {}

  Result<PartitionSpec> ParseAll() {
    PartitionSpec spec;
    SkipSpace();
    if (AtEnd()) return spec;
    while (true) {
      CULVERT_ASSIGN_OR_RETURN(std::string key, Key(spec));
      CULVERT_ASSIGN_OR_RETURN(std::string value, Value(key));
      if (spec.entries.size() == kLevelsMax) return Wrong("it has more than 6 levels");
      spec.entries.emplace_back(std::move(key), std::move(value));
      SkipSpace();
      if (AtEnd()) return spec;
      if (!IsSeparator(text_[at_])) return Wrong("expected ',' or '/' between entries");
      ++at_;
    }
  }

 private:
  Result<std::string> Key(const PartitionSpec& spec) {
    SkipSpace();
    const std::size_t begin = at_;
    while (!AtEnd() && IsKeyChar(text_[at_])) ++at_;
    std::string key = FoldName(text_.substr(begin, at_ - begin));
    if (key.empty()) return Wrong("expected a key of letters, digits and '_'");
    SkipSpace();
    if (AtEnd() || text_[at_] != '=') return Wrong("expected '=' after key '" + key + "'");
    ++at_;
    const bool repeated =
        std::ranges::any_of(spec.entries, [&](const auto& entry) { return entry.first == key; });
    if (repeated) return Wrong("key '" + key + "' is given twice");
    return key;
  }

  Result<std::string> Value(const std::string& key) {
    SkipSpace();
    const bool quoted = !AtEnd() && (text_[at_] == '\'' || text_[at_] == '"');
    CULVERT_ASSIGN_OR_RETURN(std::string value, quoted ? QuotedValue() : PlainValue());
    if (value.empty()) return Wrong("the value of '" + key + "' is empty");
    return value;
  }

  Result<std::string> QuotedValue() {
    const char quote = text_[at_++];
    std::string value;
    while (!AtEnd()) {
      const char c = text_[at_++];
      if (IsControl(c)) return Wrong("a value holds a control character");
      if (c == quote) return value;
      if (c != '\\') {
        value += c;
        continue;
      }
      const bool escapes =
          !AtEnd() && (text_[at_] == '\\' || text_[at_] == '\'' || text_[at_] == '"');
      value += escapes ? text_[at_++] : c;
    }
    return Wrong("a quote is not closed");
  }

  Result<std::string> PlainValue() {
    const std::size_t begin = at_;
    while (!AtEnd() && !IsSeparator(text_[at_])) {
      const char c = text_[at_];
      if (IsControl(c)) return Wrong("a value holds a control character");
      if (c == '\'' || c == '"') return Wrong("a quote stands inside a value");
      ++at_;
    }
    std::string_view value = text_.substr(begin, at_ - begin);
    while (value.ends_with(' ')) value.remove_suffix(1);
    return std::string(value);
  }

  bool AtEnd() const { return at_ == text_.size(); }
  void SkipSpace() {
    while (!AtEnd() && text_[at_] == ' ') ++at_;
  }
  std::unexpected<Error> Wrong(const std::string& why) const {
    std::string shown;
    constexpr std::size_t kShown = 120;
    for (const char c : text_.substr(0, kShown)) shown += IsControl(c) ? '?' : c;
    return Fail(InvalidArgument("bad partition '" + shown + "': " + why + ", at position " +
                                std::to_string(at_)));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string Keys(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) {
    if (!text.empty()) text += ',';
    text += key;
  }
  return text.empty() ? "none" : text;
}

}  // namespace

Result<PartitionSpec> PartitionSpec::Parse(std::string_view text) {
  if (text.size() > kSpecBytesMax) {
    return Fail(InvalidArgument("bad partition: its text has " + std::to_string(text.size()) +
                                " bytes, at most 4096 are allowed"));
  }
  return SpecParser(text).ParseAll();
}

std::string PartitionSpec::ToString() const {
  std::string text;
  for (const auto& [key, value] : entries) {
    if (!text.empty()) text += ',';
    text.append(key).append("=").append(value);
  }
  return text;
}

std::string PartitionSpec::ToQuoted() const {
  std::string text;
  for (const auto& [key, value] : entries) {
    if (!text.empty()) text += ',';
    text.append(key).append("='");
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += '\'';
  }
  return text;
}

Result<PartitionSpec> OrderLike(const PartitionSpec& spec, const std::vector<std::string>& keys) {
  PartitionSpec ordered;
  for (const std::string& key : keys) {
    const auto found = std::ranges::find_if(
        spec.entries, [&](const auto& entry) { return SameName(entry.first, key); });
    if (found != spec.entries.end()) ordered.entries.emplace_back(FoldName(key), found->second);
  }
  if (ordered.entries.size() != keys.size() || spec.entries.size() != keys.size()) {
    return Fail(
        InvalidArgument("partition '" + spec.ToString() +
                        "' does not fit the table, whose partition keys are: " + Keys(keys)));
  }
  return ordered;
}

}  // namespace culvert::record
