// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/list_decoder.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace culvert::kube {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

Error NotAList(std::string_view what) {
  return Unavailable("the answer of the API server is not a list of objects: " + std::string(what));
}

Error TooLarge() { return ResourceExhausted("an object of the list is larger than 4 MiB"); }

}  // namespace

Status ListDecoder::Feed(std::span<const std::byte> bytes) {
  std::string_view text = AsText(bytes);
  while (!text.empty()) {
    const std::size_t run = PlainRun(text);
    text_.append(text.substr(0, run));
    if (text_.size() > kItemBytesMax) return Fail(TooLarge());
    if (run == text.size()) break;
    CULVERT_TRY(Take(text[run]));
    text.remove_prefix(run + 1);
  }
  return {};
}

std::size_t ListDecoder::PlainRun(std::string_view text) const {
  if (place_ != Place::kText || escaped_ || (depth_ == 0 && !in_string_)) return 0;
  const auto ends = [in_string = in_string_](char c) {
    if (in_string) return c == '"' || c == '\\';
    return c == '"' || c == '{' || c == '}' || c == '[' || c == ']';
  };
  return static_cast<std::size_t>(std::ranges::find_if(text, ends) - text.begin());
}

Status ListDecoder::Finish() const {
  if (place_ != Place::kDone) return Fail(NotAList("it ends too early"));
  if (!items_seen_) return Fail(NotAList("it has no items"));
  return {};
}

Status ListDecoder::Take(char c) {
  if (place_ == Place::kText) return TakeText(c);
  if (place_ == Place::kInKey) {
    if (c == '"') {
      place_ = Place::kColon;
    } else {
      key_.push_back(c);
      if (key_.size() > 256) return Fail(NotAList("a key of more than 256 bytes"));
    }
    return {};
  }
  if (IsSpace(c)) return {};
  switch (place_) {
    case Place::kStart:
      if (c != '{') return Fail(NotAList("it does not begin with '{'"));
      place_ = Place::kKey;
      return {};
    case Place::kKey:
      if (c == '}') {
        place_ = Place::kDone;
      } else if (c == '"') {
        key_.clear();
        place_ = Place::kInKey;
      } else {
        return Fail(NotAList("a key is missing"));
      }
      return {};
    case Place::kColon:
      if (c != ':') return Fail(NotAList("a colon is missing"));
      place_ = Place::kValue;
      return {};
    case Place::kValue:
      return BeginValue(c);
    case Place::kItems:
      if (c == ']') {
        in_items_ = false;
        place_ = Place::kComma;
      } else if (c == '{') {
        return BeginValue(c);
      } else if (c != ',') {
        return Fail(NotAList("an item is not an object"));
      }
      return {};
    case Place::kComma:
      if (c == '}') {
        place_ = Place::kDone;
      } else if (c == ',') {
        place_ = Place::kKey;
      } else {
        return Fail(NotAList("a comma is missing"));
      }
      return {};
    default:
      return Fail(NotAList("there is text behind it"));
  }
}

Status ListDecoder::BeginValue(char c) {
  if (!in_items_ && key_ == "items" && c == '[') {
    in_items_ = items_seen_ = true;
    place_ = Place::kItems;
    return {};
  }
  if (c == ',' || c == '}' || c == ']') return Fail(NotAList("a value is missing"));
  text_.clear();
  depth_ = 0;
  in_string_ = escaped_ = false;
  place_ = Place::kText;
  return TakeText(c);
}

Status ListDecoder::TakeText(char c) {
  if (in_string_) {
    text_.push_back(c);
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
  } else if (depth_ == 0 && (c == ',' || c == '}' || IsSpace(c))) {
    // The end of a number, a word or a string: `c` belongs to the list.
    CULVERT_TRY(EndText());
    return IsSpace(c) ? Status{} : Take(c);
  } else {
    text_.push_back(c);
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      return EndText();
    }
  }
  if (text_.size() > kItemBytesMax) return Fail(TooLarge());
  return {};
}

Status ListDecoder::EndText() {
  if (in_items_) {
    place_ = Place::kItems;
    return on_item_(text_);
  }
  place_ = Place::kComma;
  if (key_ == "items" && text_ == "null") items_seen_ = true;
  if (key_ != "metadata") return {};
  const auto metadata = ParseJson(text_);
  if (!metadata || !metadata->is_object()) {
    return Fail(NotAList("its metadata is not an object"));
  }
  CULVERT_ASSIGN_OR_RETURN(resource_version_, JsonStringOr(*metadata, "resourceVersion", ""));
  CULVERT_ASSIGN_OR_RETURN(continue_token_, JsonStringOr(*metadata, "continue", ""));
  return {};
}

}  // namespace culvert::kube
