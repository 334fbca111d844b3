// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/type.h"

#include "libs/record/schema.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace culvert::record {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{64} * 1024;
constexpr int kDepthMax = 20;
constexpr std::int32_t kDecimalPrecisionMax = 38;
constexpr std::int32_t kDecimalScaleMax = 18;
constexpr std::int32_t kOldDecimalPrecision = 54;
constexpr std::int32_t kOldDecimalScale = 18;
constexpr std::int32_t kCharLengthMax = 255;
constexpr std::int32_t kVarcharLengthMax = 65535;

using KindName = std::pair<std::string_view, TypeKind>;
constexpr std::array kKindNames{
    KindName{"boolean", TypeKind::kBoolean},
    KindName{"tinyint", TypeKind::kTinyint},
    KindName{"smallint", TypeKind::kSmallint},
    KindName{"int", TypeKind::kInt},
    KindName{"bigint", TypeKind::kBigint},
    KindName{"float", TypeKind::kFloat},
    KindName{"double", TypeKind::kDouble},
    KindName{"decimal", TypeKind::kDecimal},
    KindName{"string", TypeKind::kString},
    KindName{"varchar", TypeKind::kVarchar},
    KindName{"char", TypeKind::kChar},
    KindName{"binary", TypeKind::kBinary},
    KindName{"date", TypeKind::kDate},
    KindName{"datetime", TypeKind::kDatetime},
    KindName{"timestamp", TypeKind::kTimestamp},
    KindName{"timestamp_ntz", TypeKind::kTimestampNtz},
    KindName{"interval_day_time", TypeKind::kIntervalDayTime},
    KindName{"interval_year_month", TypeKind::kIntervalYearMonth},
    KindName{"json", TypeKind::kJson},
    KindName{"array", TypeKind::kArray},
    KindName{"map", TypeKind::kMap},
    KindName{"struct", TypeKind::kStruct},
};

std::optional<TypeKind> KindOf(std::string_view folded) {
  for (const auto& [name, kind] : kKindNames) {
    if (name == folded) return kind;
  }
  return std::nullopt;
}

std::string_view NameOf(TypeKind kind) {
  for (const auto& [name, named_kind] : kKindNames) {
    if (named_kind == kind) return name;
  }
  return "string";
}

// Bytes above 0x7f are letters of some alphabet: names are UTF-8 text.
bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<Type> ParseAll() {
    CULVERT_ASSIGN_OR_RETURN(Type type, ParseType(0));
    SkipSpace();
    if (at_ != text_.size()) return Wrong("end of text");
    return type;
  }

 private:
  Result<Type> ParseType(int depth) {
    SkipSpace();
    const std::size_t begin = at_;
    const std::string word = FoldName(Word());
    const std::optional<TypeKind> kind = KindOf(word);
    if (!kind) {
      at_ = begin;
      return word.empty() ? Wrong("a type name") : Wrong("a known type name, not '" + word + "'");
    }
    Type type;
    type.kind = *kind;
    if (type.IsNested() && depth == kDepthMax) {
      at_ = begin;
      return Wrong("at most 20 levels of nesting");
    }
    switch (*kind) {
      case TypeKind::kDecimal:
        return ParseDecimal(std::move(type));
      case TypeKind::kChar:
        return ParseLength(std::move(type), kCharLengthMax);
      case TypeKind::kVarchar:
        return ParseLength(std::move(type), kVarcharLengthMax);
      case TypeKind::kArray:
      case TypeKind::kMap:
        return ParseElements(std::move(type), depth);
      case TypeKind::kStruct:
        return ParseFields(std::move(type), depth);
      default:
        return type;
    }
  }

  Result<Type> ParseDecimal(Type type) {
    SkipSpace();
    if (!Take('(')) {
      type.precision = kOldDecimalPrecision;
      type.scale = kOldDecimalScale;
      return type;
    }
    CULVERT_ASSIGN_OR_RETURN(type.precision, Number(1, kOldDecimalPrecision));
    SkipSpace();
    if (Take(',')) {
      CULVERT_ASSIGN_OR_RETURN(type.scale, Number(0, kDecimalScaleMax));
    }
    CULVERT_TRY(Expect(')'));
    const bool is_old = type.precision == kOldDecimalPrecision && type.scale == kOldDecimalScale;
    if (type.precision > kDecimalPrecisionMax && !is_old) {
      return Wrong("a decimal precision of at most 38");
    }
    if (type.scale > type.precision) return Wrong("a decimal scale within its precision");
    return type;
  }

  Result<Type> ParseLength(Type type, std::int32_t length_max) {
    CULVERT_TRY(Expect('('));
    CULVERT_ASSIGN_OR_RETURN(type.length, Number(1, length_max));
    CULVERT_TRY(Expect(')'));
    return type;
  }

  Result<Type> ParseElements(Type type, int depth) {
    CULVERT_TRY(Expect('<'));
    CULVERT_ASSIGN_OR_RETURN(Type first, ParseType(depth + 1));
    if (type.kind == TypeKind::kMap && first.IsNested()) return Wrong("a primitive map key");
    type.children.push_back(std::move(first));
    if (type.kind == TypeKind::kMap) {
      CULVERT_TRY(Expect(','));
      CULVERT_ASSIGN_OR_RETURN(Type value, ParseType(depth + 1));
      type.children.push_back(std::move(value));
    }
    CULVERT_TRY(Expect('>'));
    return type;
  }

  Result<Type> ParseFields(Type type, int depth) {
    CULVERT_TRY(Expect('<'));
    do {
      CULVERT_ASSIGN_OR_RETURN(std::string name, FieldName());
      const bool repeated = std::ranges::any_of(
          type.field_names, [&](const std::string& other) { return SameName(other, name); });
      if (repeated) return Wrong("a field name other than '" + name + "', which is used twice");
      CULVERT_TRY(Expect(':'));
      CULVERT_ASSIGN_OR_RETURN(Type field, ParseType(depth + 1));
      type.field_names.push_back(std::move(name));
      type.children.push_back(std::move(field));
      SkipSpace();
    } while (Take(','));
    CULVERT_TRY(Expect('>'));
    return type;
  }

  // A word, or any text between back ticks; two back ticks stand for one.
  Result<std::string> FieldName() {
    SkipSpace();
    std::string name;
    if (!Take('`')) {
      name = Word();
      if (name.empty()) return Wrong("a field name");
      return name;
    }
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20)
        return Wrong("a field name without control characters");
      if (c == '`' && !Take('`')) {
        if (name.empty()) return Wrong("a field name");
        return name;
      }
      name.push_back(c);
    }
    return Wrong("a closing back tick");
  }

  Result<std::int32_t> Number(std::int32_t low, std::int32_t high) {
    SkipSpace();
    const std::size_t begin = at_;
    std::int32_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && value <= high) {
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == begin || value < low || value > high) {
      return Wrong("a number from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return value;
  }

  std::string Word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsWordChar(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  Status Expect(char c) {
    SkipSpace();
    if (Take(c)) return {};
    return Wrong(std::string("'") + c + "'");
  }
  std::unexpected<Error> Wrong(const std::string& expected) const {
    constexpr std::size_t kShown = 80;
    std::string shown(text_.substr(0, kShown));
    if (text_.size() > kShown) shown += "...";
    return Fail(InvalidArgument("bad type '" + shown + "': expected " + expected + " at position " +
                                std::to_string(at_)));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void AppendFieldName(const std::string& name, std::string& out) {
  if (std::ranges::all_of(name, IsWordChar)) {
    out += name;
    return;
  }
  out += '`';
  for (const char c : name) {
    out += c;
    if (c == '`') out += c;
  }
  out += '`';
}

void AppendType(const Type& type, std::string& out) {
  out += NameOf(type.kind);
  if (type.kind == TypeKind::kDecimal) {
    // The 1.0 type has no parameters of its own in SQL.
    if (type.precision == kOldDecimalPrecision && type.scale == kOldDecimalScale) return;
    out += '(' + std::to_string(type.precision) + ',' + std::to_string(type.scale) + ')';
  } else if (type.kind == TypeKind::kChar || type.kind == TypeKind::kVarchar) {
    out += '(' + std::to_string(type.length) + ')';
  }
  if (!type.IsNested()) return;
  out += '<';
  for (std::size_t i = 0; i < type.children.size(); ++i) {
    if (i != 0) out += ',';
    if (type.kind == TypeKind::kStruct) {
      AppendFieldName(type.field_names[i], out);
      out += ':';
    }
    AppendType(type.children[i], out);
  }
  out += '>';
}

}  // namespace

bool Type::operator==(const Type& other) const {
  return kind == other.kind && precision == other.precision && scale == other.scale &&
         length == other.length && children == other.children &&
         std::ranges::equal(field_names, other.field_names, SameName);
}

Result<Type> Type::Parse(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return Fail(InvalidArgument("bad type: its text has " + std::to_string(text.size()) +
                                " bytes, at most 65536 are allowed"));
  }
  return TypeParser(text).ParseAll();
}

std::string Type::ToString() const {
  std::string text;
  AppendType(*this, text);
  return text;
}

}  // namespace culvert::record
