// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/transformer.h"

#include "libs/base/count_text.h"
#include "libs/base/text.h"
#include "libs/syncjob/internal/suggest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace culvert::syncjob {
namespace {

using record::TypeKind;
using FilterCondition = FilterRows::Condition;
using Kind = FilterRows::Kind;

// How each is written: the names are few, and users copy from messages.
struct Form {
  std::string_view name;
  std::size_t paras;
  std::string_view example;
};
constexpr std::array kForms = std::to_array<Form>({
    {.name = "dx_filter", .paras = 2, .example = R"(["<", "0"])"},
    {.name = "dx_substr", .paras = 2, .example = R"(["0", "5"])"},
    {.name = "dx_pad", .paras = 3, .example = R"(["l", "10", "0"])"},
    {.name = "dx_replace", .paras = 3, .example = R"(["3", "4", "****"])"},
    {.name = "dx_digest", .paras = 2, .example = R"(["md5", "toLowerCase"])"},
});

constexpr std::array kConditions = std::to_array<std::pair<std::string_view, FilterCondition>>({
    {"like", FilterCondition::kLike},
    {"not like", FilterCondition::kNotLike},
    {"=", FilterCondition::kEqual},
    {"==", FilterCondition::kEqual},
    {"!=", FilterCondition::kNotEqual},
    {">", FilterCondition::kGreater},
    {">=", FilterCondition::kGreaterOrEqual},
    {"<", FilterCondition::kLess},
    {"<=", FilterCondition::kLessOrEqual},
});

std::string Folded(std::string_view text) {
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return folded;
}

template <typename Number>
std::optional<Number> NumberOf(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

Error Wrong(std::size_t para, std::string_view must) {
  return InvalidArgument("paras[" + std::to_string(para) + "]: must be " + std::string(must));
}

/// A position or a length, in characters.
Result<std::uint64_t> CountOf(const Transformer& transformer, std::size_t para) {
  const auto count = NumberOf<std::uint32_t>(transformer.paras[para]);
  if (!count) return Fail(Wrong(para, "a whole number of characters, 0 or more"));
  return *count;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Result<TransformerRule> ParseFilter(const Transformer& transformer) {
  FilterRows filter;
  const std::string word = Folded(transformer.paras[0]);
  const auto* const known =
      std::ranges::find(kConditions, word, &std::pair<std::string_view, FilterCondition>::first);
  if (known == kConditions.end()) {
    return Fail(Wrong(0, "one of like, not like, =, !=, >, >=, <, <="));
  }
  filter.condition = known->second;
  filter.text = transformer.paras[1];
  // DataX has no way to say this either: an empty value is an error there.
  if (filter.text.empty()) return Fail(Wrong(1, "a value, not empty"));
  if (filter.condition == FilterCondition::kLike || filter.condition == FilterCondition::kNotLike) {
    auto pattern = Regex::Compile(filter.text);
    if (!pattern) {
      return Fail(Wrong(1,
                        "a regular expression of RE2, which has no back references and no "
                        "look-around: " +
                            pattern.error().message));
    }
    filter.pattern.push_back(*std::move(pattern));
  }
  return filter;
}

Result<TransformerRule> ParsePad(const Transformer& transformer) {
  PadText pad;
  const std::string side = Folded(transformer.paras[0]);
  if (side != "l" && side != "r") return Fail(Wrong(0, "l or r"));
  pad.left = side == "l";
  CULVERT_ASSIGN_OR_RETURN(pad.length, CountOf(transformer, 1));
  if (pad.length > kPadLengthMax) {
    return Fail(Wrong(1, "at most " + std::to_string(kPadLengthMax) + " characters"));
  }
  pad.fill = transformer.paras[2];
  if (pad.fill.empty() || !IsUtf8(pad.fill)) return Fail(Wrong(2, "text to fill up with"));
  return pad;
}

Result<TransformerRule> ParseDigest(const Transformer& transformer) {
  const std::string hash = Folded(transformer.paras[0]);
  const std::string letters = Folded(transformer.paras[1]);
  if (hash != "md5" && hash != "sha1") return Fail(Wrong(0, "md5 or sha1"));
  if (letters != "touppercase" && letters != "tolowercase") {
    return Fail(Wrong(1, "toUpperCase or toLowerCase"));
  }
  return DigestText{.sha1 = hash == "sha1", .upper_case = letters == "touppercase"};
}

/// Applies one transformer to what is known of its column.
Status Advance(const Transformer& transformer, TransformedColumn& column) {
  CULVERT_ASSIGN_OR_RETURN(const TransformerRule rule, ParseTransformer(transformer));
  const auto kind = FilterKindOf(column.type);
  if (!kind) {
    return Fail(InvalidArgument("column " + std::to_string(transformer.column_index) +
                                " is of type " + column.type.ToString() +
                                ", which no transformer takes"));
  }
  column.named = true;
  if (MakesText(rule)) {
    column.type = record::Type{};
    column.changed = true;
    return {};
  }
  const auto& filter = std::get<FilterRows>(rule);
  if (!filter.pattern.empty()) return {};
  if (*kind == Kind::kWhole) CULVERT_TRY(WholeOf(filter));
  if (*kind == Kind::kDouble) CULVERT_TRY(DoubleOf(filter));
  return {};
}

}  // namespace

Result<TransformerRule> ParseTransformer(const Transformer& transformer) {
  const auto* const form = std::ranges::find(kForms, transformer.name, &Form::name);
  if (form == kForms.end()) {
    return Fail(
        InvalidArgument("name: must be one of dx_filter, dx_substr, dx_pad, dx_replace, dx_digest" +
                        std::string(transformer.name == "dx_groovy" ? "; code is not run" : "")));
  }
  if (transformer.paras.size() != form->paras) {
    return Fail(InvalidArgument("paras: must be " + Counted(form->paras, "text") + " for " +
                                transformer.name + ", such as " + std::string(form->example)));
  }
  for (std::size_t i = 0; i < transformer.paras.size(); ++i) {
    if (transformer.paras[i].size() > kTransformerParaBytesMax) {
      return Fail(Wrong(i, "at most " + std::to_string(kTransformerParaBytesMax) + " bytes"));
    }
  }
  if (form->name == "dx_filter") return ParseFilter(transformer);
  if (form->name == "dx_pad") return ParsePad(transformer);
  if (form->name == "dx_digest") return ParseDigest(transformer);
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t start, CountOf(transformer, 0));
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t length, CountOf(transformer, 1));
  if (form->name == "dx_substr") return CutOut{.start = start, .length = length};
  return ReplaceText{.start = start, .length = length, .with = transformer.paras[2]};
}

bool MakesText(const TransformerRule& rule) { return !std::holds_alternative<FilterRows>(rule); }

std::optional<Kind> FilterKindOf(const record::Type& type) {
  switch (type.kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kDate:
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return Kind::kWhole;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return Kind::kDouble;
    case TypeKind::kBoolean:
    case TypeKind::kString:
    case TypeKind::kVarchar:
    case TypeKind::kChar:
    case TypeKind::kBinary:
    case TypeKind::kJson:
      return Kind::kText;
    case TypeKind::kIntervalDayTime:
    case TypeKind::kIntervalYearMonth:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct:
      return std::nullopt;
  }
  return std::nullopt;
}

bool MeansNull(std::string_view text) { return Folded(text) == "null"; }

Result<std::optional<std::int64_t>> WholeOf(const FilterRows& filter) {
  if (MeansNull(filter.text)) return std::optional<std::int64_t>();
  const auto value = NumberOf<std::int64_t>(filter.text);
  if (!value) {
    return Fail(Wrong(1,
                      "a whole number for this column (of a time, milliseconds since 1970 in "
                      "UTC), or null"));
  }
  return value;
}

Result<std::optional<double>> DoubleOf(const FilterRows& filter) {
  if (MeansNull(filter.text)) return std::optional<double>();
  const auto value = NumberOf<double>(filter.text);
  if (!value || std::isnan(*value)) return Fail(Wrong(1, "a number for this column, or null"));
  return value;
}

Result<std::vector<TransformedColumn>> ColumnsAfter(const std::vector<Transformer>& transformers,
                                                    const std::vector<record::Type>& columns) {
  std::vector<TransformedColumn> after;
  after.reserve(columns.size());
  for (const record::Type& type : columns) after.push_back({.type = type});
  for (std::size_t i = 0; i < transformers.size(); ++i) {
    const std::uint32_t index = transformers[i].column_index;
    const std::string at = "transformers[" + std::to_string(i) + "]: ";
    if (index >= after.size()) {
      return Fail(InvalidArgument(at + "columnIndex " + std::to_string(index) +
                                  " is beyond the source's list of " +
                                  Counted(after.size(), "column") + ", which counts from 0")
                      .Because("SchemaMismatch"));
    }
    if (Status advanced = Advance(transformers[i], after[index]); !advanced) {
      return Fail(InvalidArgument(at + advanced.error().message).Because("SchemaMismatch"));
    }
  }
  return after;
}

}  // namespace culvert::syncjob
