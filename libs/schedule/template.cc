// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/template.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace culvert::schedule {
namespace {

constexpr std::size_t kShownMax = 64;
constexpr std::size_t kParameterNameBytesMax = 64;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string AtColumn(std::size_t column) { return "column " + std::to_string(column) + ": "; }

}  // namespace

class TemplateParser {
 public:
  TemplateParser(std::string_view text, Template::Place place) : text_(text), place_(place) {}

  Result<Template> Parse() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("${")) {
        CULVERT_TRY(Braces());
      } else if (rest.starts_with("$[")) {
        CULVERT_TRY(Brackets());
      } else if (rest.size() > 1 && rest[0] == '$' && IsLetter(rest[1])) {
        CULVERT_TRY(Word());
      } else {
        Keep(1);
      }
    }
    if (!kept_.empty()) Add(std::exchange(kept_, {}), "", at_);
    return std::move(template_);
  }

 private:
  void Keep(std::size_t count) {
    kept_ += text_.substr(at_, count);
    at_ += count;
  }
  template <typename What>
  void Add(What what, std::string_view source, std::size_t begin) {
    template_.pieces_.push_back({.what = std::move(what),
                                 .source = std::string(source.substr(0, kShownMax)),
                                 .column = begin + 1});
  }
  template <typename What>
  void Placed(What what, std::string_view source) {
    if (!kept_.empty()) Add(std::exchange(kept_, {}), "", at_);
    Add(std::move(what), source, at_);
    at_ += source.size();
  }

  // The whole of `${...}` or `$[...]` at `at_`.
  Result<std::string_view> Bracketed(char close) const {
    const std::size_t end = text_.find(close, at_);
    if (end != std::string_view::npos) return text_.substr(at_, end + 1 - at_);
    return Fail(InvalidArgument(AtColumn(at_ + 1) + "'" + std::string(text_.substr(at_, 2)) +
                                "' has no '" + close + "' behind it"));
  }

  Status Braces() {
    CULVERT_ASSIGN_OR_RETURN(const std::string_view source, Bracketed('}'));
    const std::string_view body = source.substr(2, source.size() - 3);
    if (const auto system = FindSystemName(body)) {
      Placed(*system, source);
      return {};
    }
    auto expression = Expression::Parse(Expression::From::kBusinessDate, body, at_ + 3);
    if (expression) {
      Placed(*std::move(expression), source);
      return {};
    }
    if (place_ == Template::Place::kField && IsParameterName(body)) {
      Placed(
          Template::Name{.name = std::string(body),
                         .why_no_date = body.starts_with("yy") ? expression.error().message : ""},
          source);
      return {};
    }
    if (place_ == Template::Place::kValue && IsParameterName(body) && !body.starts_with("yy")) {
      return Fail(InvalidArgument(AtColumn(at_ + 1) + "'" +
                                  std::string(source.substr(0, kShownMax)) +
                                  "' is no date; a value cannot name another parameter"));
    }
    return Fail(std::move(expression.error()));
  }

  Status Brackets() {
    CULVERT_ASSIGN_OR_RETURN(const std::string_view source, Bracketed(']'));
    CULVERT_ASSIGN_OR_RETURN(Expression expression,
                             Expression::Parse(Expression::From::kCycleTime,
                                               source.substr(2, source.size() - 3), at_ + 3));
    Placed(std::move(expression), source);
    return {};
  }

  Status Word() {
    std::size_t length = 1;
    while (at_ + length < text_.size() &&
           (IsLetter(text_[at_ + length]) || IsDigit(text_[at_ + length]))) {
      ++length;
    }
    const std::string_view source = text_.substr(at_, length);
    const std::string_view word = source.substr(1);
    if (const auto found = FindBuiltIn(word)) {
      Placed(*found, source);
      return {};
    }
    // `$bizdate01` is a slip; `US$ab` is text.
    bool begins = false;
    for (std::size_t size = 1; size < word.size(); ++size) {
      begins = begins || FindBuiltIn(word.substr(0, size)).has_value();
    }
    if (place_ == Template::Place::kValue || begins) {
      return Fail(InvalidArgument(AtColumn(at_ + 1) + "'" +
                                  std::string(source.substr(0, kShownMax)) +
                                  "' is not known; there are " + BuiltInNames()));
    }
    Keep(length);
    return {};
  }

  std::string_view text_;
  Template::Place place_;
  std::size_t at_ = 0;
  std::string kept_;  // plain text in front of `at_` that is no piece yet
  Template template_;
};

Result<Template> Template::Parse(std::string_view text, Place place) {
  return TemplateParser(text, place).Parse();
}

Result<std::string> Template::Evaluate(const Values& values, const Basis* basis) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    if (const auto* kept = std::get_if<std::string>(&piece.what)) {
      text += *kept;
      continue;
    }
    const std::string where = AtColumn(piece.column) + "'" + piece.source + "' ";
    if (const auto* name = std::get_if<Name>(&piece.what)) {
      const auto found = values.find(name->name);
      if (found == values.end()) {
        std::string known;
        for (const auto& [key, value] : values) known += (known.empty() ? "" : ", ") + key;
        return Fail(
            InvalidArgument(
                where + "has no value" +
                (name->why_no_date.empty() ? "" : ", and is no date: " + name->why_no_date) +
                "; assign it, as in -p " + name->name + "=VALUE" +
                (known.empty() ? "" : " (assigned: " + known + ")"))
                .Because("UnresolvedPlaceholder"));
      }
      text += found->second;
      continue;
    }
    if (basis == nullptr) {
      return Fail(InvalidArgument(where + "needs the planned time of the run, as in --cycle-time "
                                          "2025-03-31T00:10:05")
                      .Because("UnresolvedPlaceholder"));
    }
    const auto* expression = std::get_if<Expression>(&piece.what);
    auto value = expression != nullptr ? expression->Evaluate(*basis)
                                       : ValueOf(std::get<BuiltIn>(piece.what), *basis);
    if (!value) {
      value.error().message = where + "gives no value: " + value.error().message;
      return Fail(std::move(value.error()).Because("UnresolvedPlaceholder"));
    }
    text += *value;
  }
  return text;
}

bool IsParameterName(std::string_view name) {
  return !name.empty() && name.size() <= kParameterNameBytesMax && IsLetter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '.'; });
}

bool HasPlaceholder(std::string_view text) {
  return text.find("${") != std::string_view::npos || text.find("$[") != std::string_view::npos;
}

}  // namespace culvert::schedule
