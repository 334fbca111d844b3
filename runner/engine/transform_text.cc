// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/transform_text.h"

#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/text.h"

#include <algorithm>
#include <cstdint>
#include <variant>

namespace culvert::runner {
namespace {

constexpr std::string_view kUnchanged;
constexpr std::string_view kNoUtf8 = "text is no valid UTF-8, a transformer cannot count in it";

// Where character `count` of `text` begins, or its end, and how many characters lie before. Nothing
// when something before it is no character.
struct Position {
  std::size_t bytes = 0;
  std::uint64_t characters = 0;
};
std::optional<Position> Find(std::string_view text, std::uint64_t count) {
  Position at;
  while (at.characters < count && at.bytes < text.size()) {
    const std::size_t length = Utf8Length(text.substr(at.bytes));
    if (length == 0) return std::nullopt;
    at.bytes += length;
    ++at.characters;
  }
  return at;
}

// The parts of a text before, in and after `length` characters from `start` on.
struct Parts {
  std::string_view before;
  std::string_view inside;
  std::string_view after;
};
std::string_view Split(std::string_view text, std::uint64_t start, std::uint64_t length,
                       std::string_view too_short, Parts& parts) {
  const auto first = Find(text, start);
  if (!first) return kNoUtf8;
  if (first->characters < start) return too_short;
  parts.before = text.substr(0, first->bytes);
  const std::string_view rest = text.substr(first->bytes);
  const auto last = Find(rest, length);
  if (!last) return kNoUtf8;
  parts.inside = rest.substr(0, last->bytes);
  parts.after = rest.substr(last->bytes);
  return kUnchanged;
}

class Changer {
 public:
  Changer(std::optional<std::string_view> value, std::optional<std::string>& out)
      : value_(value), out_(out) {}

  std::string_view operator()(const syncjob::CutOut& rule) {
    if (!value_) return kUnchanged;
    Parts parts;
    const std::string_view reason = Split(*value_, rule.start, rule.length,
                                          "text is shorter than the start of dx_substr", parts);
    if (reason.empty()) out_.emplace(parts.inside);
    return reason;
  }
  std::string_view operator()(const syncjob::ReplaceText& rule) {
    if (!value_) return kUnchanged;
    Parts parts;
    const std::string_view reason = Split(*value_, rule.start, rule.length,
                                          "text is shorter than the start of dx_replace", parts);
    if (reason.empty()) {
      out_.emplace(parts.before);
      *out_ += rule.with;
      *out_ += parts.after;
    }
    return reason;
  }
  std::string_view operator()(const syncjob::PadText& rule) {
    const std::string_view text = value_.value_or("");
    const auto end = Find(text, rule.length);
    if (!end) return kNoUtf8;
    std::string fill;
    std::uint64_t missing = rule.length - end->characters;
    for (std::string_view next = rule.fill; missing > 0; --missing) {
      if (next.empty()) next = rule.fill;
      const std::size_t length = std::max<std::size_t>(Utf8Length(next), 1);
      fill += next.substr(0, length);
      next.remove_prefix(length);
    }
    const std::string_view kept = text.substr(0, end->bytes);
    out_.emplace(rule.left ? fill : kept);
    *out_ += rule.left ? kept : std::string_view(fill);
    return kUnchanged;
  }
  std::string_view operator()(const syncjob::DigestText& rule) {
    const std::string_view text = value_.value_or("");
    out_ = rule.sha1 ? Sha1Hex(text) : Md5Hex(text);
    if (rule.upper_case) {
      std::ranges::transform(*out_, out_->begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - ('a' - 'A')) : c;
      });
    }
    return kUnchanged;
  }
  std::string_view operator()(const syncjob::FilterRows& /*rule*/) {
    CULVERT_CHECK(false);
    return kUnchanged;
  }

 private:
  std::optional<std::string_view> value_;
  std::optional<std::string>& out_;
};

}  // namespace

std::string_view ChangeText(const syncjob::TransformerRule& rule,
                            std::optional<std::string_view> value,
                            std::optional<std::string>& out) {
  return std::visit(Changer(value, out), rule);
}

}  // namespace culvert::runner
