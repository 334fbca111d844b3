// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/exchange.h"

#include "libs/base/digest.h"

#include <algorithm>

namespace culvert::emulator {
namespace {

Error Gone() { return Unavailable("the connection was ended by an injected fault"); }

}  // namespace

void EmulatorExchange::Arm(const FaultAction& fault) { fault_ = fault; }

bool EmulatorExchange::HoldsReply() const {
  return fault_ &&
         (fault_->kind == FaultKind::kDropReply || fault_->kind == FaultKind::kReplyStatus);
}

bool EmulatorExchange::FaultsBody(FaultAction::Body body) const {
  if (!fault_ || HoldsReply()) return false;
  if (fault_->body != FaultAction::Body::kByMethod) return fault_->body == body;
  return (method() == "PUT") == (body == FaultAction::Body::kRequest);
}

http::Response EmulatorExchange::Named(http::Response response) const {
  response.headers.Set("x-odps-request-id", request_id_);
  return response;
}

Result<std::span<const std::byte>> EmulatorExchange::ReadBody() {
  if (over_) return Fail(Gone());
  CULVERT_ASSIGN_OR_RETURN(std::span<const std::byte> bytes, inner_.ReadBody());
  const std::uint64_t before = request_bytes_;
  request_bytes_ += bytes.size();
  if (!FaultsBody(FaultAction::Body::kRequest)) return bytes;
  const std::uint64_t at = fault_->after_bytes;
  if (at >= request_bytes_ && !(bytes.empty() && at == request_bytes_)) return bytes;
  if (at < before) return bytes;
  switch (fault_->kind) {
    case FaultKind::kReset:
      Reset();
      return Fail(Gone());
    case FaultKind::kClose:
      Close();
      return Fail(Gone());
    case FaultKind::kStall:
      (void)clock_.SleepUntil(clock_.SteadyNow() + fault_->wait, stop_);
      fault_.reset();
      return bytes;
    case FaultKind::kTruncate: {
      bytes = bytes.first(at - before);
      // The next call says that this was all.
      fault_->after_bytes = request_bytes_;
      if (!bytes.empty()) return bytes;
      while (true) {
        const auto rest = inner_.ReadBody();
        if (!rest || rest->empty()) return std::span<const std::byte>();
      }
    }
    case FaultKind::kFlipBit:
      if (bytes.empty()) return bytes;
      flipped_.assign(bytes.begin(), bytes.end());
      flipped_[at - before] ^= static_cast<std::byte>(1U << fault_->bit);
      fault_.reset();
      return std::span<const std::byte>(flipped_);
    default:
      return bytes;
  }
}

Result<std::string> EmulatorExchange::ReadWholeBody(std::size_t limit) {
  std::string body;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const auto bytes, ReadBody());
    if (bytes.empty()) return body;
    if (body.size() + bytes.size() > limit) {
      return Fail(ResourceExhausted("the body is larger than " + std::to_string(limit) + " bytes")
                      .Because("InvalidArgument"));
    }
    body += AsText(bytes);
  }
}

Status EmulatorExchange::Respond(const http::Response& response) {
  if (over_) return Fail(Gone());
  status_ = response.status;
  if (HoldsReply()) return {};
  if (FaultsBody(FaultAction::Body::kResponse)) {
    CULVERT_TRY(Begin(response));
    CULVERT_TRY(Write(AsBytes(response.body)));
    return End();
  }
  response_bytes_ += response.body.size();
  return inner_.Respond(Named(response));
}

Status EmulatorExchange::Begin(const http::Response& response) {
  if (over_) return Fail(Gone());
  status_ = response.status;
  if (HoldsReply()) return {};
  http::Response head = Named(response);
  head.body.clear();
  return inner_.Begin(head);
}

Status EmulatorExchange::Write(std::span<const std::byte> bytes) {
  if (HoldsReply() || bytes.empty()) return {};
  if (over_) return Fail(Gone());
  if (FaultsBody(FaultAction::Body::kResponse)) return WriteFaulty(bytes);
  response_bytes_ += bytes.size();
  return inner_.Write(bytes);
}

Status EmulatorExchange::WriteFaulty(std::span<const std::byte> bytes) {
  const std::uint64_t at = fault_->after_bytes;
  if (at >= response_bytes_ + bytes.size()) {
    response_bytes_ += bytes.size();
    return inner_.Write(bytes);
  }
  const auto before = bytes.first(at - response_bytes_);
  auto behind = bytes.subspan(before.size());
  if (!before.empty()) CULVERT_TRY(inner_.Write(before));
  response_bytes_ += before.size();
  const FaultAction fault = *fault_;
  fault_.reset();
  switch (fault.kind) {
    case FaultKind::kReset:
      Reset();
      return Fail(Gone());
    case FaultKind::kClose:
      Close();
      return Fail(Gone());
    case FaultKind::kTruncate:
      over_ = true;
      return inner_.End();
    case FaultKind::kStall:
      (void)clock_.SleepUntil(clock_.SteadyNow() + fault.wait, stop_);
      return Write(behind);
    case FaultKind::kFlipBit: {
      flipped_.assign(behind.begin(), behind.end());
      flipped_[0] ^= static_cast<std::byte>(1U << fault.bit);
      return Write(flipped_);
    }
    default:
      return Write(behind);
  }
}

Status EmulatorExchange::End() {
  if (HoldsReply()) return {};
  if (over_) return {};
  // A body that ended before the place of its fault is reset, closed or left as it is.
  if (FaultsBody(FaultAction::Body::kResponse) && fault_->after_bytes <= response_bytes_) {
    if (fault_->kind == FaultKind::kReset) {
      Reset();
      return Fail(Gone());
    }
    if (fault_->kind == FaultKind::kClose) {
      Close();
      return Fail(Gone());
    }
  }
  return inner_.End();
}

void EmulatorExchange::Reset() {
  over_ = true;
  inner_.Reset();
}

void EmulatorExchange::Close() {
  over_ = true;
  inner_.Close();
}

}  // namespace culvert::emulator
