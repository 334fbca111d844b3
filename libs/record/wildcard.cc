// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/partition_spec.h"

#include <cstddef>
#include <cstdint>

namespace culvert::record {
namespace {

constexpr std::size_t kWordBits = 64;

// A set of pattern positions, one bit each.
using Bits = std::vector<std::uint64_t>;

void Set(Bits& bits, std::size_t at) { bits[at / kWordBits] |= 1ULL << (at % kWordBits); }
bool Has(const Bits& bits, std::size_t at) {
  return ((bits[at / kWordBits] >> (at % kWordBits)) & 1) != 0;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }  // of a UTF-8 character

// The pattern as an automaton: state i has matched i of its characters other than '*'.
struct Automaton {
  explicit Automaton(std::string_view pattern)
      : words(pattern.size() / kWordBits + 1),
        stays(words),
        after_any(words),
        any(words),
        literal(256 * words) {
    for (const char c : pattern) {
      if (c == '*') {
        Set(stays, size);
        continue;
      }
      if (c == '?') {
        Set(any, size);
        Set(after_any, size + 1);
      } else {
        const std::size_t at = static_cast<unsigned char>(c) * words + size / kWordBits;
        literal[at] |= 1ULL << (size % kWordBits);
      }
      ++size;
    }
  }

  std::size_t words;
  std::size_t size = 0;
  Bits stays;      // states with a '*' behind them: any byte keeps them
  Bits after_any;  // states just behind a '?': the rest of its character keeps them
  Bits any;        // states that a '?' leads on from
  Bits literal;    // 256 sets: states that this byte leads on from
};

}  // namespace

// All states at once, 64 to a word: time is the value's length times the pattern's words, whatever
// the two contain; a backtracking matcher takes exponential or quadratic time on "*a*a*a*b".
bool WildcardMatch(std::string_view pattern, std::string_view value) {
  const Automaton automaton(pattern);
  Bits states(automaton.words);
  Set(states, 0);
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continuation = IsContinuation(byte);
    std::uint64_t carry = 0;
    for (std::size_t w = 0; w < automaton.words; ++w) {
      const std::uint64_t now = states[w];
      std::uint64_t leads = automaton.literal[byte * automaton.words + w];
      std::uint64_t keeps = automaton.stays[w];
      if (continuation) {
        keeps |= automaton.after_any[w];
      } else {
        leads |= automaton.any[w];
      }
      const std::uint64_t moved = now & leads;
      states[w] = (moved << 1) | carry | (now & keeps);
      carry = moved >> (kWordBits - 1);
    }
  }
  return Has(states, automaton.size);
}

}  // namespace culvert::record
