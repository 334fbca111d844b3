// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/tunnel_routes.h"

#include "tests/unit/emulator/emulator_fixture.h"

namespace culvert::emulator {
namespace {

using maxcompute::wire::Codec;
using test::FailsBecause;
using test::IsOkAndHolds;

TEST(NegotiateCodecTest, TakesTheFirstCodingItKnows) {
  EXPECT_EQ(NegotiateCodec(""), Codec::kIdentity);
  EXPECT_EQ(NegotiateCodec("identity"), Codec::kIdentity);
  EXPECT_EQ(NegotiateCodec("gzip, br"), Codec::kIdentity);
  EXPECT_EQ(NegotiateCodec("gzip, deflate"), Codec::kDeflate);
  EXPECT_EQ(NegotiateCodec("ZSTD"), Codec::kZstd);
  EXPECT_EQ(NegotiateCodec("deflate;q=0, zstd;q=0.5"), Codec::kZstd);
  EXPECT_EQ(NegotiateCodec("deflate;q=0.000,x-lz4-frame"), Codec::kLz4Frame);
  EXPECT_EQ(NegotiateCodec("x-snappy-framed"), Codec::kSnappyFramed);
}

TEST(ParseRowRangeTest, ReadsStartAndCount) {
  const auto range = ParseRowRange(" ( 10 , 20 ) ");
  ASSERT_THAT(range, test::IsOk());
  EXPECT_EQ(range->start, 10U);
  EXPECT_EQ(range->count, 20U);
  for (const char* text : {"", "()", "(1)", "(1,2", "1,2", "(-1,2)", "(1,x)", "(1,2,3)"}) {
    EXPECT_THAT(ParseRowRange(text), FailsBecause("InvalidRowRange")) << text;
  }
}

TEST(ResolveColumnsTest, KeepsTheOrderAskedFor) {
  record::Schema schema;
  schema.columns = TestColumns();
  schema.partition_keys = {TestColumn("dt", "string")};
  using Columns = std::vector<std::size_t>;
  EXPECT_THAT(ResolveColumns(schema, std::nullopt), IsOkAndHolds(Columns{}));
  EXPECT_THAT(ResolveColumns(schema, ""), IsOkAndHolds(Columns{}));
  EXPECT_THAT(ResolveColumns(schema, "ID,Name"), IsOkAndHolds(Columns{}));
  EXPECT_THAT(ResolveColumns(schema, "name, id"), IsOkAndHolds(Columns{1, 0}));
  EXPECT_THAT(ResolveColumns(schema, "name"), IsOkAndHolds(Columns{1}));
  for (const char* text : {"dt", "nothing", "id,id", "id,"}) {
    EXPECT_THAT(ResolveColumns(schema, text), FailsBecause("InvalidColumn")) << text;
  }
}

class TunnelRoutesTest : public EmulatorFixture {};

TEST_F(TunnelRoutesTest, CarriesRowsUpAndDown) {
  Fill(0, 100);
  const std::string session = OpenDownload();
  EXPECT_THAT(TestIds(Read(session, "(10,3)").body),
              IsOkAndHolds(std::vector<std::int64_t>{10, 11, 12}));
  EXPECT_THAT(TestIds(Read(session, "%2810%2C3%29").body),
              IsOkAndHolds(std::vector<std::int64_t>{10, 11, 12}));
  http::Headers zstd;
  zstd.Set("Accept-Encoding", "zstd");
  EXPECT_EQ(Read(session, "(0,100)", "", zstd).headers.Get("Content-Encoding"), "zstd");
}

TEST_F(TunnelRoutesTest, RefusesBadReads) {
  Fill(0, 10);
  const std::string session = OpenDownload();
  EXPECT_EQ(Code(Read(session, "(0,11)")), "InvalidRowRange");
  EXPECT_EQ(Code(Read(session, "(11,0)")), "InvalidRowRange");
  EXPECT_EQ(Code(Read(session, "(18446744073709551615,2)")), "InvalidRowRange");
  EXPECT_EQ(Code(Read(session, "(0,1)", "&columns=nope")), "InvalidColumn");
  EXPECT_EQ(Read(session, "(0,1)", "&arrow").status, 501);
  const auto unknown = Read("nothing", "(0,1)");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Code(unknown), "NoSuchDownload");
}

TEST_F(TunnelRoutesTest, TellsOfReplacedRowsUnlessAskedNotTo) {
  Fill(0, 10);
  const std::string session = OpenDownload();
  ASSERT_EQ(Commit(OpenUpload("&overwrite=true")).status, 200);
  const auto modified = Read(session, "(0,1)");
  EXPECT_EQ(modified.status, 409);
  EXPECT_EQ(Code(modified), "TableModified");
  EXPECT_EQ(Read(session, "(0,1)", "&disable_modified_check=true").status, 200);
}

TEST_F(TunnelRoutesTest, ListsBlocksOfASession) {
  const std::string session = OpenUpload();
  ASSERT_EQ(Put(session, 5, TestStream(0, 3)).status, 200);
  const auto json = Json(Send("GET", "/projects/p/tables/t?uploadid=" + session));
  EXPECT_EQ(json["Status"], "normal");
  ASSERT_EQ(json["UploadedBlockList"].size(), 1U);
  EXPECT_EQ(json["UploadedBlockList"][0]["BlockID"], 5);
  EXPECT_EQ(json["UploadedBlockList"][0]["RecordCount"], 3);
  EXPECT_TRUE(Json(Send(
      "GET", "/projects/p/tables/t?getblockid=false&uploadid=" + session))["UploadedBlockList"]
                  .empty());
}

TEST_F(TunnelRoutesTest, KeepsNoBlockOfABadBody) {
  const std::string session = OpenUpload();
  const std::string stream = TestStream(0, 3);
  EXPECT_EQ(Code(Put(session, 0, stream.substr(0, 20))), "IncompleteBody");
  EXPECT_EQ(Code(Put(session, 0, "x" + stream)), "CorruptedDataStream");
  EXPECT_EQ(Code(Put(session, 20'000, stream)), "InvalidBlockID");
  EXPECT_EQ(Code(Send("PUT", "/projects/p/tables/t?blockid=x&uploadid=" + session, stream)),
            "InvalidBlockID");
  http::Headers brotli;
  brotli.Set("Content-Encoding", "br");
  EXPECT_EQ(Code(Put(session, 0, stream, brotli)), "InvalidArgument");
  ASSERT_EQ(Commit(session).status, 200);
  EXPECT_EQ(RowCount(), 0U);
}

TEST_F(TunnelRoutesTest, AnswersACommitAgain) {
  const std::string session = OpenUpload();
  ASSERT_EQ(Put(session, 0, TestStream(0, 3)).status, 200);
  EXPECT_EQ(Json(Commit(session))["Status"], "closed");
  EXPECT_EQ(Json(Commit(session))["Status"], "closed");
  EXPECT_EQ(RowCount(), 3U);
  const auto late = Put(session, 1, TestStream(0, 3));
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(Code(late), "StatusConflict");
}

TEST_F(TunnelRoutesTest, TakesPartitionsInEveryForm) {
  for (const char* form : {"dt=1", "dt%3D1", "dt='1'", "dt%3D%271%27", "DT=%221%22"}) {
    EXPECT_EQ(Send("POST", std::string("/projects/p/tables/d?downloads&partition=") + form).status,
              200)
        << form;
  }
  EXPECT_EQ(Code(Send("POST", "/projects/p/tables/d?downloads")), "InvalidPartitionSpec");
  EXPECT_EQ(Code(Send("POST", "/projects/p/tables/d?downloads&partition=dt")),
            "InvalidPartitionSpec");
  EXPECT_EQ(Code(Send("POST", "/projects/p/tables/d?downloads&partition=hh=1")),
            "InvalidPartitionSpec");
  EXPECT_EQ(Code(Send("POST", "/projects/p/tables/t?downloads&partition=dt=1")),
            "InvalidPartitionSpec");
  const auto missing = Send("POST", "/projects/p/tables/d?uploads&partition=dt=2");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(Code(missing), "NoSuchPartition");
  EXPECT_EQ(
      Send("POST", "/projects/p/tables/d?uploads&create_partition=true&partition=dt=2").status,
      200);
}

TEST_F(TunnelRoutesTest, RefusesViewsAndExternalTables) {
  TableDef def;
  def.project = "p";
  def.columns.columns = TestColumns();
  def.name = "v";
  def.kind = TableKind::kView;
  ASSERT_THAT(emulator_->services().catalog.CreateTable(def), test::IsOk());
  def.name = "x";
  def.kind = TableKind::kExternal;
  ASSERT_THAT(emulator_->services().catalog.CreateTable(def), test::IsOk());
  for (const char* table : {"v", "x"}) {
    for (const char* what : {"downloads", "uploads"}) {
      const auto refused = Send("POST", std::string("/projects/p/tables/") + table + "?" + what);
      EXPECT_EQ(refused.status, 400);
      EXPECT_EQ(Code(refused), "InvalidArgument");
    }
  }
}

TEST_F(TunnelRoutesTest, ExpiresSessionsByTheClock) {
  const std::string upload = OpenUpload();
  const std::string download = OpenDownload();
  clock_.Advance(std::chrono::hours(24));
  EXPECT_EQ(Json(Send("GET", "/projects/p/tables/t?uploadid=" + upload))["Status"], "expired");
  EXPECT_EQ(Json(Send("GET", "/projects/p/tables/t?downloadid=" + download))["Status"], "expired");
  EXPECT_EQ(Code(Commit(upload)), "StatusConflict");
  EXPECT_EQ(Code(Read(download, "(0,0)")), "StatusConflict");
}

TEST_F(TunnelRoutesTest, KeepsSessionsToTheirTable) {
  const std::string upload = OpenUpload();
  EXPECT_EQ(Code(Send("GET", "/projects/p/tables/d?uploadid=" + upload)), "NoSuchUpload");
  EXPECT_EQ(Code(Send("GET", "/projects/p/tables/d?downloadid=" + OpenDownload())),
            "NoSuchDownload");
}

TEST_F(TunnelRoutesTest, HoldsToTheRatesWhenAsked) {
  options_.limits.rates = true;
  options_.limits.upload_sessions_per_window = 2;
  Start();
  OpenUpload();
  OpenUpload();
  const auto refused = Send("POST", "/projects/p/tables/t?uploads");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Code(refused), "FlowExceeded");
  EXPECT_EQ(refused.headers.Get("Retry-After"), "300");
}

TEST_F(TunnelRoutesTest, SaysNoInstanceToAnUnknownOne) {
  const auto missing = Send("POST", "/projects/p/instances/i1?downloads");
  EXPECT_EQ(missing.status, 404);
}

}  // namespace
}  // namespace culvert::emulator
