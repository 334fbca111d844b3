// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace culvert::kube {

/// Takes a list response apart while it arrives: each element of `items` is handed over as text and
/// then forgotten, so that a list of any length costs the memory of one object. Not thread-safe.
class ListDecoder {
 public:
  using OnItem = std::function<Status(std::string_view json)>;
  /// Above etcd's own limit.
  static constexpr std::size_t kItemBytesMax = std::size_t{4} * 1024 * 1024;

  explicit ListDecoder(OnItem on_item) : on_item_(std::move(on_item)) {}

  /// Takes the next bytes of the body. kUnavailable on text that is no such list, cut short or
  /// mangled on its way, kResourceExhausted on an item above kItemBytesMax, else what `on_item`
  /// failed with.
  Status Feed(std::span<const std::byte> bytes);
  /// Success only when the list was whole.
  Status Finish() const;

  /// `metadata.resourceVersion` and `metadata.continue`; valid once Finish succeeded.
  const std::string& resource_version() const { return resource_version_; }
  const std::string& continue_token() const { return continue_token_; }

 private:
  enum class Place : std::uint8_t {
    kStart,  // before the list's '{'
    kKey,    // before a member's key
    kInKey,  // within it
    kColon,  // behind it
    kValue,  // before a member's value
    kItems,  // between two items
    kText,   // within an item or a member's value
    kComma,  // behind a member's value
    kDone,   // behind the list's '}'
  };
  /// How many of the next bytes only lengthen the text of an item or a member's value.
  std::size_t PlainRun(std::string_view text) const;
  Status Take(char c);
  Status BeginValue(char c);
  Status TakeText(char c);
  Status EndText();

  OnItem on_item_;
  Place place_ = Place::kStart;
  std::string key_;
  std::string text_;
  std::size_t depth_ = 0;
  bool in_items_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  bool items_seen_ = false;
  std::string resource_version_;
  std::string continue_token_;
};

}  // namespace culvert::kube
