// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/sql_text.h"

namespace culvert::syncjob {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

bool IsSpace(char c) { return kSpace.find(c) != std::string_view::npos; }

bool IsControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) && !IsSpace(c);
}

char Closing(char opening) { return opening == '(' ? ')' : opening == '[' ? ']' : '}'; }

/// Goes over a piece once; what is quoted is passed over whole.
class SqlScan {
 public:
  SqlScan(std::string_view text, SqlPiece piece) : text_(text), piece_(piece) {}

  Status Run() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (IsControl(c)) return Refuse(at_, "a control character");
      if (IsSpace(c)) continue;
      if (c == ';') return End();
      if (StartsComment()) return Refuse(at_, "a comment: remove it");
      says_something_ = true;
      if (c == '\'' || c == '"' || c == '`') {
        CULVERT_TRY(PassQuoted(c));
      } else if (c == '(' || c == '[' || c == '{') {
        due_ += Closing(c);
      } else if (c == ')' || c == ']' || c == '}') {
        if (due_.empty() || due_.back() != c) return Refuse(at_, "a bracket that closes nothing");
        due_.pop_back();
      } else if (c == ',' && due_.empty() && piece_ == SqlPiece::kColumn) {
        return Refuse(at_, "a comma outside brackets: one column stands in one entry");
      }
    }
    return End();
  }

 private:
  bool StartsComment() const {
    const std::string_view two = text_.substr(at_, 2);
    return two == "--" || two == "/*";
  }

  // Doubled quotes come as two texts that touch, which closes and opens them all the same.
  Status PassQuoted(char quote) {
    const std::size_t from = at_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\0') return Refuse(at_, "a control character");
      if (text_[at_] == '\\' && quote != '`') {
        ++at_;
      } else if (text_[at_] == quote) {
        return {};
      }
    }
    return Refuse(from, "a quote that is not closed");
  }

  // At the end of the text, or at a semicolon.
  Status End() const {
    const std::size_t rest = text_.find_first_not_of(kSpace, at_ + (at_ < text_.size() ? 1 : 0));
    if (at_ < text_.size() && piece_ != SqlPiece::kStatement) {
      return Refuse(at_, "a semicolon: it is part of one statement");
    }
    if (!says_something_) return Refuse(0, "nothing: it is empty");
    if (!due_.empty()) return Refuse(text_.size(), "a bracket that is not closed");
    if (at_ < text_.size() && rest != std::string_view::npos) {
      return Refuse(rest, "a second statement: write it as an entry of its own");
    }
    return {};
  }

  static Status Refuse(std::size_t at, std::string_view what) {
    return Fail(InvalidArgument("sql, byte " + std::to_string(at + 1) + ": " + std::string(what))
                    .Because("InvalidSql"));
  }

  std::string_view text_;
  SqlPiece piece_;
  std::size_t at_ = 0;
  std::string due_;  // brackets that must close, innermost last
  bool says_something_ = false;
};

}  // namespace

std::string SqlName(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    quoted += c;
  }
  return quoted + "`";
}

std::string SqlText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

Status CheckSql(std::string_view text, SqlPiece piece) { return SqlScan(text, piece).Run(); }

}  // namespace culvert::syncjob
