// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/syncjob/internal/yaml_tree.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::syncjob::internal {

/// What one reading collects: the first error, and the warnings. After the first error every reader
/// below it answers with defaults, so that the code that reads a kind is a plain list of its
/// fields.
struct ReadContext {
  std::string file_name;
  std::optional<Error> error;
  std::vector<std::string> warnings;
  std::function<Result<std::string>(std::string_view)> resolve;  // may be empty; see ParseManifest
  bool hide_values = false;  // inside a Secret: messages name keys only
};

/// The fields of one YAML mapping, strict: unknown and repeated fields are errors from the start. A
/// field that is absent or null gives the default. Errors go to the context, with the place in the
/// file and the field's path. `context` and the node must outlive the reader.
class ObjectReader {
 public:
  /// `node` null: an absent object, all of whose fields are absent.
  ObjectReader(ReadContext& context, const YamlNode* node, std::string path,
               std::initializer_list<std::string_view> fields);

  bool ok() const { return !context_->error.has_value(); }
  /// Present and not null.
  bool Has(std::string_view field) const { return Find(field) != nullptr; }
  const YamlNode* Find(std::string_view field) const;
  std::string PathOf(std::string_view field) const;

  /// A string of at most `bytes_max` bytes without control characters.
  std::string Text(std::string_view field, std::size_t bytes_max = 128);
  /// The same, with line breaks and other control characters but NUL.
  std::string LongText(std::string_view field, std::size_t bytes_max);
  /// As Text, not absent and not empty.
  std::string RequiredText(std::string_view field, std::size_t bytes_max = 128);
  /// A list of strings; each of 1 to `bytes_max` bytes, or of 0 where `empty` says so.
  enum class Empty : std::uint8_t { kRefused, kTaken };
  std::vector<std::string> Texts(std::string_view field, std::size_t bytes_max,
                                 Empty empty = Empty::kRefused);
  bool Flag(std::string_view field, bool fallback);
  bool RequiredFlag(std::string_view field);
  /// A whole number in decimal digits.
  std::int64_t Integer(std::string_view field, std::int64_t min, std::int64_t max,
                       std::int64_t fallback);
  /// A whole number, or a string of at most `bytes_max` bytes: the text of it. As IntOrString on a
  /// cluster: a fraction or a boolean without quotes is refused. Absent: "".
  std::string IntOrText(std::string_view field, std::size_t bytes_max);
  /// The same, where the text must be a decimal number or empty.
  std::string NumberText(std::string_view field);
  /// What was read of `field` with the values of its scheduling parameters: the same, or an error.
  /// The limit holds for the values too.
  std::string Resolved(std::string_view field, std::string text, std::size_t bytes_max = 128);
  std::vector<std::string> Resolved(std::string_view field, std::vector<std::string> texts,
                                    std::size_t bytes_max);
  /// A mapping; `required` when it must be there. The node, or null.
  const YamlNode* Map(std::string_view field, bool required = false);

  // Shapes of fields that only a cluster gives a meaning to.
  void ExpectTextMap(std::string_view field);  // string -> string (numbers allowed where `numbers`)
  void ExpectQuantities(std::string_view field);  // {limits: {cpu: 2}, requests: {...}}
  void ExpectMaps(std::string_view field);        // list of mappings

  /// A field whose meaning is not built yet: present and not empty, false or 0 is kUnimplemented,
  /// reason Unsupported, with the remedy.
  void Unsupported(std::string_view field, std::string_view remedy);
  /// The same for a form of a field's value: kUnimplemented, reason Unsupported, with `what`.
  void FailUnsupported(std::string_view field, std::string_view what);

  /// Error at `field` (or at the object when it is absent).
  void Fail(std::string_view field, std::string_view what);
  void Warn(std::string_view field, std::string_view what);

 private:
  std::string Place(std::string_view field, const YamlNode* node) const;
  void FailAt(const YamlNode& node, std::string_view field, std::string_view what);
  std::string ResolvedAt(const YamlNode& node, std::string_view field, std::string text,
                         std::size_t bytes_max);
  std::optional<std::string> StringOf(std::string_view field, const YamlNode& node,
                                      std::size_t bytes_max, bool controls);

  ReadContext* context_;
  const YamlNode* node_;
  std::string path_;
};

}  // namespace culvert::syncjob::internal
