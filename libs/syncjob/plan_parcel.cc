// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan_parcel.h"

#include "libs/base/compress.h"
#include "libs/base/digest.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

namespace culvert::syncjob {
namespace {

constexpr std::string_view kMark = "culvert-plan ";
constexpr std::size_t kHashChars = 16;      // enough to tell the plans of one log apart
constexpr std::size_t kPieceChars = 7'680;  // with its head below 8 KiB

std::string Base64(std::string_view bytes) { return Base64Encode(AsBytes(bytes)); }

/// `<hash> <i>/<n> <base64>` behind the mark.
struct Piece {
  std::size_t index = 0;
  std::size_t count = 0;
  std::string_view text;
};

std::optional<Piece> PieceOf(std::string_view line, std::string_view hash) {
  if (!line.starts_with(kMark)) return std::nullopt;
  line.remove_prefix(kMark.size());
  if (!line.starts_with(hash.substr(0, kHashChars))) return std::nullopt;
  line.remove_prefix(std::min(line.size(), kHashChars + 1));
  Piece piece;
  const char* const end = line.data() + line.size();
  const auto index = std::from_chars(line.data(), end, piece.index);
  if (index.ec != std::errc() || index.ptr == end || *index.ptr != '/') return std::nullopt;
  const auto count = std::from_chars(index.ptr + 1, end, piece.count);
  if (count.ec != std::errc() || count.ptr == end || *count.ptr != ' ') return std::nullopt;
  piece.text = std::string_view(count.ptr + 1, static_cast<std::size_t>(end - count.ptr - 1));
  return piece;
}

Result<std::string> FromLog(std::string_view log, std::string_view hash) {
  std::map<std::size_t, std::string_view> pieces;
  std::size_t count = 0;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(log.size(), end + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto piece = PieceOf(line, hash);
    if (!piece) continue;
    count = piece->count;
    pieces[piece->index] = piece->text;
  }
  std::string joined;
  for (std::size_t i = 1; i <= count; ++i) {
    const auto found = pieces.find(i);
    if (found == pieces.end()) {
      return Fail(DataLoss("the log lacks piece " + std::to_string(i) + " of " +
                           std::to_string(count) + " of the plan"));
    }
    joined += found->second;
  }
  if (count == 0) return Fail(DataLoss("the log holds no plan"));
  return joined;
}

}  // namespace

PlanHandOver PackForMessage(const Plan& plan) {
  const std::string text = PlanToJson(plan);
  PlanHandOver hand_over{.hash = Sha256Hex(text), .bytes = text.size(), .text = {}};
  StepMessage message{.step = Step::kPlan, .plan = hand_over};
  const std::size_t room = kStepMessageBytesMax - StepMessageToJson(message).size() - 16;
  std::string packed = Base64(Compress(text));
  if (packed.size() <= room) hand_over.text = std::move(packed);
  return hand_over;
}

std::string PackForLog(const Plan& plan) {
  const std::string text = PlanToJson(plan);
  const std::string hash = Sha256Hex(text).substr(0, kHashChars);
  const std::string packed = Base64(Compress(text));
  const std::size_t count = (packed.size() + kPieceChars - 1) / kPieceChars;
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) {
    lines += std::string(kMark) + hash + " " + std::to_string(i + 1) + "/" + std::to_string(count) +
             " " + packed.substr(i * kPieceChars, kPieceChars) + "\n";
  }
  return lines;
}

Result<Plan> Unpack(const PlanHandOver& hand_over, std::string_view log) {
  std::string packed = hand_over.text;
  if (packed.empty()) {
    CULVERT_ASSIGN_OR_RETURN(packed, FromLog(log, hand_over.hash));
  }
  auto bytes = Base64Decode(packed);
  if (!bytes) return Fail(DataLoss("the plan is damaged: " + bytes.error().message));
  return UnpackRecord(*bytes, hand_over.hash);
}

std::vector<std::string> PackForRecord(const Plan& plan, std::size_t piece_bytes) {
  const std::string packed = Compress(PlanToJson(plan));
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < packed.size(); at += piece_bytes) {
    pieces.push_back(packed.substr(at, piece_bytes));
  }
  return pieces;
}

Result<Plan> UnpackRecord(std::string_view joined, std::string_view hash) {
  CULVERT_ASSIGN_OR_RETURN(const std::string text, Uncompress(joined, kPlanBytesMax));
  if (Sha256Hex(text) != hash) return Fail(DataLoss("the plan's hash is another"));
  return ParsePlan(text);
}

}  // namespace culvert::syncjob
