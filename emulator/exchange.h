// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/faults.h"
#include "libs/base/clock.h"
#include "libs/http/server.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace culvert::emulator {

/// An exchange between the server and a handler: names the request in every answer, counts, and
/// carries out a fault on the way of the bytes. Not thread-safe.
class EmulatorExchange final : public http::ServerExchange {
 public:
  /// `inner` and `clock` must outlive the exchange.
  EmulatorExchange(http::ServerExchange& inner, std::string request_id, Clock& clock,
                   std::stop_token stop)
      : inner_(inner), request_id_(std::move(request_id)), clock_(clock), stop_(std::move(stop)) {}

  /// A fault of the kinds that concern bytes and answers (kReset to kFlipBit, kDropReply,
  /// kReplyStatus).
  void Arm(const FaultAction& fault);
  /// After the handler, for kDropReply and kReplyStatus, which hold the answer back: from here on
  /// answers are sent again.
  void Release() { fault_.reset(); }

  int status() const { return status_; }  // 0: nothing was answered
  std::uint64_t request_bytes() const { return request_bytes_; }
  std::uint64_t response_bytes() const { return response_bytes_; }

  const std::string& method() const override { return inner_.method(); }
  const std::string& raw_target() const override { return inner_.raw_target(); }
  const std::string& path() const override { return inner_.path(); }
  const http::Query& query() const override { return inner_.query(); }
  const http::Headers& headers() const override { return inner_.headers(); }

  Result<std::span<const std::byte>> ReadBody() override;
  Result<std::string> ReadWholeBody(std::size_t limit) override;
  Status Respond(const http::Response& response) override;
  Status Begin(const http::Response& response) override;
  Status Write(std::span<const std::byte> bytes) override;
  Status End() override;
  void Reset() override;
  void Close() override;

 private:
  bool HoldsReply() const;
  bool FaultsBody(FaultAction::Body body) const;
  http::Response Named(http::Response response) const;
  Status WriteFaulty(std::span<const std::byte> bytes);

  http::ServerExchange& inner_;
  std::string request_id_;
  Clock& clock_;
  std::stop_token stop_;
  std::optional<FaultAction> fault_;
  bool over_ = false;  // a fault has ended the body; the rest goes nowhere
  std::vector<std::byte> flipped_;
  int status_ = 0;
  std::uint64_t request_bytes_ = 0;
  std::uint64_t response_bytes_ = 0;
};

}  // namespace culvert::emulator
