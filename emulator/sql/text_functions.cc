// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/functions.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace culvert::emulator::sql {

/// A POSIX extended expression; it never throws and its time is bounded by the text's length.
class CompiledPattern {
 public:
  static std::shared_ptr<const CompiledPattern> Make(const std::string& pattern) {
    std::shared_ptr<CompiledPattern> made(new CompiledPattern);
    if (pattern.size() > kPatternBytesMax || Copies(pattern) > kCopiesMax) return made;
    made->compiled_ = regcomp(&made->regex_, Posix(pattern).c_str(), REG_EXTENDED) == 0;
    return made;
  }
  ~CompiledPattern() {
    if (compiled_) regfree(&regex_);
  }
  CompiledPattern(const CompiledPattern&) = delete;
  CompiledPattern& operator=(const CompiledPattern&) = delete;

  bool compiled() const { return compiled_; }
  /// Where the expression and its groups match in `text` from `from` on; empty without a match.
  std::vector<regmatch_t> Match(const std::string& text, std::size_t from) const {
    std::vector<regmatch_t> groups(10);
    groups[0].rm_so = static_cast<regoff_t>(from);
    groups[0].rm_eo = static_cast<regoff_t>(text.size());
    const int flags = REG_STARTEND | (from > 0 ? REG_NOTBOL : 0);
    if (regexec(&regex_, text.c_str(), groups.size(), groups.data(), flags) != 0) return {};
    return groups;
  }

 private:
  static constexpr std::size_t kPatternBytesMax = 4096;
  static constexpr std::size_t kCopiesMax = 1000;

  CompiledPattern() = default;

  /// How often repetitions such as `{2,30}` copy their operand at most, when all are nested: the
  /// compiled form holds each copy.
  static std::size_t Copies(std::string_view pattern) {
    std::size_t copies = 1;
    std::size_t number = 0;
    for (const char c : pattern) {
      if (c >= '0' && c <= '9') {
        number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(c - '0'), 100'000);
        continue;
      }
      if (c == '}')
        copies = std::min<std::size_t>(copies * std::max<std::size_t>(1, number), 100'000);
      number = 0;
    }
    return copies;
  }

  /// The classes of Java's expressions in POSIX's words.
  static std::string Posix(std::string_view pattern) {
    std::string out;
    bool bracket = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == '\\' && i + 1 < pattern.size()) {
        const char next = pattern[++i];
        const std::string_view inside = next == 'd'   ? "0-9"
                                        : next == 'w' ? "A-Za-z0-9_"
                                        : next == 's' ? " \t\r\n\f\v"
                                                      : "";
        if (!inside.empty()) {
          out += bracket ? std::string(inside) : "[" + std::string(inside) + "]";
        } else if (!bracket && (next == 'D' || next == 'W' || next == 'S')) {
          out += next == 'D' ? "[^0-9]" : next == 'W' ? "[^A-Za-z0-9_]" : "[^ \t\r\n\f\v]";
        } else if (bracket) {
          out += next;
        } else {
          out += '\\';
          out += next;
        }
        continue;
      }
      if (c == '(' && pattern.substr(i).starts_with("(?:") && !bracket) {
        out += '(';
        i += 2;
        continue;
      }
      if (c == '[') bracket = true;
      if (c == ']') bracket = false;
      out += c;
    }
    return out;
  }

  regex_t regex_{};
  bool compiled_ = false;
};

namespace {

using Args = std::span<const Value>;
using Nulls = ScalarFunction::Nulls;

constexpr std::size_t kTextMax = std::size_t{8} * 1024 * 1024;  // a STRING's limit
constexpr std::size_t kPatternsMax = 64;

Result<const CompiledPattern*> PatternOf(FunctionContext& context, const std::string& text) {
  auto found = context.patterns.find(text);
  if (found == context.patterns.end()) {
    if (context.patterns.size() >= kPatternsMax) context.patterns.clear();
    found = context.patterns.emplace(text, CompiledPattern::Make(text)).first;
  }
  if (!found->second->compiled()) {
    return Fail(InvalidArgument("'" + text.substr(0, 64) + "' is no regular expression"));
  }
  return found->second.get();
}

Result<Value> Sized(std::string text) {
  if (text.size() > kTextMax) return Fail(OutOfRange("a string would be longer than 8 MiB"));
  return Value::Text(std::move(text));
}

/// Offsets of the characters of `text`, and of its end.
std::vector<std::size_t> Characters(std::string_view text) {
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U || i == 0) offsets.push_back(i);
  }
  offsets.push_back(text.size());
  return offsets;
}

/// `count` characters from 0-based `begin` on, both already within bounds or beyond them.
std::string Slice(const std::string& text, std::int64_t begin, std::int64_t count) {
  const std::vector<std::size_t> at = Characters(text);
  const auto length = static_cast<std::int64_t>(at.size()) - 1;
  if (count <= 0 || begin < 0 || begin >= length) return {};
  const std::int64_t end = count > length - begin ? length : begin + count;
  const std::size_t first = at[static_cast<std::size_t>(begin)];
  return text.substr(first, at[static_cast<std::size_t>(end)] - first);
}

Result<Value> Concat(FunctionContext&, Args args) {
  std::string text;
  for (const Value& arg : args) text += TextOf(arg);
  return Sized(std::move(text));
}

Result<Value> ConcatWs(FunctionContext&, Args args) {
  if (args[0].is_null()) return Value::Null();
  std::string text;
  bool first = true;
  for (const Value& arg : args.subspan(1)) {
    if (arg.is_null()) continue;
    if (!first) text += TextOf(args[0]);
    text += TextOf(arg);
    first = false;
  }
  return Sized(std::move(text));
}

Result<Value> Substr(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  std::int64_t begin = IntegerOf(args[1]);
  const std::int64_t count =
      args.size() > 2 ? IntegerOf(args[2]) : static_cast<std::int64_t>(kTextMax);
  const auto length = static_cast<std::int64_t>(CountCharacters(text));
  if (begin == 0) begin = 1;
  begin = begin < 0 ? length + begin : begin - 1;
  return Value::Text(Slice(text, begin, count));
}

Result<Value> Left(FunctionContext&, Args args) {
  return Value::Text(Slice(TextOf(args[0]), 0, IntegerOf(args[1])));
}

Result<Value> Right(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  const auto length = static_cast<std::int64_t>(CountCharacters(text));
  const std::int64_t count = std::clamp<std::int64_t>(IntegerOf(args[1]), 0, length);
  return Value::Text(Slice(text, length - count, count));
}

Result<Value> Length(FunctionContext&, Args args) {
  return Value::Integer(static_cast<std::int64_t>(CountCharacters(TextOf(args[0]))));
}
Result<Value> LengthB(FunctionContext&, Args args) {
  return Value::Integer(static_cast<std::int64_t>(TextOf(args[0]).size()));
}

// Letters of ASCII only: the service's rules for other alphabets are not documented.
Result<Value> Upper(FunctionContext&, Args args) {
  std::string text = TextOf(args[0]);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return Value::Text(std::move(text));
}
Result<Value> Lower(FunctionContext&, Args args) {
  return Value::Text(record::FoldName(TextOf(args[0])));
}
Result<Value> Initcap(FunctionContext&, Args args) {
  std::string text = record::FoldName(TextOf(args[0]));
  bool first = true;
  for (char& c : text) {
    if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    first = c == ' ';
  }
  return Value::Text(std::move(text));
}

enum class Side : std::uint8_t { kLeft, kRight, kBoth };
Value Trimmed(Args args, Side side) {
  const std::string text = TextOf(args[0]);
  const std::string set = args.size() > 1 ? TextOf(args[1]) : " ";
  const std::size_t begin = side == Side::kRight ? 0 : text.find_first_not_of(set);
  if (begin == std::string::npos) return Value::Text("");
  const std::size_t last = text.find_last_not_of(set);
  const std::size_t end = side == Side::kLeft         ? text.size()
                          : last == std::string::npos ? 0
                                                      : last + 1;
  return Value::Text(text.substr(begin, end - std::min(begin, end)));
}
Result<Value> TrimBoth(FunctionContext&, Args args) { return Trimmed(args, Side::kBoth); }
Result<Value> TrimLeft(FunctionContext&, Args args) { return Trimmed(args, Side::kLeft); }
Result<Value> TrimRight(FunctionContext&, Args args) { return Trimmed(args, Side::kRight); }

Result<Value> Padded(Args args, Side side) {
  const std::string text = TextOf(args[0]);
  const std::string pad = TextOf(args[2]);
  const auto length = static_cast<std::int64_t>(CountCharacters(text));
  const std::int64_t wanted = IntegerOf(args[1]);
  if (wanted > static_cast<std::int64_t>(kTextMax)) {
    return Fail(OutOfRange("a string would be longer than 8 MiB"));
  }
  if (wanted <= length) return Value::Text(Slice(text, 0, wanted));
  if (CountCharacters(pad) == 0) return Value::Null();
  if (pad.size() > 1024) return Fail(OutOfRange("a pad is at most 1024 bytes"));
  const auto missing = static_cast<std::size_t>(wanted - length);
  std::string fill;
  for (std::size_t i = 0; i < missing / CountCharacters(pad); ++i) fill += pad;
  fill += FirstCharacters(pad, missing % CountCharacters(pad));
  return Sized(side == Side::kLeft ? fill + text : text + fill);
}
Result<Value> PadLeft(FunctionContext&, Args args) { return Padded(args, Side::kLeft); }
Result<Value> PadRight(FunctionContext&, Args args) { return Padded(args, Side::kRight); }

/// 1-based character of `needle` at or behind character `from`, 0 when it is not there.
Value Find(const std::string& text, const std::string& needle, std::int64_t from) {
  const std::vector<std::size_t> at = Characters(text);
  if (from < 1 || static_cast<std::size_t>(from) > at.size()) return Value::Integer(0);
  const std::size_t found = text.find(needle, at[static_cast<std::size_t>(from) - 1]);
  if (found == std::string::npos) return Value::Integer(0);
  return Value::Integer(std::ranges::lower_bound(at, found) - at.begin() + 1);
}
Result<Value> Instr(FunctionContext&, Args args) {
  return Find(TextOf(args[0]), TextOf(args[1]), args.size() > 2 ? IntegerOf(args[2]) : 1);
}
Result<Value> Locate(FunctionContext&, Args args) {
  return Find(TextOf(args[1]), TextOf(args[0]), args.size() > 2 ? IntegerOf(args[2]) : 1);
}

Result<Value> Replace(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  const std::string old_text = TextOf(args[1]);
  const std::string new_text = args.size() > 2 ? TextOf(args[2]) : "";
  if (old_text.empty()) return Value::Text(text);
  std::string out;
  std::size_t next = 0;
  while (out.size() <= kTextMax) {
    const std::size_t found = text.find(old_text, next);
    out += text.substr(next, found == std::string::npos ? found : found - next);
    if (found == std::string::npos) break;
    out += new_text;
    next = found + old_text.size();
  }
  return Sized(std::move(out));
}

Result<Value> Repeat(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  const std::int64_t count = std::max<std::int64_t>(0, IntegerOf(args[1]));
  if (!text.empty() && count > static_cast<std::int64_t>(kTextMax / text.size())) {
    return Fail(OutOfRange("a string would be longer than 8 MiB"));
  }
  std::string out;
  for (std::int64_t i = 0; i < count && !text.empty(); ++i) out += text;
  return Value::Text(std::move(out));
}

Result<Value> Reverse(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  const std::vector<std::size_t> at = Characters(text);
  std::string out;
  for (std::size_t i = at.size() - 1; i-- > 0;) out += text.substr(at[i], at[i + 1] - at[i]);
  return Value::Text(std::move(out));
}

Result<Value> SplitPart(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  const std::string separator = TextOf(args[1]);
  std::int64_t wanted = IntegerOf(args[2]);
  if (separator.empty()) return Value::Text(wanted == 1 ? text : "");
  std::vector<std::string> parts;
  std::size_t next = 0;
  while (true) {
    const std::size_t found = text.find(separator, next);
    parts.push_back(text.substr(next, found == std::string::npos ? found : found - next));
    if (found == std::string::npos) break;
    next = found + separator.size();
  }
  const auto count = static_cast<std::int64_t>(parts.size());
  if (wanted < 0) wanted = count + wanted + 1;
  if (wanted < 1 || wanted > count) return Value::Text("");
  return Value::Text(parts[static_cast<std::size_t>(wanted) - 1]);
}

Result<Value> Ascii(FunctionContext&, Args args) {
  const std::string text = TextOf(args[0]);
  return Value::Integer(text.empty() ? 0 : static_cast<unsigned char>(text[0]));
}
Result<Value> Chr(FunctionContext&, Args args) {
  const std::int64_t code = IntegerOf(args[0]);
  if (code < 0 || code > 255) return Fail(OutOfRange("CHR takes 0 to 255"));
  return Value::Text(std::string(1, static_cast<char>(code)));
}

Result<Value> Rlike(FunctionContext& context, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const CompiledPattern* pattern, PatternOf(context, TextOf(args[1])));
  return Truth(!pattern->Match(TextOf(args[0]), 0).empty());
}

std::string Group(const std::string& text, const regmatch_t& group) {
  if (group.rm_so < 0) return {};
  return text.substr(static_cast<std::size_t>(group.rm_so),
                     static_cast<std::size_t>(group.rm_eo - group.rm_so));
}

Result<Value> RegexpExtract(FunctionContext& context, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const CompiledPattern* pattern, PatternOf(context, TextOf(args[1])));
  const std::int64_t group = args.size() > 2 ? IntegerOf(args[2]) : 1;
  if (group < 0 || group > 9) return Fail(OutOfRange("a group is 0 to 9"));
  const std::string text = TextOf(args[0]);
  const std::vector<regmatch_t> groups = pattern->Match(text, 0);
  if (groups.empty()) return Value::Text("");
  return Value::Text(Group(text, groups[static_cast<std::size_t>(group)]));
}

Result<Value> RegexpReplace(FunctionContext& context, Args args) {
  CULVERT_ASSIGN_OR_RETURN(const CompiledPattern* pattern, PatternOf(context, TextOf(args[1])));
  const std::string text = TextOf(args[0]);
  const std::string replacement = TextOf(args[2]);
  std::string out;
  std::size_t next = 0;
  while (next <= text.size() && out.size() <= kTextMax) {
    const std::vector<regmatch_t> groups = pattern->Match(text, next);
    if (groups.empty()) break;
    const auto begin = static_cast<std::size_t>(groups[0].rm_so);
    const auto end = static_cast<std::size_t>(groups[0].rm_eo);
    out += text.substr(next, begin - next);
    for (std::size_t i = 0; i < replacement.size(); ++i) {
      const bool reference = replacement[i] == '\\' && i + 1 < replacement.size() &&
                             replacement[i + 1] >= '0' && replacement[i + 1] <= '9';
      if (reference) {
        out += Group(text, groups[static_cast<std::size_t>(replacement[++i] - '0')]);
      } else {
        out += replacement[i];
      }
    }
    next = end;
    if (begin == end) {  // an empty match: one character goes on
      if (next < text.size()) out += text[next];
      ++next;
    }
  }
  if (next < text.size()) out += text.substr(next);
  return Sized(std::move(out));
}

}  // namespace

std::span<const ScalarFunction> TextFunctions() {
  static constexpr std::array kFunctions = {
      ScalarFunction{"mc_concat", -1, Concat},
      ScalarFunction{"mc_concat_ws", -1, ConcatWs, Nulls::kPass},
      ScalarFunction{"mc_substr", -1, Substr},
      ScalarFunction{"mc_left", 2, Left},
      ScalarFunction{"mc_right", 2, Right},
      ScalarFunction{"mc_length", 1, Length},
      ScalarFunction{"mc_lengthb", 1, LengthB},
      ScalarFunction{"mc_upper", 1, Upper},
      ScalarFunction{"mc_lower", 1, Lower},
      ScalarFunction{"mc_initcap", 1, Initcap},
      ScalarFunction{"mc_trim", -1, TrimBoth},
      ScalarFunction{"mc_ltrim", -1, TrimLeft},
      ScalarFunction{"mc_rtrim", -1, TrimRight},
      ScalarFunction{"mc_lpad", 3, PadLeft},
      ScalarFunction{"mc_rpad", 3, PadRight},
      ScalarFunction{"mc_instr", -1, Instr},
      ScalarFunction{"mc_locate", -1, Locate},
      ScalarFunction{"mc_replace", -1, Replace},
      ScalarFunction{"mc_repeat", 2, Repeat},
      ScalarFunction{"mc_reverse", 1, Reverse},
      ScalarFunction{"mc_split_part", 3, SplitPart},
      ScalarFunction{"mc_ascii", 1, Ascii},
      ScalarFunction{"mc_chr", 1, Chr},
      ScalarFunction{"mc_rlike", 2, Rlike},
      ScalarFunction{"mc_regexp_extract", -1, RegexpExtract},
      ScalarFunction{"mc_regexp_replace", 3, RegexpReplace},
  };
  return kFunctions;
}

}  // namespace culvert::emulator::sql
