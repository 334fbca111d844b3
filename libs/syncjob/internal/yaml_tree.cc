// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>

namespace culvert::syncjob::internal {
namespace {

std::string At(std::string_view file_name, const YAML::Mark& mark) {
  std::string place(file_name);
  if (!mark.is_null()) {
    place += ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  }
  return place + ": ";
}

/// Offset of the first byte that is no UTF-8 (RFC 3629: no overlong forms, no surrogates), or npos.
std::size_t FindBadUtf8(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
  };
  const auto follows = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char first = byte(i);
    if (first < 0x80) {
      i += 1;
    } else if (first >= 0xC2 && first <= 0xDF && follows(i + 1)) {
      i += 2;
    } else if ((first & 0xF0U) == 0xE0U && follows(i + 1) && follows(i + 2) &&
               (first != 0xE0 || byte(i + 1) >= 0xA0) && (first != 0xED || byte(i + 1) <= 0x9F)) {
      i += 3;
    } else if (first >= 0xF0 && first <= 0xF4 && follows(i + 1) && follows(i + 2) &&
               follows(i + 3) && (first != 0xF0 || byte(i + 1) >= 0x90) &&
               (first != 0xF4 || byte(i + 1) <= 0x8F)) {
      i += 4;
    } else {
      return i;
    }
  }
  return std::string_view::npos;
}

/// Reads a string_view in place: the text may be megabytes.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // NOLINT: streambuf asks for it, nothing writes
    setg(begin, begin, begin + text.size());
  }
};

/// Turns parser events into nodes. The parser is not ours and knows no other way to stop than an
/// exception, so after the first error the handler keeps it and lets the remaining events pass by.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string_view file_name) : file_name_(file_name) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // The parser leaves a token that fits nowhere, such as a ',' after a document, where it is, and
    // begins one empty document after another there.
    if (mark.pos == document_pos_) Fail(mark, "text that belongs to no document");
    document_pos_ = mark.pos;
    stack_.clear();
    anchors_.clear();
    root_.reset();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (error_) return;
    Add(Make(YamlNode::Kind::kNull, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (error_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      Fail(mark, "an alias inside its own anchor");
      return;
    }
    alias_bytes_ += found->second->weight;
    if (alias_bytes_ > kYamlAliasBytesMax) {
      Fail(mark, "aliases repeat more than " + std::to_string(kYamlAliasBytesMax) + " bytes");
      return;
    }
    Attach(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (error_ || !TagAllowed(mark, tag)) return;
    const std::shared_ptr<YamlNode> node = Make(YamlNode::Kind::kScalar, mark);
    node->text = value;
    node->quoted = tag == "!";
    node->weight += value.size();
    Add(node, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  const std::optional<Error>& error() const { return error_; }
  const YamlRef& root() const { return root_; }

 private:
  struct Frame {
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor = 0;
    YamlRef key;  // of a map: read, its value not yet
  };

  static std::shared_ptr<YamlNode> Make(YamlNode::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    return node;
  }

  void Fail(const YAML::Mark& mark, const std::string& what) {
    error_ = InvalidArgument(At(file_name_, mark) + what);
  }

  bool TagAllowed(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return true;
    Fail(mark, "tags such as '" + tag.substr(0, 64) + "' are not used here, remove it");
    return false;
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (error_ || !TagAllowed(mark, tag)) return;
    if (stack_.size() >= static_cast<std::size_t>(kYamlDepthMax)) {
      Fail(mark, "more than " + std::to_string(kYamlDepthMax) + " levels of nesting");
      return;
    }
    stack_.push_back({Make(kind, mark), anchor, nullptr});
  }

  void Close() {
    if (error_) return;
    const Frame frame = std::move(stack_.back());
    stack_.pop_back();
    Add(frame.node, frame.anchor);
  }

  void Add(const std::shared_ptr<YamlNode>& node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    Attach(node);
  }

  void Attach(const YamlRef& node) {
    if (stack_.empty()) {
      root_ = node;
      return;
    }
    Frame& parent = stack_.back();
    parent.node->weight += node->weight;
    if (parent.node->kind == YamlNode::Kind::kSequence) {
      parent.node->items.push_back(node);
    } else if (!parent.key) {
      parent.key = node;
    } else {
      parent.node->entries.emplace_back(std::move(parent.key), node);
      parent.key.reset();
    }
  }

  std::string_view file_name_;
  std::optional<Error> error_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, YamlRef> anchors_;  // finished nodes of this document
  int document_pos_ = -1;
  std::size_t alias_bytes_ = 0;  // of the whole stream
  YamlRef root_;
};

}  // namespace

Result<std::vector<YamlRef>> ParseYaml(std::string_view text, std::string_view file_name) {
  if (text.size() > kYamlTextBytesMax) {
    return culvert::Fail(InvalidArgument(std::string(file_name) + ": larger than " +
                                         std::to_string(kYamlTextBytesMax) + " bytes"));
  }
  if (const std::size_t bad = FindBadUtf8(text); bad != std::string_view::npos) {
    const auto line = std::ranges::count(text.substr(0, bad), '\n') + 1;
    return culvert::Fail(InvalidArgument(std::string(file_name) + ":" + std::to_string(line) +
                                         ": a byte that is no UTF-8"));
  }
  std::vector<YamlRef> documents;
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(file_name);
    while (parser.HandleNextDocument(builder)) {
      if (const auto& error = builder.error(); error) return culvert::Fail(*error);
      if (builder.root() && builder.root()->kind != YamlNode::Kind::kNull) {
        documents.push_back(builder.root());
      }
    }
  } catch (const YAML::Exception& problem) {
    return culvert::Fail(InvalidArgument(At(file_name, problem.mark) + problem.msg));
  } catch (const std::exception& problem) {
    return culvert::Fail(InvalidArgument(std::string(file_name) + ": " + problem.what()));
  }
  return documents;
}

}  // namespace culvert::syncjob::internal
