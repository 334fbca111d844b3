// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/batch_tunnel.h"

#include "libs/base/digest.h"
#include "libs/base/time_format.h"
#include "tests/unit/libs/maxcompute/fake_service.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace culvert::maxcompute::internal {
namespace {

using std::chrono::milliseconds;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using wire::Codec;

constexpr std::string_view kSchema = R"({"columns":[{"name":"id","type":"bigint"}]})";

class BatchTunnelTest : public FakeServiceTest {
 protected:
  void AnswerDownload(std::string_view status, std::string_view schema = kSchema,
                      http::Headers headers = {}) {
    Answer(200,
           R"({"DownloadID":"d1","RecordCount":7,"Schema":)" + std::string(schema) +
               R"(,"Status":")" + std::string(status) + "\"}",
           std::move(headers));
  }
  void AnswerUpload(std::string_view status, bool overwrite = false) {
    Answer(200, R"({"UploadID":"u1","Schema":)" + std::string(kSchema) + R"(,"Status":")" +
                    std::string(status) + R"(","IsOverwrite":)" + (overwrite ? "true" : "false") +
                    "}");
  }
  /// A body of `codec`'s name under `coding`.
  void AnswerBody(std::string body, const std::string& coding) {
    http::Headers headers;
    if (!coding.empty()) headers.Set("Content-Encoding", coding);
    Answer(200, std::move(body), headers);
  }
  static TunnelTarget Target() {
    return {.table = "T1", .partition = {.entries = {{"dt", "20240229"}, {"hh", "01"}}}};
  }
  static TunnelTarget Plain() { return {.table = "t1", .partition = {}}; }

  std::unique_ptr<Client> client_ = NewClient();
  Tunnel& tunnel_ = client_->tunnel();
};

TEST_F(BatchTunnelTest, CreatesADownload) {
  AnswerDownload("normal");
  const auto session = tunnel_.CreateDownload(ctx(), Target());
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->id, "d1");
  EXPECT_EQ(session->record_count, 7u);
  EXPECT_EQ(RequestAt(0).method, "POST");
  EXPECT_EQ(UrlAt(0),
            "http://dt.example.com/projects/demo/tables/t1?partition=dt%3D20240229%2Chh%3D01"
            "&downloads&asyncmode=true&curr_project=demo");
  EXPECT_EQ(HeaderAt(0, "x-odps-tunnel-version"), "6");
  EXPECT_EQ(HeaderAt(0, "odps-tunnel-date-transform"), "v1");
}

TEST_F(BatchTunnelTest, AnInitiatingDownloadIsAskedUntilItIsThere) {
  Answer(202, R"({"DownloadID":"d1","Status":"INITIATING"})");
  Answer(200, R"({"DownloadID":"d1","Status":"INITIATING"})");
  AnswerDownload("NORMAL");
  EXPECT_THAT(tunnel_.CreateDownload(ctx(), Plain()), IsOk());
  EXPECT_EQ(RequestAt(1).method, "GET");
  EXPECT_EQ(UrlAt(2),
            "http://dt.example.com/projects/demo/tables/t1?downloadid=d1"
            "&curr_project=demo");
  EXPECT_THAT(env_.clock().sleeps(), ElementsAre(milliseconds(100), milliseconds(200)));
}

TEST_F(BatchTunnelTest, ADownloadThatNeverOpensIsGivenUp) {
  AnswerDownload("expired");
  EXPECT_THAT(tunnel_.CreateDownload(ctx(), Plain()), FailsBecause("StatusConflict"));
}

TEST_F(BatchTunnelTest, CreationIsRetried) {
  AnswerLost();
  AnswerError(500, "InternalServerError");
  AnswerDownload("normal");
  EXPECT_THAT(tunnel_.CreateDownload(ctx(), Plain()), IsOk());
  AnswerLost();
  AnswerUpload("normal");
  EXPECT_THAT(tunnel_.CreateUpload(ctx(), Plain(), UploadMode::kAppend), IsOk());
}

TEST_F(BatchTunnelTest, SchemasAndQuotasHaveTheirPlaces) {
  ClientConfig config = Config();
  config.schema = "silver";
  config.quota_name = "fast";
  const auto client = NewClient(config);
  AnswerDownload("normal");
  EXPECT_THAT(client->tunnel().GetDownload(ctx(), Plain(), "d1"), IsOk());
  EXPECT_EQ(UrlAt(0),
            "http://dt.example.com/projects/demo/schemas/silver/tables/t1?quotaName=fast"
            "&downloadid=d1&curr_project=demo");
}

TEST_F(BatchTunnelTest, AClosedSessionIsStillTold) {
  Answer(200, R"({"DownloadID":"d1","Status":"closed"})");
  EXPECT_EQ(tunnel_.GetDownload(ctx(), Plain(), "d1")->status, DownloadStatus::kClosed);
  Answer(200, R"({"UploadID":"u1","Status":"Committing"})");
  EXPECT_EQ(tunnel_.GetUpload(ctx(), Plain(), "u1")->status, UploadStatus::kCommitting);
}

TEST_F(BatchTunnelTest, LocalTimesAreRefusedWhereThereAreAny) {
  const http::Headers transform = HeadersOf({{"odps-tunnel-date-transform", "true"}});
  AnswerDownload("normal", kSchema, transform);
  EXPECT_THAT(tunnel_.CreateDownload(ctx(), Plain()), IsOk());
  AnswerDownload("normal", R"({"columns":[{"name":"at","type":"array<datetime>"}]})", transform);
  EXPECT_THAT(tunnel_.CreateDownload(ctx(), Plain()), FailsBecause("UnsupportedType"));
  AnswerDownload("normal", R"({"columns":[{"name":"at","type":"datetime"}]})");
  EXPECT_THAT(tunnel_.CreateDownload(ctx(), Plain()), IsOk());
}

TEST_F(BatchTunnelTest, OpensARangeOfRows) {
  AnswerBody("rows", "");
  const auto body =
      tunnel_.OpenDownload(ctx(), Target(), "d1", {.start = 10, .count = 20}, {}, Codec::kIdentity);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(body->codec, Codec::kIdentity);
  EXPECT_EQ(body->body->ReadAll(ctx(), 100), "rows");
  EXPECT_EQ(UrlAt(0),
            "http://dt.example.com/projects/demo/tables/t1?partition=dt%3D20240229%2Chh%3D01&data"
            "&downloadid=d1&rowrange=%2810%2C20%29&curr_project=demo");
  EXPECT_EQ(HeaderAt(0, "Accept-Encoding"), "identity");
  EXPECT_EQ(HeaderAt(0, "odps-tunnel-date-transform"), "");
}

TEST_F(BatchTunnelTest, ColumnsAreAskedForInTheirOrder) {
  AnswerBody("", "");
  EXPECT_THAT(tunnel_.OpenDownload(ctx(), Plain(), "d1", {.start = 0, .count = 1}, {"b", "a"},
                                   Codec::kIdentity),
              IsOk());
  EXPECT_THAT(UrlAt(0), HasSubstr("&columns=b%2Ca&"));
}

TEST_F(BatchTunnelTest, CodecsAreNamedBothWays) {
  struct Named {
    Codec codec;
    std::string_view coding;
  };
  for (const Named& named :
       {Named{Codec::kDeflate, "deflate"}, Named{Codec::kZstd, "zstd"},
        Named{Codec::kLz4Frame, "x-lz4-frame"}, Named{Codec::kSnappyFramed, "x-snappy-framed"}}) {
    AnswerBody("", std::string(named.coding));
    const auto body =
        tunnel_.OpenDownload(ctx(), Plain(), "d1", {.start = 0, .count = 1}, {}, named.codec);
    ASSERT_THAT(body, IsOk());
    EXPECT_EQ(body->codec, named.codec);
    EXPECT_EQ(HeaderAt(RequestCount() - 1, "Accept-Encoding"), named.coding);
  }
}

TEST_F(BatchTunnelTest, TheAnswersCodingCountsNotTheOneAskedFor) {
  AnswerBody("", "");
  EXPECT_EQ(
      tunnel_.OpenDownload(ctx(), Plain(), "d1", {.start = 0, .count = 1}, {}, Codec::kZstd)->codec,
      Codec::kIdentity);
  AnswerBody("", "br");
  EXPECT_THAT(
      tunnel_.OpenDownload(ctx(), Plain(), "d1", {.start = 0, .count = 1}, {}, Codec::kZstd),
      FailsBecause("UnsupportedCodec"));
}

TEST_F(BatchTunnelTest, ADownloadIsOneTry) {
  AnswerError(500, "InternalServerError");
  EXPECT_THAT(
      tunnel_.OpenDownload(ctx(), Plain(), "d1", {.start = 0, .count = 1}, {}, Codec::kIdentity),
      FailsBecause("ServerError"));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(BatchTunnelTest, ADownloadWithARefusedKeyIsOpenedWithTheNext) {
  keys_ = RotatingKeys(2);
  AnswerError(401, "ODPS-0410051");
  AnswerBody("rows", "");
  EXPECT_THAT(
      tunnel_.OpenDownload(ctx(), Plain(), "d1", {.start = 0, .count = 1}, {}, Codec::kIdentity),
      IsOk());
  EXPECT_EQ(KeyAt(1), "KEY2");
}

TEST_F(BatchTunnelTest, DownloadFailuresAreMapped) {
  const auto fails = [&](int status, std::string_view code) {
    AnswerError(status, code);
    return tunnel_
        .OpenDownload(ctx(), Plain(), "d1", {.start = 5, .count = 1}, {}, Codec::kIdentity)
        .error();
  };
  EXPECT_EQ(fails(400, "InvalidRowRange").code, ErrorCode::kOutOfRange);
  EXPECT_EQ(fails(409, "TableModified").reason, "TableModified");
  EXPECT_EQ(fails(404, "NoSuchDownload").reason, "NoSuchDownload");
  EXPECT_EQ(fails(404, "Whatever").reason, "NoSuchDownload");
  EXPECT_EQ(fails(429, "FlowExceeded").reason, "Throttled");
  EXPECT_EQ(fails(204, "Whatever").reason, "UnexpectedAnswer");
}

TEST_F(BatchTunnelTest, CreatesUploadsOfBothModes) {
  AnswerUpload("normal");
  EXPECT_THAT(tunnel_.CreateUpload(ctx(), Target(), UploadMode::kAppend), IsOk());
  AnswerUpload("normal", true);
  const auto session = tunnel_.CreateUpload(ctx(), Target(), UploadMode::kOverwrite);
  ASSERT_THAT(session, IsOk());
  EXPECT_TRUE(session->overwrite);
  EXPECT_THAT(UrlAt(0), HasSubstr("&uploads&curr_project"));
  EXPECT_THAT(UrlAt(1), HasSubstr("&uploads&overwrite=true&curr_project"));
}

TEST_F(BatchTunnelTest, ASessionOfTheOtherModeIsRefused) {
  AnswerUpload("normal");
  EXPECT_THAT(tunnel_.CreateUpload(ctx(), Plain(), UploadMode::kOverwrite),
              FailsBecause("UnexpectedAnswer"));
  AnswerUpload("normal", true);
  EXPECT_THAT(tunnel_.CreateUpload(ctx(), Plain(), UploadMode::kAppend),
              FailsBecause("UnexpectedAnswer"));
}

TEST_F(BatchTunnelTest, OverwriteConflictsAreNotRetried) {
  AnswerError(400, "OverwriteModeNotAllowed");
  EXPECT_THAT(tunnel_.CreateUpload(ctx(), Plain(), UploadMode::kOverwrite),
              FailsBecause("OverwriteConflict"));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(BatchTunnelTest, WritesABlock) {
  auto block = tunnel_.OpenBlock(ctx(), Target(), "u1", 19999, Codec::kZstd);
  ASSERT_THAT(block, IsOk());
  EXPECT_THAT((*block)->Write(ctx(), AsBytes("abc")), IsOk());
  EXPECT_THAT((*block)->Write(ctx(), AsBytes("def")), IsOk());
  Answer(200);
  EXPECT_THAT((*block)->Finish(ctx()), IsOk());
  const auto recorded = transport_.requests().front();
  EXPECT_EQ(recorded.request.method, "PUT");
  EXPECT_EQ(recorded.request.body, "abcdef");
  EXPECT_EQ(UrlAt(0),
            "http://dt.example.com/projects/demo/tables/t1?partition=dt%3D20240229%2Chh%3D01"
            "&uploadid=u1&blockid=19999&curr_project=demo");
  EXPECT_EQ(HeaderAt(0, "Content-Encoding"), "zstd");
  EXPECT_EQ(HeaderAt(0, "Content-Type"), "application/octet-stream");
  EXPECT_EQ(HeaderAt(0, "odps-tunnel-date-transform"), "");
}

TEST_F(BatchTunnelTest, RawBlocksNameNoCoding) {
  EXPECT_THAT(tunnel_.OpenBlock(ctx(), Plain(), "u1", 0, Codec::kIdentity), IsOk());
  EXPECT_EQ(HeaderAt(0, "Content-Encoding"), "");
}

TEST_F(BatchTunnelTest, ABlockThatIsNotAcceptedIsTold) {
  const auto finish = [&](int status, std::string_view code) {
    auto block = tunnel_.OpenBlock(ctx(), Plain(), "u1", 3, Codec::kIdentity);
    AnswerError(status, code);
    return (*block)->Finish(ctx());
  };
  EXPECT_THAT(finish(400, "CorruptedDataStream"), FailsBecause("CorruptedStream"));
  EXPECT_THAT(finish(404, "NoSuchUpload"), FailsBecause("NoSuchUpload"));
  EXPECT_THAT(finish(409, "StatusConflict"), FailsBecause("StatusConflict"));
  EXPECT_THAT(finish(308, "SlotReassignment"), FailsBecause("SlotReassigned"));
  EXPECT_THAT(finish(500, "InternalServerError").error().message,
              HasSubstr("write block 3 to table t1"));
}

TEST_F(BatchTunnelTest, ABlockUnderAReplacedKeyIsToBeWrittenAgain) {
  keys_ = RotatingKeys(2);
  auto block = tunnel_.OpenBlock(ctx(), Plain(), "u1", 3, Codec::kIdentity);
  AnswerError(401, "InvalidAccessKeyId");
  const Status finished = (*block)->Finish(ctx());
  EXPECT_THAT(finished, FailsWith(ErrorCode::kAborted));
  EXPECT_THAT(finished, FailsBecause("CredentialsRefreshed"));
  EXPECT_THAT(tunnel_.OpenBlock(ctx(), Plain(), "u1", 3, Codec::kIdentity), IsOk());
  EXPECT_EQ(KeyAt(1), "KEY2");
}

TEST_F(BatchTunnelTest, ABlockWithARefusedDateIsToBeWrittenAgain) {
  auto block = tunnel_.OpenBlock(ctx(), Plain(), "u1", 3, Codec::kIdentity);
  Answer(403, R"({"Code":"RequestTimeTooSkewed"})",
         HeadersOf({{"Date", FormatHttpDate(env_.clock().Now() + std::chrono::hours(3))}}));
  const Status finished = (*block)->Finish(ctx());
  EXPECT_THAT(finished, FailsWith(ErrorCode::kAborted));
  EXPECT_THAT(finished, FailsBecause("ClockSkew"));
}

TEST_F(BatchTunnelTest, ABlockWithARejectedKeyAndNoOtherIsRejected) {
  auto block = tunnel_.OpenBlock(ctx(), Plain(), "u1", 3, Codec::kIdentity);
  AnswerError(401, "InvalidAccessKeyId");
  EXPECT_THAT((*block)->Finish(ctx()), FailsBecause("CredentialsRejected"));
}

TEST_F(BatchTunnelTest, CommitsByOneEmptyPost) {
  Answer(200, R"({"UploadID":"u1","Status":"closed"})");
  const auto session = tunnel_.CommitUpload(ctx(), Target(), "u1");
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->status, UploadStatus::kClosed);
  EXPECT_EQ(RequestAt(0).method, "POST");
  EXPECT_EQ(RequestAt(0).body, "");
  EXPECT_EQ(UrlAt(0),
            "http://dt.example.com/projects/demo/tables/t1?partition=dt%3D20240229%2Chh%3D01"
            "&uploadid=u1&curr_project=demo");
}

TEST_F(BatchTunnelTest, ACommitWithUnknownOutcomeIsSentOnce) {
  AnswerLost();
  EXPECT_THAT(tunnel_.CommitUpload(ctx(), Plain(), "u1"), FailsWith(ErrorCode::kUnavailable));
  transport_.Push(DeadlineExceeded("no answer"));
  EXPECT_THAT(tunnel_.CommitUpload(ctx(), Plain(), "u1"), FailsWith(ErrorCode::kDeadlineExceeded));
  AnswerError(500, "InternalServerError");
  EXPECT_THAT(tunnel_.CommitUpload(ctx(), Plain(), "u1"), FailsWith(ErrorCode::kUnavailable));
  AnswerError(429, "FlowExceeded");
  EXPECT_THAT(tunnel_.CommitUpload(ctx(), Plain(), "u1"), FailsWith(ErrorCode::kResourceExhausted));
  EXPECT_EQ(RequestCount(), 4u);
}

TEST_F(BatchTunnelTest, ACommitThatWasRefusedForItsKeyIsSentWithTheNext) {
  keys_ = RotatingKeys(2);
  AnswerError(401, "SignatureNotMatch");
  Answer(200, R"({"UploadID":"u1","Status":"closed"})");
  EXPECT_THAT(tunnel_.CommitUpload(ctx(), Plain(), "u1"), IsOk());
  EXPECT_EQ(RequestCount(), 2u);
}

TEST_F(BatchTunnelTest, AnUnreadableCommitAnswerIsAnUnknownOutcome) {
  Answer(200, "");
  EXPECT_THAT(tunnel_.CommitUpload(ctx(), Plain(), "u1"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(RequestCount(), 1u);
}

TEST_F(BatchTunnelTest, InstanceResultsAreReadFromTheirOwnResource) {
  AnswerDownload("normal");
  EXPECT_THAT(tunnel_.CreateInstanceDownload(ctx(), "i1"), IsOk());
  AnswerBody("rows", "");
  EXPECT_THAT(tunnel_.OpenInstanceDownload(ctx(), "i1", "d1", {.start = 0, .count = 7}, {},
                                           Codec::kIdentity),
              IsOk());
  EXPECT_EQ(UrlAt(0),
            "http://dt.example.com/projects/demo/instances/i1?downloads&curr_project=demo");
  EXPECT_EQ(UrlAt(1),
            "http://dt.example.com/projects/demo/instances/i1?data&downloadid=d1"
            "&rowrange=%280%2C7%29&curr_project=demo");
}

TEST_F(BatchTunnelTest, MessagesNameWhatFailedAndNoUrl) {
  AnswerError(404, "NoSuchPartition", "gone");
  const auto session = tunnel_.CreateUpload(ctx(), Target(), UploadMode::kAppend);
  ASSERT_THAT(session, FailsBecause("NoSuchPartition"));
  EXPECT_EQ(session.error().message,
            "could not open an upload to table T1 partition dt=20240229,hh=01: NoSuchPartition: "
            "gone");
  EXPECT_THAT(ToString(session.error()), Not(HasSubstr("curr_project")));
}

}  // namespace
}  // namespace culvert::maxcompute::internal
