// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/object_reader.h"

#include "libs/base/text.h"
#include "libs/syncjob/internal/suggest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>
#include <utility>

namespace culvert::syncjob::internal {
namespace {

constexpr std::size_t kShownBytesMax = 80;

std::string Shown(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kShownBytesMax)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  if (text.size() > kShownBytesMax) shown += "...";
  return shown;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// What a whole number is in JSON: no sign but '-', no leading zeros.
bool IsWholeNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return IsDigits(text) && (text.size() == 1 || text[0] != '0');
}

/// Decimal digits, optional fraction: what a number is in JSON, without exponents.
bool IsPlainNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return IsDigits(text);
  return IsDigits(text.substr(0, dot)) && IsDigits(text.substr(dot + 1));
}

/// True where a YAML 1.1 or 1.2 reader takes an unquoted scalar for a number or a boolean: a
/// cluster would refuse it as a string, so it is refused here as well.
bool LooksLikeAnotherType(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan", "null"};
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (folded.starts_with('+') || folded.starts_with('-')) folded.erase(0, 1);
  if (std::ranges::find(kWords, folded) != kWords.end()) return true;
  const bool number =
      !folded.empty() && ((folded[0] >= '0' && folded[0] <= '9') || folded[0] == '.');
  if (!number) return false;
  const auto only = [&](std::string_view digits) {
    return folded.size() > 2 &&
           std::string_view(folded).substr(2).find_first_not_of(digits) == std::string_view::npos;
  };
  if (folded.starts_with("0x") && only("0123456789abcdef_")) return true;
  if (folded.starts_with("0o") && only("01234567_")) return true;
  if (folded.starts_with("0b") && only("01_")) return true;
  std::erase(folded, '_');
  double value = 0;
  const auto [end, problem] = std::from_chars(folded.data(), folded.data() + folded.size(), value);
  return problem != std::errc::invalid_argument && end == folded.data() + folded.size();
}

std::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "null";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
  }
  return "";
}

}  // namespace

ObjectReader::ObjectReader(ReadContext& context, const YamlNode* node, std::string path,
                           std::initializer_list<std::string_view> fields)
    : context_(&context), node_(node), path_(std::move(path)) {
  if (node_ == nullptr || !ok()) return;
  if (node_->kind != YamlNode::Kind::kMap) {
    FailAt(*node_, "", "must be a mapping, not " + std::string(KindName(*node_)));
    return;
  }
  const std::span<const std::string_view> known(fields.begin(), fields.size());
  std::set<std::string_view> seen;
  for (const auto& [key, value] : node_->entries) {
    if (key->kind != YamlNode::Kind::kScalar) {
      FailAt(*key, "", "a field name must be a word");
      return;
    }
    if (std::ranges::find(known, key->text) == known.end()) {
      std::string what = "unknown field";
      const std::string hint = DidYouMean(key->text, known);
      what += hint.empty() ? ", known here: " + ListOf(known, 40) : hint;
      FailAt(*key, Shown(key->text), what);
      return;
    }
    if (!seen.insert(key->text).second) {
      FailAt(*key, key->text, "given twice, remove one");
      return;
    }
  }
}

const YamlNode* ObjectReader::Find(std::string_view field) const {
  if (node_ == nullptr || !ok()) return nullptr;
  for (const auto& [key, value] : node_->entries) {
    if (key->text == field) return value->kind == YamlNode::Kind::kNull ? nullptr : value.get();
  }
  return nullptr;
}

std::string ObjectReader::PathOf(std::string_view field) const {
  if (path_.empty() || field.empty()) return path_ + std::string(field);
  return path_ + (field.starts_with('[') ? "" : ".") + std::string(field);
}

std::string ObjectReader::Place(std::string_view field, const YamlNode* node) const {
  std::string place = context_->file_name;
  if (node != nullptr) {
    place += ":" + std::to_string(node->line) + ":" + std::to_string(node->column);
  }
  const std::string path = PathOf(field);
  return path.empty() ? place + ": " : place + ": " + path + ": ";
}

void ObjectReader::FailAt(const YamlNode& node, std::string_view field, std::string_view what) {
  if (ok()) context_->error = InvalidArgument(Place(field, &node) + std::string(what));
}

void ObjectReader::Fail(std::string_view field, std::string_view what) {
  const YamlNode* at = Find(field);
  if (ok()) {
    context_->error = InvalidArgument(Place(field, at != nullptr ? at : node_) + std::string(what));
  }
}

void ObjectReader::Warn(std::string_view field, std::string_view what) {
  if (!ok()) return;
  const YamlNode* at = Find(field);
  context_->warnings.push_back(Place(field, at != nullptr ? at : node_) + std::string(what));
}

std::optional<std::string> ObjectReader::StringOf(std::string_view field, const YamlNode& node,
                                                  std::size_t bytes_max, bool controls) {
  if (node.kind != YamlNode::Kind::kScalar) {
    FailAt(node, field, "must be a string, not " + std::string(KindName(node)));
    return std::nullopt;
  }
  if (!node.quoted && LooksLikeAnotherType(node.text)) {
    FailAt(node, field,
           context_->hide_values
               ? "must be a string: write it in quotes"
               : "must be a string: write \"" + Shown(node.text) + "\" in quotes");
    return std::nullopt;
  }
  if (node.text.size() > bytes_max) {
    FailAt(node, field, "longer than " + std::to_string(bytes_max) + " bytes");
    return std::nullopt;
  }
  const bool bad = std::ranges::any_of(node.text, [controls](char c) {
    return c == '\0' || (!controls && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f));
  });
  if (bad) {
    FailAt(node, field, "holds a control character");
    return std::nullopt;
  }
  return node.text;
}

std::string ObjectReader::Text(std::string_view field, std::size_t bytes_max) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return {};
  return StringOf(field, *node, bytes_max, false).value_or("");
}

std::string ObjectReader::LongText(std::string_view field, std::size_t bytes_max) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return {};
  return StringOf(field, *node, bytes_max, true).value_or("");
}

std::string ObjectReader::RequiredText(std::string_view field, std::size_t bytes_max) {
  std::string text = Text(field, bytes_max);
  if (text.empty()) Fail(field, "required");
  return text;
}

std::vector<std::string> ObjectReader::Texts(std::string_view field, std::size_t bytes_max,
                                             Empty empty) {
  constexpr std::size_t kItemsMax = 10'000;
  std::vector<std::string> texts;
  const YamlNode* node = Find(field);
  if (node == nullptr) return texts;
  if (node->kind != YamlNode::Kind::kSequence) {
    FailAt(*node, field, "must be a list of strings, not " + std::string(KindName(*node)));
    return texts;
  }
  if (node->items.size() > kItemsMax) {
    FailAt(*node, field, "more than " + std::to_string(kItemsMax) + " items");
    return texts;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const std::string name = std::string(field) + "[" + std::to_string(i) + "]";
    std::optional<std::string> text = StringOf(name, *node->items[i], bytes_max, true);
    if (!text) return {};
    if (text->empty() && empty == Empty::kRefused) {
      FailAt(*node->items[i], name, "must not be empty");
      return {};
    }
    texts.push_back(*std::move(text));
  }
  return texts;
}

bool ObjectReader::Flag(std::string_view field, bool fallback) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return fallback;
  if (node->kind == YamlNode::Kind::kScalar && !node->quoted) {
    if (node->text == "true") return true;
    if (node->text == "false") return false;
  }
  FailAt(*node, field, "must be true or false, without quotes");
  return fallback;
}

bool ObjectReader::RequiredFlag(std::string_view field) {
  if (!Has(field)) Fail(field, "required, true or false");
  return Flag(field, false);
}

std::int64_t ObjectReader::Integer(std::string_view field, std::int64_t min, std::int64_t max,
                                   std::int64_t fallback) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return fallback;
  const std::string range = " from " + std::to_string(min) + " to " + std::to_string(max);
  const std::string_view text = node->text;
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool octal = digits.size() > 1 && digits[0] == '0';
  if (node->kind != YamlNode::Kind::kScalar || node->quoted || !IsDigits(digits) || octal) {
    FailAt(*node, field, "must be a whole number" + range + ", without quotes");
    return fallback;
  }
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || value < min || value > max) {
    FailAt(*node, field, "must be" + range);
    return fallback;
  }
  return value;
}

std::string ObjectReader::IntOrText(std::string_view field, std::size_t bytes_max) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return {};
  if (node->kind == YamlNode::Kind::kScalar && !node->quoted && IsWholeNumber(node->text)) {
    return node->text;
  }
  return StringOf(field, *node, bytes_max, true).value_or("");
}

std::string ObjectReader::NumberText(std::string_view field) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return {};
  const bool empty = node->kind == YamlNode::Kind::kScalar && node->text.empty();
  if (empty) return {};
  if (node->kind != YamlNode::Kind::kScalar || node->text.size() > 32 ||
      !IsPlainNumber(node->text)) {
    FailAt(*node, field, "must be a decimal number, such as 12 or \"12\"");
    return {};
  }
  return IntOrText(field, 32);
}

std::string ObjectReader::ResolvedAt(const YamlNode& node, std::string_view field, std::string text,
                                     std::size_t bytes_max) {
  if (!ok() || text.find('$') == std::string::npos) return text;
  if (!context_->resolve) {
    const std::size_t begin = std::min(text.find("${"), text.find("$["));
    if (begin == std::string::npos) return text;
    context_->error =
        InvalidArgument(Place(field, &node) + "'" +
                        CutText(std::string_view(text).substr(begin), 40) +
                        "' is a placeholder, and nothing gives it a value here; write "
                        "the value itself")
            .Because("UnresolvedPlaceholder");
    return {};
  }
  Result<std::string> resolved = context_->resolve(text);
  if (!resolved) {
    resolved.error().message = Place(field, &node) + std::move(resolved.error().message);
    context_->error = std::move(resolved.error());
    return {};
  }
  if (resolved->empty()) FailAt(node, field, "empty, once its placeholders have their values");
  if (resolved->size() > bytes_max) {
    FailAt(node, field,
           "longer than " + std::to_string(bytes_max) +
               " bytes, once its placeholders have their values");
  }
  return *std::move(resolved);
}

std::string ObjectReader::Resolved(std::string_view field, std::string text,
                                   std::size_t bytes_max) {
  const YamlNode* node = Find(field);
  return node == nullptr ? text : ResolvedAt(*node, field, std::move(text), bytes_max);
}

std::vector<std::string> ObjectReader::Resolved(std::string_view field,
                                                std::vector<std::string> texts,
                                                std::size_t bytes_max) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return texts;
  for (std::size_t i = 0; i < texts.size() && i < node->items.size(); ++i) {
    texts[i] = ResolvedAt(*node->items[i], std::string(field) + "[" + std::to_string(i) + "]",
                          std::move(texts[i]), bytes_max);
  }
  return texts;
}

const YamlNode* ObjectReader::Map(std::string_view field, bool required) {
  const YamlNode* node = Find(field);
  if (node == nullptr) {
    if (required) Fail(field, "required");
    return nullptr;
  }
  if (node->kind != YamlNode::Kind::kMap) {
    FailAt(*node, field, "must be a mapping, not " + std::string(KindName(*node)));
    return nullptr;
  }
  return node;
}

void ObjectReader::ExpectTextMap(std::string_view field) {
  const YamlNode* node = Map(field);
  if (node == nullptr) return;
  std::set<std::string_view> seen;
  for (const auto& [key, value] : node->entries) {
    if (key->kind != YamlNode::Kind::kScalar || key->text.empty()) {
      FailAt(*key, field, "a key must be a word");
      return;
    }
    const std::string name = std::string(field) + "." + Shown(key->text);
    if (!seen.insert(key->text).second) {
      FailAt(*key, name, "given twice, remove one");
      return;
    }
    // A null value is an empty string to the API server.
    if (value->kind == YamlNode::Kind::kNull) continue;
    if (!StringOf(name, *value, std::size_t{256} * 1024, true)) return;
  }
}

void ObjectReader::ExpectQuantities(std::string_view field) {
  const YamlNode* node = Map(field);
  if (node == nullptr) return;
  ObjectReader resources(*context_, node, PathOf(field), {"limits", "requests"});
  for (const std::string_view part : {std::string_view("limits"), std::string_view("requests")}) {
    const YamlNode* quantities = resources.Map(part);
    if (quantities == nullptr) continue;
    for (const auto& [key, value] : quantities->entries) {
      const bool scalar =
          key->kind == YamlNode::Kind::kScalar && value->kind == YamlNode::Kind::kScalar &&
          !value->text.empty() &&
          (value->quoted || IsWholeNumber(value->text) || !LooksLikeAnotherType(value->text));
      if (!scalar ||
          value->text.find_first_not_of("0123456789.eEmkKMGTPinu") != std::string::npos) {
        resources.FailAt(*value, std::string(part) + "." + Shown(key->text),
                         "must be a quantity, such as 500m, 1Gi or \"0.5\"");
        return;
      }
    }
  }
}

void ObjectReader::ExpectMaps(std::string_view field) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::kSequence) {
    FailAt(*node, field, "must be a list, not " + std::string(KindName(*node)));
    return;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    if (node->items[i]->kind != YamlNode::Kind::kMap) {
      FailAt(*node->items[i], std::string(field) + "[" + std::to_string(i) + "]",
             "must be a mapping, not " + std::string(KindName(*node->items[i])));
      return;
    }
  }
}

void ObjectReader::Unsupported(std::string_view field, std::string_view remedy) {
  const YamlNode* node = Find(field);
  if (node == nullptr) return;
  const bool neutral =
      node->kind == YamlNode::Kind::kScalar
          ? node->text.empty() || (!node->quoted && (node->text == "false" || node->text == "0"))
          : node->items.empty() && node->entries.empty();
  if (!neutral) FailUnsupported(field, "not supported yet, " + std::string(remedy));
}

void ObjectReader::FailUnsupported(std::string_view field, std::string_view what) {
  if (!ok()) return;
  context_->error =
      Unimplemented(Place(field, Find(field)) + std::string(what)).Because("Unsupported");
}

}  // namespace culvert::syncjob::internal
