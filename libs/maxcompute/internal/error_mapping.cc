// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/error_mapping.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/internal/xml.h"
#include "libs/maxcompute/reasons.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>

namespace culvert::maxcompute::internal {
namespace {

/// What the official clients wait at most on HoldClientMillis.
constexpr std::int64_t kHoldMillisMax = 10'000;
constexpr std::int64_t kRetryAfterSecondsMax = 3'600;
constexpr std::size_t kMessageBytesMax = 200;
constexpr std::size_t kCodeBytesMax = 64;
constexpr std::size_t kBodyBytesMax = 1024UL * 1024;

/// kGeneric rows give way to an ODPS code in the message, which says more.
enum class Detail : std::uint8_t { kGeneric, kSpecific };

struct Row {
  constexpr Row(std::string_view s, ErrorCode c, std::string_view r, Detail d = Detail::kSpecific)
      : service_code(s), code(c), reason(r), detail(d) {}
  std::string_view service_code;
  ErrorCode code;
  std::string_view reason;
  Detail detail;
};

using enum ErrorCode;
namespace r = reasons;

// Service codes as the official clients and vendor pages "API errors" and "Tunnel error messages"
// name them. Both forms of a code appear in the field: a bare word, and ODPS- with seven digits.
constexpr auto kRows = std::to_array<Row>({
    {"NoSuchProject", kNotFound, r::kNoSuchProject},
    {"ODPS-0420111", kNotFound, r::kNoSuchProject},
    {"NoSuchSchema", kNotFound, r::kNoSuchSchema},
    {"NoSuchTable", kNotFound, r::kNoSuchTable},
    {"ODPS-0130131", kNotFound, r::kNoSuchTable},
    {"NoSuchPartition", kNotFound, r::kNoSuchPartition},
    {"NoSuchInstance", kNotFound, r::kNoSuchInstance},
    {"NoSuchUpload", kNotFound, r::kNoSuchUpload},
    {"NoSuchDownload", kNotFound, r::kNoSuchDownload},
    {"UpsertSessionNotFound", kNotFound, r::kNoSuchUpload},
    {"StreamSessionNotFound", kNotFound, r::kNoSuchUpload},
    {"NoSuchData", kNotFound, r::kNoSuchObject},
    {"NoSuchObject", kNotFound, r::kNoSuchObject, Detail::kGeneric},

    {"AuthorizationRequired", kUnauthenticated, r::kCredentialsRejected, Detail::kGeneric},
    {"Unauthorized", kUnauthenticated, r::kCredentialsRejected, Detail::kGeneric},
    {"SignatureNotMatch", kUnauthenticated, r::kCredentialsRejected},
    {"SignatureDoesNotMatch", kUnauthenticated, r::kCredentialsRejected},
    {"ODPS-0410042", kUnauthenticated, r::kCredentialsRejected},
    {"InvalidAccessKeyId", kUnauthenticated, r::kCredentialsRejected},
    {"ODPS-0410051", kUnauthenticated, r::kCredentialsRejected},
    {"AuthenticationRequestExpired", kUnauthenticated, r::kCredentialsExpired},
    {"RequestExpired", kUnauthenticated, r::kCredentialsExpired},
    {"ODPS-0410031", kUnauthenticated, r::kCredentialsExpired},
    {"RequestTimeTooSkewed", kUnauthenticated, r::kClockSkew},
    {"RequestTimeTooSkewd", kUnauthenticated, r::kClockSkew},  // the service's own misspelling
    {"ODPS-0410001", kInvalidArgument, r::kInvalidParameter},
    {"ODPS-0410011", kInvalidArgument, r::kInvalidParameter},
    {"ODPS-0410021", kInvalidArgument, r::kInvalidParameter},
    {"NoPermission", kPermissionDenied, r::kPermissionDenied},
    {"AccessDenied", kPermissionDenied, r::kPermissionDenied},
    {"ODPS-0420095", kPermissionDenied, r::kPermissionDenied},
    {"ODPS-0130013", kPermissionDenied, r::kPermissionDenied},

    {"ODPS-0420031", kInvalidArgument, r::kInvalidParameter},
    {"ODPS-0420041", kInvalidArgument, r::kInvalidParameter},
    {"ODPS-0420051", kInvalidArgument, r::kInvalidParameter},
    {"ODPS-0420061", kInvalidArgument, r::kInvalidParameter},
    {"ODPS-0420411", kInvalidArgument, r::kInvalidParameter},
    {"InvalidParameter", kInvalidArgument, r::kInvalidParameter, Detail::kGeneric},
    {"InvalidArgument", kInvalidArgument, r::kInvalidParameter, Detail::kGeneric},
    {"InvalidColumn", kInvalidArgument, r::kInvalidParameter},
    {"InvalidBlockID", kInvalidArgument, r::kInvalidParameter},
    {"InvalidResourceSpec", kInvalidArgument, r::kInvalidParameter},
    {"InvalidURI", kInvalidArgument, r::kInvalidParameter},
    {"MalformedXML", kInvalidArgument, r::kInvalidParameter},
    {"MalformedHeaderValue", kInvalidArgument, r::kInvalidParameter},
    {"MaxMessageLengthExceeded", kInvalidArgument, r::kInvalidParameter},
    {"MissingContentLength", kInvalidArgument, r::kInvalidParameter},
    {"MissingRequestBodyError", kInvalidArgument, r::kInvalidParameter},
    {"MissingRequiredHeaderError", kInvalidArgument, r::kInvalidParameter},
    {"UnexpectedContent", kInvalidArgument, r::kInvalidParameter},
    {"InvalidPartitionSpec", kInvalidArgument, r::kInvalidPartitionSpec},
    {"MissingPartitionSpec", kInvalidArgument, r::kInvalidPartitionSpec},
    {"InvalidRowRange", kOutOfRange, r::kInvalidRowRange},
    {"MethodNotAllowed", kUnimplemented, r::kMethodNotAllowed},
    {"NotImplemented", kUnimplemented, r::kMethodNotAllowed},
    {"ODPS-0130161", kInvalidArgument, r::kSqlFailed},
    {"ParseError", kInvalidArgument, r::kSqlFailed},
    {"ODPS-0123055", kFailedPrecondition, r::kSqlFailed},
    {"TaskFailed", kFailedPrecondition, r::kSqlFailed},

    {"StatusConflict", kFailedPrecondition, r::kStatusConflict},
    {"InvalidStatusChange", kFailedPrecondition, r::kStatusConflict},
    {"TableModified", kFailedPrecondition, r::kTableModified},
    {"ObjectModified", kFailedPrecondition, r::kTableModified},
    {"SchemaModified", kFailedPrecondition, r::kSchemaModified},
    {"InConsistentBlockList", kFailedPrecondition, r::kInconsistentBlockList},
    {"OverwriteModeNotAllowed", kFailedPrecondition, r::kOverwriteConflict},
    {"InstanceNotTerminate", kFailedPrecondition, r::kInstanceNotTerminated},
    {"InstanceNotTerminated", kFailedPrecondition, r::kInstanceNotTerminated},

    {"FlowExceeded", kResourceExhausted, r::kThrottled},
    {"SlotExceeded", kResourceExhausted, r::kThrottled},
    {"QPSExceeded", kResourceExhausted, r::kThrottled},
    {"RequestQuotaExceeded", kResourceExhausted, r::kThrottled},
    {"CorruptedDataStream", kDataLoss, r::kCorruptedStream},
    {"MalformedDataStream", kDataLoss, r::kCorruptedStream},
    {"IncompleteBody", kDataLoss, r::kCorruptedStream},
    {"ChecksumError", kDataLoss, r::kCorruptedStream},
    {"InternalServerError", kUnavailable, r::kServerError, Detail::kGeneric},
    {"InternalError", kUnavailable, r::kServerError, Detail::kGeneric},
    {"ServiceUnavailable", kUnavailable, r::kServerError},
    {"DataStoreError", kUnavailable, r::kServerError},
    {"DataUnderReplication", kUnavailable, r::kServerError},
    {"DataVersionConflict", kUnavailable, r::kServerError},
    {"ODPS-0110141", kUnavailable, r::kServerError},
    {"ODPS-0010000", kUnavailable, r::kServerError},
    {"ODPS-0420153", kUnavailable, r::kServerError},
    {"ODPS-0430055", kUnavailable, r::kServerError},
});

const Row* FindRow(std::string_view service_code) {
  const auto* const found = std::ranges::find(kRows, service_code, &Row::service_code);
  return found == kRows.end() ? nullptr : found;
}

struct Verdict {
  Verdict(ErrorCode c, std::string_view r) : code(c), reason(r) {}
  ErrorCode code;
  std::string_view reason;
};

Verdict ByStatus(int status, std::string_view missing, bool has_retry_after) {
  switch (status) {
    case 308:
      return {kResourceExhausted, r::kSlotReassigned};
    case 401:
      return {kUnauthenticated, r::kCredentialsRejected};
    case 403:
      return {kPermissionDenied, r::kPermissionDenied};
    case 404:
      return {kNotFound, missing.empty() ? r::kNoSuchObject : missing};
    case 405:
    case 501:
      return {kUnimplemented, r::kMethodNotAllowed};
    case 408:
      return {kUnavailable, r::kServerError};
    case 409:
      // Submitting too fast is answered so.
      if (has_retry_after) return {kResourceExhausted, r::kThrottled};
      return {kFailedPrecondition, r::kStatusConflict};
    case 412:
      return {kFailedPrecondition, r::kSchemaModified};
    case 416:
      return {kOutOfRange, r::kInvalidRowRange};
    case 429:
      return {kResourceExhausted, r::kThrottled};
    default:
      break;
  }
  if (status >= 500) return {kUnavailable, r::kServerError};
  if (status >= 400) return {kInvalidArgument, r::kInvalidParameter};
  if (status >= 300) return {kFailedPrecondition, r::kRedirected};
  return {kUnknown, r::kUnexpectedAnswer};
}

Verdict Judge(int status, const ServiceFailure& failure, std::string_view missing,
              bool has_retry_after) {
  const Verdict by_status = ByStatus(status, missing, has_retry_after);
  // "Later" is said by the status, whatever word goes with it.
  if (by_status.code == kResourceExhausted) return by_status;
  const Row* row = FindRow(failure.code);
  if (row == nullptr || row->detail == Detail::kGeneric) {
    const Row* finer = FindRow(FindOdpsCode(failure.code));
    if (finer == nullptr) finer = FindRow(FindOdpsCode(failure.message));
    if (finer != nullptr) row = finer;
  }
  if (row == nullptr) return by_status;
  if (row->reason == r::kNoSuchObject && !missing.empty()) return {kNotFound, missing};
  return {row->code, row->reason};
}

std::optional<std::chrono::milliseconds> RetryAfter(const http::Response& response,
                                                    const ServiceFailure& failure) {
  if (const auto header = response.headers.Get("Retry-After")) {
    std::int64_t seconds = 0;
    const char* end = std::to_address(header->end());
    const auto [stop, problem] = std::from_chars(std::to_address(header->begin()), end, seconds);
    if (problem == std::errc() && stop == end && seconds >= 0) {
      return std::chrono::seconds(std::min(seconds, kRetryAfterSecondsMax));
    }
    // A date counts from the server's own clock, which the same answer tells.
    const auto until = ParseHttpDate(*header);
    const auto now = ParseHttpDate(response.headers.Get("Date").value_or(""));
    if (until && now) {
      const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(*until - *now);
      return std::clamp(wait, std::chrono::milliseconds(0),
                        std::chrono::milliseconds(kRetryAfterSecondsMax * 1000));
    }
  }
  if (failure.hold_millis > 0) return std::chrono::milliseconds(failure.hold_millis);
  return std::nullopt;
}

std::string_view SaidForCredentials(std::string_view reason) {
  if (reason == r::kClockSkew) return "the service says that the time of the request is off";
  if (reason == r::kCredentialsExpired) return "the service says that the key or token has expired";
  return "the service does not accept the access key";
}

bool HasSecretWord(std::string_view word) {
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  // With their separators: a parse error may well speak of a token.
  constexpr auto kWords = std::to_array<std::string_view>(
      {"authorization:", "authorization=", "x-odps-", "odps-tunnel-", "-token",
       "token=", "token:", "securitytoken",
       "signature=", "signature:", "secret=", "secret:", "accesskeysecret", "bearer"});
  return std::ranges::any_of(
      kWords, [&](std::string_view w) { return lower.find(w) != std::string::npos; });
}

}  // namespace

std::string_view FindOdpsCode(std::string_view text) {
  constexpr std::string_view kPrefix = "ODPS-";
  constexpr std::size_t kLength = 12;
  for (std::size_t at = text.find(kPrefix); at != std::string_view::npos;
       at = text.find(kPrefix, at + 1)) {
    const std::string_view digits = text.substr(at + kPrefix.size(), kLength - kPrefix.size());
    if (digits.size() == kLength - kPrefix.size() &&
        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
      return text.substr(at, kLength);
    }
  }
  return {};
}

std::string ScrubMessage(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t at = 0;
  const auto is_break = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  while (at < text.size() && out.size() < limit) {
    while (at < text.size() && is_break(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && !is_break(text[at])) ++at;
    std::string_view word = text.substr(begin, at - begin);
    if (word.empty()) break;
    if (HasSecretWord(word)) break;
    if (const std::size_t query = word.find('?'); query != std::string_view::npos) {
      if (word.find('=', query) != std::string_view::npos) word = word.substr(0, query);
    }
    if (!out.empty()) out += ' ';
    out += word;
  }
  if (out.size() > limit) {
    std::size_t cut = limit;
    // Not inside of a UTF-8 character.
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0U) == 0x80) --cut;
    out.resize(cut);
  }
  return out;
}

ServiceFailure ReadServiceFailure(const http::Response& response) {
  ServiceFailure failure;
  const std::string_view body = response.body;
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && body.size() <= kBodyBytesMax) {
    if (body[begin] == '{') {
      if (const auto json = ParseJson(body); json && json->is_object()) {
        failure.code = JsonStringOr(*json, "Code", "").value_or("");
        failure.message = JsonStringOr(*json, "Message", "").value_or("");
        failure.request_id = JsonStringOr(*json, "RequestId", "").value_or("");
        failure.hold_millis = std::clamp<std::int64_t>(
            JsonInt64Or(*json, "HoldClientMillis", 0).value_or(0), 0, kHoldMillisMax);
      }
    } else if (const auto root = ParseXml(body); root && root->name == "Error") {
      failure.code = root->ChildText("Code");
      failure.message = root->ChildText("Message");
      failure.request_id = root->ChildText("RequestId");
    }
  }
  if (failure.request_id.empty()) {
    failure.request_id = response.headers.Get("x-odps-request-id").value_or("");
  }
  return failure;
}

Error MapFailure(const http::Response& response, std::string_view doing, std::string_view missing) {
  const ServiceFailure failure = ReadServiceFailure(response);
  const auto retry_after = RetryAfter(response, failure);
  const Verdict verdict = Judge(response.status, failure, missing, retry_after.has_value());

  const std::string code = ScrubMessage(failure.code, kCodeBytesMax);
  std::string message = "could not " + std::string(doing) + ": ";
  if (verdict.code == kUnauthenticated) {
    message += SaidForCredentials(verdict.reason);
    if (!code.empty()) message += " (" + code + ")";
  } else if (verdict.reason == r::kRedirected) {
    message += "the service redirects, which is not followed; check the endpoint";
  } else {
    const std::string said = ScrubMessage(failure.message, kMessageBytesMax);
    if (code.empty() && said.empty()) {
      message += "the service answered with status " + std::to_string(response.status);
    } else {
      message += code.empty() || said.empty() ? code + said : code + ": " + said;
    }
  }

  Error error{.code = verdict.code,
              .message = std::move(message),
              .reason = std::string(verdict.reason),
              .context = {},
              .retry_after = retry_after};
  error.With("status", std::to_string(response.status));
  if (!code.empty()) error.With("code", code);
  if (!failure.request_id.empty()) error.With("request_id", ScrubMessage(failure.request_id, 64));
  return error;
}

}  // namespace culvert::maxcompute::internal
