// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace culvert::kube {

enum class WatchEventType : std::uint8_t { kAdded, kModified, kDeleted, kBookmark };

/// Takes a watch response apart: one JSON document a line, lines cut anywhere by the network. An
/// ERROR event ends the watch with the error it carries: kAborted/Expired for 410 Gone, else by its
/// code. Not thread-safe.
class WatchDecoder {
 public:
  /// `object` comes without its metadata.managedFields.
  using OnEvent = std::function<Status(WatchEventType type, const nlohmann::json& object)>;
  static constexpr std::size_t kLineBytesMax = std::size_t{8} * 1024 * 1024;

  explicit WatchDecoder(OnEvent on_event) : on_event_(std::move(on_event)) {}

  /// kDataLoss on a line that is no event, kResourceExhausted on one above kLineBytesMax.
  Status Feed(std::span<const std::byte> bytes);
  /// The response ended: kDataLoss when a line was left unfinished.
  Status Finish() const;

 private:
  Status TakeLine(std::string_view line);

  OnEvent on_event_;
  std::string partial_;
  std::string buffer_;  // an event without managedFields
};

}  // namespace culvert::kube
