// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/emulator.h"
#include "libs/base/json.h"
#include "libs/http/curl_transport.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace culvert::emulator {

/// An emulator with project `p`, table `t (id, name)` and table `d (id, name)` partitioned by `dt`
/// with `dt=1`, spoken to over loopback without signatures.
class EmulatorFixture : public ::testing::Test {
 protected:
  EmulatorFixture() {
    options_.projects = {"p"};
    options_.anonymous = true;
    http::CurlTransportOptions transport;
    transport.allow_plain_http = true;
    transport_ = http::MakeCurlTransport(transport);
  }
  void SetUp() override { Start(); }
  void Start() {
    emulator_.reset();
    auto started = Emulator::Start(options_, clock_, env_.log());
    ASSERT_THAT(started, test::IsOk());
    emulator_ = std::move(*started);
    MakeTable("t", false);
    MakeTable("d", true);
  }
  void MakeTable(const std::string& name, bool partitioned) {
    TableDef def;
    def.project = "p";
    def.name = name;
    def.columns.columns = TestColumns();
    if (partitioned) def.columns.partition_keys = {TestColumn("dt", "string")};
    Catalog& catalog = emulator_->services().catalog;
    if (!catalog.CreateTable(def)) return;  // there since the last start
    if (partitioned) {
      ASSERT_THAT(catalog.AddPartition(MakeTableKey("p", "", name),
                                       record::PartitionSpec::Parse("dt=1").value()),
                  test::IsOk());
    }
  }

  /// The answer, or status 0 when the connection was cut.
  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& body = "", const http::Headers& headers = {}) {
    http::Request request;
    request.method = method;
    request.url = emulator_->TunnelEndpoint() + target;
    request.headers = headers;
    request.body = body;
    auto response = transport_->Send(env_.ctx(std::chrono::seconds(20)), request);
    return response ? *std::move(response) : http::Response{};
  }
  static nlohmann::json Json(const http::Response& response) {
    auto json = ParseJson(response.body);
    EXPECT_THAT(json, test::IsOk()) << response.body;
    return json ? *json : nlohmann::json();
  }
  /// The code of an error answer.
  static std::string Code(const http::Response& response) {
    const nlohmann::json json = Json(response);
    return json.contains("Code") ? json["Code"].get<std::string>() : "";
  }
  std::string OpenUpload(const std::string& query = "", const std::string& table = "t") {
    const auto response = Send("POST", "/projects/p/tables/" + table + "?uploads" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.status == 200 ? Json(response)["UploadID"].get<std::string>() : "";
  }
  http::Response Put(const std::string& session, int block, const std::string& stream,
                     const http::Headers& headers = {}) {
    return Send("PUT",
                "/projects/p/tables/t?uploadid=" + session + "&blockid=" + std::to_string(block),
                stream, headers);
  }
  http::Response Commit(const std::string& session) {
    return Send("POST", "/projects/p/tables/t?uploadid=" + session);
  }
  /// Puts rows [first, first + count) into t.
  void Fill(std::int64_t first, std::int64_t count) {
    const std::string session = OpenUpload();
    ASSERT_EQ(Put(session, 0, TestStream(first, count)).status, 200);
    ASSERT_EQ(Commit(session).status, 200);
  }
  std::uint64_t RowCount() {
    return emulator_->services().catalog.Snapshot(MakeTableKey("p", "", "t"), {}).value()->rows();
  }
  std::string OpenDownload() {
    return Json(Send("POST", "/projects/p/tables/t?downloads&asyncmode=true"))["DownloadID"];
  }
  http::Response Read(const std::string& session, const std::string& range,
                      const std::string& more = "", const http::Headers& headers = {}) {
    return Send("GET",
                "/projects/p/tables/t?data&downloadid=" + session + "&rowrange=" + range + more, "",
                headers);
  }

  EmulatorOptions options_;
  test::RealContext env_;
  test::FakeClock clock_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<Emulator> emulator_;
};

}  // namespace culvert::emulator
