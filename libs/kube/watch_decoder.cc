// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/watch_decoder.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/kube/api_error.h"
#include "libs/kube/managed_fields.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace culvert::kube {

Status WatchDecoder::Feed(std::span<const std::byte> bytes) {
  std::string_view text = AsText(bytes);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, end);
    if (partial_.size() + piece.size() > kLineBytesMax) {
      return Fail(ResourceExhausted("a watch event is larger than 8 MiB"));
    }
    if (end == std::string_view::npos) {
      partial_ += piece;
      return {};
    }
    text.remove_prefix(end + 1);
    if (partial_.empty()) {
      CULVERT_TRY(TakeLine(piece));
    } else {
      partial_ += piece;
      CULVERT_TRY(TakeLine(partial_));
      partial_.clear();
    }
  }
  return {};
}

Status WatchDecoder::Finish() const {
  if (!partial_.empty()) return Fail(DataLoss("the watch ended within an event"));
  return {};
}

Status WatchDecoder::TakeLine(std::string_view line) {
  if (line.find_first_not_of(" \r\t") == std::string_view::npos) return {};
  auto event = ParseJson(WithoutManagedFields(line, 3, buffer_));
  if (!event) return Fail(DataLoss("a watch event is no JSON: " + event.error().message));
  if (!event->is_object()) return Fail(DataLoss("a watch event is not an object"));
  const auto type = JsonString(*event, "type");
  const auto object = event->find("object");
  if (!type || object == event->end() || !object->is_object()) {
    return Fail(DataLoss("a watch event has no type or no object"));
  }
  if (*type == "ADDED") return on_event_(WatchEventType::kAdded, *object);
  if (*type == "MODIFIED") return on_event_(WatchEventType::kModified, *object);
  if (*type == "DELETED") return on_event_(WatchEventType::kDeleted, *object);
  if (*type == "BOOKMARK") return on_event_(WatchEventType::kBookmark, *object);
  if (*type == "ERROR") return Fail(ErrorFromStatus(*object));
  return Fail(DataLoss("a watch event has the unknown type '" + *type + "'"));
}

}  // namespace culvert::kube
