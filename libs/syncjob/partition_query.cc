// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/partition_query.h"

#include "libs/syncjob/internal/query_token.h"
#include "libs/syncjob/internal/suggest.h"

#include <algorithm>
#include <array>
#include <compare>
#include <optional>
#include <utility>

namespace culvert::syncjob {

using internal::QueryError;
using internal::QueryToken;
using internal::QueryTokenKind;

namespace {

constexpr int kDepthMax = 64;
constexpr std::string_view kPrefix = "/*query*/";

bool IsWhole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Order of two whole numbers of any length.
std::strong_ordering OrderWhole(std::string_view a, std::string_view b) {
  const auto split = [](std::string_view text) {
    const bool minus = text.starts_with('-');
    text.remove_prefix(std::min(text.find_first_not_of("-0"), text.size()));
    return std::pair(minus && !text.empty(), text);
  };
  const auto [minus_a, digits_a] = split(a);
  const auto [minus_b, digits_b] = split(b);
  if (minus_a != minus_b) {
    return minus_a ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  const auto order = digits_a.size() != digits_b.size() ? digits_a.size() <=> digits_b.size()
                                                        : digits_a.compare(digits_b) <=> 0;
  return minus_a ? 0 <=> order : order;
}

/// One element of a LIKE pattern: a byte as it is, one character, or any run.
struct LikePart {
  enum class Kind : std::uint8_t { kByte, kOne, kRun };
  Kind kind = Kind::kByte;
  char byte = 0;
};

std::vector<LikePart> LikeParts(std::string_view pattern) {
  std::vector<LikePart> parts;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%') {
      if (parts.empty() || parts.back().kind != LikePart::Kind::kRun) {
        parts.push_back({.kind = LikePart::Kind::kRun});
      }
    } else if (pattern[i] == '_') {
      parts.push_back({.kind = LikePart::Kind::kOne});
    } else {
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      parts.push_back({.kind = LikePart::Kind::kByte, .byte = pattern[i]});
    }
  }
  return parts;
}

/// Length of the UTF-8 character at `at`, as its first byte says, within the text.
std::size_t CharacterSize(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) {
    ++size;
  }
  return size;
}

/// Greedy: on a mismatch the last run takes one more character. Quadratic at worst, and values of
/// partitions are short.
bool Like(std::string_view value, std::string_view pattern) {
  const std::vector<LikePart> parts = LikeParts(pattern);
  std::size_t at = 0;
  std::size_t part = 0;
  std::size_t run_part = parts.size();  // the last run seen: none
  std::size_t run_at = 0;               // where the rest of the value begins behind it
  while (at < value.size()) {
    if (part < parts.size() && parts[part].kind == LikePart::Kind::kRun) {
      run_part = part++;
      run_at = at;
    } else if (part < parts.size() && parts[part].kind == LikePart::Kind::kOne) {
      at += CharacterSize(value, at);
      ++part;
    } else if (part < parts.size() && parts[part].byte == value[at]) {
      ++at;
      ++part;
    } else if (run_part < parts.size()) {
      run_at += CharacterSize(value, run_at);
      at = run_at;
      part = run_part + 1;
    } else {
      return false;
    }
  }
  while (part < parts.size() && parts[part].kind == LikePart::Kind::kRun) ++part;
  return part == parts.size();
}

}  // namespace

/// Recursive descent over the tokens; what stands deeper comes first in the nodes.
class QueryParser {
 public:
  explicit QueryParser(std::vector<QueryToken> tokens) : tokens_(std::move(tokens)) {}

  Result<PartitionQuery> Run() {
    CULVERT_TRY(Or());
    if (Peek().kind != QueryTokenKind::kEnd) return Fail(Expected("'and' or 'or'"));
    return std::move(query_);
  }

 private:
  using Node = PartitionQuery::Node;
  using Operand = PartitionQuery::Operand;
  using Comparison = PartitionQuery::Comparison;

  const QueryToken& Peek() const { return tokens_[at_]; }
  bool Accept(std::string_view word) {
    const bool is = Peek().Is(word);
    if (is) ++at_;
    return is;
  }

  Error Expected(std::string_view what) const {
    const QueryToken& found = Peek();
    std::string seen = "'" + found.text + "'";
    if (found.kind == QueryTokenKind::kEnd) seen = "the end";
    if (found.Is("(")) seen += " (functions are not evaluated)";
    return QueryError(found.column, "expected " + std::string(what) + ", found " + seen);
  }

  Status Require(std::string_view word) {
    if (Accept(word)) return {};
    return Fail(Expected("'" + std::string(word) + "'"));
  }

  std::size_t Add(Node node) {
    query_.nodes_.push_back(std::move(node));
    return query_.nodes_.size() - 1;
  }

  /// A chain of `word`s; leaves its node as the last one.
  template <typename Member>
  Status Chain(std::string_view word, Node::Kind kind, Member member) {
    std::vector<std::size_t> children;
    do {
      CULVERT_TRY(member());
      children.push_back(query_.nodes_.size() - 1);
    } while (Accept(word));
    if (children.size() > 1) Add({.kind = kind, .children = std::move(children)});
    return {};
  }

  Status Or() {
    return Chain("or", Node::Kind::kOr, [this] { return And(); });
  }
  Status And() {
    return Chain("and", Node::Kind::kAnd, [this] { return Not(); });
  }

  Status Not() {
    if (++depth_ > kDepthMax) {
      return Fail(QueryError(Peek().column, "nested deeper than " + std::to_string(kDepthMax)));
    }
    if (Accept("not")) {
      CULVERT_TRY(Not());
      Negate();
    } else if (Accept("(")) {
      CULVERT_TRY(Or());
      CULVERT_TRY(Require(")"));
    } else {
      CULVERT_TRY(Predicate());
    }
    --depth_;
    return {};
  }

  void Negate() { Add({.kind = Node::Kind::kNot, .children = {query_.nodes_.size() - 1}}); }

  Status Predicate() {
    Node node;
    CULVERT_TRY(AddOperand(node, "a partition key or a value"));
    if (const auto comparison = AcceptComparison()) {
      node.kind = Node::Kind::kCompare;
      node.comparison = *comparison;
      CULVERT_TRY(AddOperand(node, "a value"));
      Add(std::move(node));
      return {};
    }
    const bool negated = Accept("not");
    if (Accept("in")) {
      node.kind = Node::Kind::kIn;
      CULVERT_TRY(Require("("));
      do CULVERT_TRY(AddOperand(node, "a value"));
      while (Accept(","));
      CULVERT_TRY(Require(")"));
    } else if (Accept("between")) {
      node.kind = Node::Kind::kBetween;
      CULVERT_TRY(AddOperand(node, "a value"));
      CULVERT_TRY(Require("and"));
      CULVERT_TRY(AddOperand(node, "a value"));
    } else if (Accept("like")) {
      node.kind = Node::Kind::kLike;
      if (Peek().kind != QueryTokenKind::kText) return Fail(Expected("a pattern in quotes"));
      CULVERT_TRY(AddOperand(node, "a pattern in quotes"));
    } else {
      return Fail(Expected(negated ? "'in', 'between' or 'like'"
                                   : "a comparison, 'in', 'between' or 'like'"));
    }
    Add(std::move(node));
    if (negated) Negate();
    return {};
  }

  std::optional<Comparison> AcceptComparison() {
    constexpr std::array kComparisons =
        std::to_array<std::pair<std::string_view, Comparison>>({{"=", Comparison::kEqual},
                                                                {"==", Comparison::kEqual},
                                                                {"!=", Comparison::kNotEqual},
                                                                {"<>", Comparison::kNotEqual},
                                                                {"<", Comparison::kLess},
                                                                {"<=", Comparison::kAtMost},
                                                                {">", Comparison::kGreater},
                                                                {">=", Comparison::kAtLeast}});
    for (const auto& [symbol, comparison] : kComparisons) {
      if (Accept(symbol)) return comparison;
    }
    return std::nullopt;
  }

  Status AddOperand(Node& node, std::string_view what) {
    constexpr std::array kKeywords =
        std::to_array<std::string_view>({"and", "or", "not", "in", "between", "like", "is"});
    const QueryToken& token = Peek();
    Operand operand{.text = token.text, .column = token.column};
    const bool keyword = token.kind == QueryTokenKind::kWord &&
                         std::ranges::find(kKeywords, token.text) != kKeywords.end();
    if (token.kind == QueryTokenKind::kText) {
      operand.kind = Operand::Kind::kText;
    } else if (token.kind == QueryTokenKind::kName ||
               (token.kind == QueryTokenKind::kWord && !keyword)) {
      operand.kind = Operand::Kind::kKey;
    } else if (token.kind == QueryTokenKind::kNumber) {
      operand.kind = Operand::Kind::kNumber;
    } else if (token.Is("-") && tokens_[at_ + 1].kind == QueryTokenKind::kNumber) {
      operand.kind = Operand::Kind::kNumber;
      operand.text += tokens_[++at_].text;
    } else {
      return Fail(Expected(what));
    }
    ++at_;
    node.operands.push_back(std::move(operand));
    return {};
  }

  std::vector<QueryToken> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  PartitionQuery query_;
};

/// Three-valued, as SQL: nothing stands for "unknown".
class PartitionQuery::Evaluation {
 public:
  explicit Evaluation(const record::PartitionSpec& partition) : partition_(partition) {}

  std::optional<bool> Of(const std::vector<Node>& nodes) const {
    std::vector<std::optional<bool>> truths;
    truths.reserve(nodes.size());
    for (const Node& node : nodes) truths.push_back(Of(node, truths));
    return truths.back();
  }

 private:
  struct Value {
    std::string_view text;
    bool number = false;  // a bare number
  };

  std::optional<bool> Of(const Node& node, const std::vector<std::optional<bool>>& truths) const {
    switch (node.kind) {
      case Node::Kind::kAnd:
        return Join(node, truths, false);
      case Node::Kind::kOr:
        return Join(node, truths, true);
      case Node::Kind::kNot:
        return Opposite(truths[node.children.front()]);
      case Node::Kind::kCompare:
        return Compare(ValueOf(node.operands[0]), node.comparison, ValueOf(node.operands[1]));
      case Node::Kind::kIn:
        return IsAmong(node);
      case Node::Kind::kBetween:
        return IsBetween(node);
      case Node::Kind::kLike:
        return Like(ValueOf(node.operands[0]).text, node.operands[1].text);
    }
    return std::nullopt;
  }

  static std::optional<bool> Opposite(std::optional<bool> truth) {
    return truth ? std::optional(!*truth) : std::nullopt;
  }

  /// `or` where `settles` is true, `and` where it is false: one such member settles the whole.
  static std::optional<bool> Join(const Node& node, const std::vector<std::optional<bool>>& truths,
                                  bool settles) {
    std::optional<bool> joint = !settles;
    for (const std::size_t child : node.children) joint = JoinTwo(joint, truths[child], settles);
    return joint;
  }
  static std::optional<bool> JoinTwo(std::optional<bool> a, std::optional<bool> b, bool settles) {
    if (a == settles || b == settles) return settles;
    return a && b ? std::optional(!settles) : std::nullopt;
  }

  Value ValueOf(const Operand& operand) const {
    if (operand.kind != Operand::Kind::kKey) {
      return {.text = operand.text, .number = operand.kind == Operand::Kind::kNumber};
    }
    const auto found = std::ranges::find(partition_.entries, operand.text,
                                         &std::pair<std::string, std::string>::first);
    return {.text = found == partition_.entries.end() ? std::string_view() : found->second};
  }

  static std::optional<std::strong_ordering> Order(const Value& a, const Value& b) {
    if (!a.number && !b.number) return a.text.compare(b.text) <=> 0;
    if (!IsWhole(a.text) || !IsWhole(b.text)) return std::nullopt;
    return OrderWhole(a.text, b.text);
  }

  static std::optional<bool> Compare(const Value& a, Comparison comparison, const Value& b) {
    const auto order = Order(a, b);
    if (!order) return std::nullopt;
    switch (comparison) {
      case Comparison::kEqual:
        return std::is_eq(*order);
      case Comparison::kNotEqual:
        return std::is_neq(*order);
      case Comparison::kLess:
        return std::is_lt(*order);
      case Comparison::kAtMost:
        return std::is_lteq(*order);
      case Comparison::kGreater:
        return std::is_gt(*order);
      case Comparison::kAtLeast:
        return std::is_gteq(*order);
    }
    return std::nullopt;
  }

  std::optional<bool> IsAmong(const Node& node) const {
    const Value value = ValueOf(node.operands.front());
    std::optional<bool> among = false;
    for (std::size_t i = 1; i < node.operands.size(); ++i) {
      const auto same = Compare(value, Comparison::kEqual, ValueOf(node.operands[i]));
      among = JoinTwo(among, same, true);
    }
    return among;
  }

  std::optional<bool> IsBetween(const Node& node) const {
    const Value value = ValueOf(node.operands[0]);
    return JoinTwo(Compare(value, Comparison::kAtLeast, ValueOf(node.operands[1])),
                   Compare(value, Comparison::kAtMost, ValueOf(node.operands[2])), false);
  }

  const record::PartitionSpec& partition_;
};

bool PartitionQuery::Is(std::string_view text) { return text.starts_with(kPrefix); }

Result<PartitionQuery> PartitionQuery::Parse(std::string_view text) {
  if (!Is(text)) return Fail(QueryError(1, "a filter begins with /*query*/, as it stands here"));
  CULVERT_ASSIGN_OR_RETURN(std::vector<QueryToken> tokens,
                           internal::CutQuery(text, kPrefix.size()));
  return QueryParser(std::move(tokens)).Run();
}

Status PartitionQuery::CheckKeys(const std::vector<std::string>& keys) const {
  const std::vector<std::string_view> known(keys.begin(), keys.end());
  for (const Node& node : nodes_) {
    for (const Operand& operand : node.operands) {
      if (operand.kind != Operand::Kind::kKey) continue;
      if (std::ranges::find(keys, operand.text) != keys.end()) continue;
      return Fail(QueryError(operand.column, "the table has no partition key '" + operand.text +
                                                 "'" + internal::DidYouMean(operand.text, known) +
                                                 " (its keys: " + internal::ListOf(known) +
                                                 "; texts stand in quotes)")
                      .Because("SchemaMismatch"));
    }
  }
  return {};
}

bool PartitionQuery::Selects(const record::PartitionSpec& partition) const {
  return Evaluation(partition).Of(nodes_) == true;
}

bool PartitionQuery::ComparesNumbers() const {
  return std::ranges::any_of(nodes_, [](const Node& node) {
    return std::ranges::any_of(node.operands, [](const Operand& operand) {
      return operand.kind == Operand::Kind::kNumber;
    });
  });
}

}  // namespace culvert::syncjob
