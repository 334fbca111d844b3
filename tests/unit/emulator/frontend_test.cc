// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/frontend.h"

#include "tests/unit/emulator/emulator_fixture.h"

namespace culvert::emulator {
namespace {

class FrontendTest : public EmulatorFixture {
 protected:
  static http::Headers Fault(const std::string& action) {
    http::Headers headers;
    headers.Set("x-culvert-fault", action);
    return headers;
  }
};

TEST_F(FrontendTest, NamesEveryRequest) {
  const auto first = Send("GET", "/projects/p/nothing");
  const auto second = Send("GET", "/projects/p/nothing");
  EXPECT_EQ(first.status, 404);
  ASSERT_TRUE(first.headers.Get("x-odps-request-id"));
  EXPECT_NE(first.headers.Get("x-odps-request-id"), second.headers.Get("x-odps-request-id"));
}

TEST_F(FrontendTest, AnswersInTheFormOfThePath) {
  EXPECT_EQ(Code(Send("GET", "/projects/p/nothing")), "NoSuchObject");
  EXPECT_NE(Send("GET", "/api/projects/p/nothing").body.find("<Code>NoSuchObject</Code>"),
            std::string::npos);
  EXPECT_EQ(Send("DELETE", "/projects/p/tables/t?uploadid=1").status, 405);
}

TEST_F(FrontendTest, KnowsItsProjects) {
  const auto missing = Send("POST", "/projects/q/tables/t?downloads");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Code(missing), "NoSuchProject");
}

TEST_F(FrontendTest, AsksForASignatureUnlessAnonymous) {
  options_.anonymous = false;
  options_.access_keys = {"id:secret"};
  Start();
  const auto refused = Send("POST", "/projects/p/tables/t?downloads");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(Code(refused), "Unauthorized");
  EXPECT_EQ(Send("GET", "/_culvert/health").status, 200);
}

TEST_F(FrontendTest, ChecksASignatureThatIsThereEvenWhenAnonymous) {
  http::Headers headers;
  headers.Set("Authorization", "ODPS nobody:c2ln");
  EXPECT_EQ(Send("POST", "/projects/p/tables/t?downloads", "", headers).status, 401);
}

TEST_F(FrontendTest, CountsRequests) {
  OpenDownload();
  const std::string metrics = Send("GET", "/metrics").body;
  EXPECT_NE(metrics.find(
                "culvert_emulator_requests_total{operation=\"download.create\",status=\"2xx\"} 1"),
            std::string::npos)
      << metrics;
}

TEST_F(FrontendTest, AnswersAStatusInstead) {
  const auto response =
      Send("POST", "/projects/p/tables/t?downloads", "",
           Fault(R"({"kind":"status","status":429,"code":"FlowExceeded","retry_after":7})"));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(Code(response), "FlowExceeded");
  EXPECT_EQ(response.headers.Get("Retry-After"), "7");
}

TEST_F(FrontendTest, AppliesACommitAndDropsTheReply) {
  const std::string session = OpenUpload();
  ASSERT_EQ(Put(session, 0, TestStream(0, 3)).status, 200);
  const auto cut = Send("POST", "/projects/p/tables/t?uploadid=" + session, "",
                        Fault(R"({"kind":"drop_reply"})"));
  EXPECT_EQ(cut.status, 0);
  EXPECT_EQ(RowCount(), 3U);
  EXPECT_EQ(Json(Commit(session))["Status"], "closed");
  EXPECT_EQ(RowCount(), 3U);
}

TEST_F(FrontendTest, AppliesACommitAndAnswersAnError) {
  const std::string session = OpenUpload();
  ASSERT_EQ(Put(session, 0, TestStream(0, 3)).status, 200);
  const auto failed = Send("POST", "/projects/p/tables/t?uploadid=" + session, "",
                           Fault(R"({"kind":"reply_status","status":500})"));
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(RowCount(), 3U);
}

TEST_F(FrontendTest, CutsDownloadsAndUploads) {
  Fill(0, 1000);
  const std::string session = OpenDownload();
  EXPECT_EQ(Read(session, "(0,1000)", "", Fault(R"({"kind":"reset","after_bytes":500})")).status,
            0);
  const auto truncated =
      Read(session, "(0,1000)", "", Fault(R"({"kind":"truncate","after_bytes":500})"));
  EXPECT_EQ(truncated.status, 200);
  EXPECT_EQ(truncated.body.size(), 500U);
  const auto flipped =
      Read(session, "(0,1000)", "", Fault(R"({"kind":"flip_bit","after_bytes":500,"bit":3})"));
  EXPECT_FALSE(TestIds(flipped.body).has_value());
  const std::string upload = OpenUpload();
  EXPECT_EQ(
      Put(upload, 0, TestStream(0, 1000), Fault(R"({"kind":"reset","after_bytes":500})")).status,
      0);
  EXPECT_EQ(
      Code(Put(upload, 0, TestStream(0, 1000), Fault(R"({"kind":"flip_bit","after_bytes":500})"))),
      "CorruptedDataStream");
  EXPECT_TRUE(
      Json(Send("GET", "/projects/p/tables/t?uploadid=" + upload))["UploadedBlockList"].empty());
}

TEST_F(FrontendTest, ExpiresTheSessionOfARequest) {
  const std::string session = OpenUpload();
  EXPECT_EQ(Code(Put(session, 0, TestStream(0, 1), Fault(R"({"kind":"expire_session"})"))),
            "StatusConflict");
  const std::string other = OpenUpload();
  const auto shown = Send("GET", "/projects/p/tables/t?uploadid=" + other, "",
                          Fault(R"({"kind":"session_state","state":"committing"})"));
  EXPECT_EQ(Json(shown)["Status"], "committing");
}

TEST_F(FrontendTest, RefusesABrokenFault) {
  EXPECT_EQ(Send("POST", "/projects/p/tables/t?downloads", "", Fault("boom")).status, 400);
}

TEST_F(FrontendTest, KnowsNoFaultsWithoutAdmin) {
  options_.admin = false;
  Start();
  EXPECT_EQ(
      Send("POST", "/projects/p/tables/t?downloads", "", Fault(R"({"kind":"status"})")).status,
      200);
  EXPECT_EQ(Send("GET", "/_culvert/health").status, 404);
}

}  // namespace
}  // namespace culvert::emulator
