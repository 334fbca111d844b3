// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/instance_calls.h"

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
using ::testing::IsEmpty;
using ::testing::Not;

class InstanceCallsTest : public FakeServiceTest {
 protected:
  void AnswerSubmitted(const std::string& id = "i1") {
    Answer(201, "", HeadersOf({{"Location", "http://h/api/projects/demo/instances/" + id}}));
  }
  void AnswerState(std::string_view state) {
    Answer(200, "<Instance><Status>" + std::string(state) + "</Status></Instance>");
  }
  void AnswerTask(std::string_view state) {
    Answer(200, "<Instance><Status>Terminated</Status><Tasks><Task><Status>" + std::string(state) +
                    "</Status></Task></Tasks></Instance>");
  }
  void AnswerResult(std::string_view text) {
    Answer(200, "<Instance><Tasks><Task><Result Format=\"text\"><![CDATA[" + std::string(text) +
                    "]]></Result></Task></Tasks></Instance>");
  }
  static SqlRequest Sql(std::string text = "select 1") {
    return {.sql = std::move(text), .hints = {}, .guid = "g1"};
  }
};

TEST_F(InstanceCallsTest, SubmitsOnceAndReadsTheLocation) {
  AnswerSubmitted();
  const auto instance = NewClient()->SubmitSql(ctx(), Sql());
  ASSERT_THAT(instance, IsOk());
  EXPECT_EQ(instance->id, "i1");
  EXPECT_EQ(instance->state, InstanceState::kRunning);
  EXPECT_EQ(RequestAt(0).method, "POST");
  EXPECT_EQ(UrlAt(0), "http://mc.example.com/api/projects/demo/instances?curr_project=demo");
  EXPECT_EQ(HeaderAt(0, "Content-Type"), "application/xml");
  EXPECT_THAT(RequestAt(0).body, HasSubstr("<Guid>g1</Guid>"));
}

TEST_F(InstanceCallsTest, ASubmitWithUnknownOutcomeIsNotRepeated) {
  AnswerLost();
  EXPECT_THAT(NewClient()->SubmitSql(ctx(), Sql()), FailsWith(ErrorCode::kUnavailable));
  AnswerError(500, "InternalServerError");
  EXPECT_THAT(NewClient()->SubmitSql(ctx(), Sql()), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(RequestCount(), 2u);
}

TEST_F(InstanceCallsTest, ASubmitThatWasThrottledIsRepeated) {
  Answer(409, "", HeadersOf({{"Retry-After", "2"}}));
  AnswerSubmitted();
  EXPECT_THAT(NewClient()->SubmitSql(ctx(), Sql()), IsOk());
}

TEST_F(InstanceCallsTest, AnAnswerWithABodyMayHaveFinishedAlready) {
  Answer(200, "<Instance/>", HeadersOf({{"Location", "/instances/i1"}}));
  AnswerState("Terminated");
  EXPECT_EQ(NewClient()->SubmitSql(ctx(), Sql())->state, InstanceState::kTerminated);
}

TEST_F(InstanceCallsTest, HintsOfSchemasAndQuotasAreAddedUnlessSet) {
  ClientConfig config = Config();
  config.schema = "silver";
  config.quota_name = "fast";
  AnswerSubmitted();
  SqlRequest request = Sql();
  request.hints["odps.default.schema"] = "gold";
  EXPECT_THAT(NewClient(config)->SubmitSql(ctx(), request), IsOk());
  const std::string body = RequestAt(0).body;
  EXPECT_THAT(body, HasSubstr("odps.namespace.schema&quot;:&quot;true"));
  EXPECT_THAT(body, HasSubstr("odps.sql.allow.namespace.schema&quot;:&quot;true"));
  EXPECT_THAT(body, HasSubstr("odps.default.schema&quot;:&quot;gold"));
  EXPECT_THAT(body, HasSubstr("odps.task.wlm.quota&quot;:&quot;fast"));
  EXPECT_THAT(body, Not(HasSubstr("silver")));
}

TEST_F(InstanceCallsTest, WaitsUntilTerminatedWithGrowingPauses) {
  for (int i = 0; i < 8; ++i) AnswerState(i == 2 ? "Suspended" : "Running");
  AnswerState("Terminated");
  AnswerTask("Success");
  AnswerResult("OK");
  const auto result = NewClient()->WaitInstance(ctx(), "i1");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->task_state, TaskState::kSuccess);
  EXPECT_EQ(result->text, "OK");
  EXPECT_THAT(
      env_.clock().sleeps(),
      ElementsAre(milliseconds(200), milliseconds(400), milliseconds(800), milliseconds(1600),
                  milliseconds(3200), milliseconds(5000), milliseconds(5000), milliseconds(5000)));
}

TEST_F(InstanceCallsTest, WaitingEndsBeforeTheDeadline) {
  transport_.SetDefault([](const http::Request&) -> Result<http::Response> {
    return http::Response{
        .status = 200, .headers = {}, .body = "<Instance><Status>Running</Status></Instance>"};
  });
  EXPECT_THAT(NewClient()->WaitInstance(ctx().WithTimeout(std::chrono::seconds(9)), "i1"),
              FailsWith(ErrorCode::kDeadlineExceeded));
}

TEST_F(InstanceCallsTest, TerminatedIsNotSuccess) {
  AnswerState("Terminated");
  AnswerTask("Failed");
  AnswerResult("ODPS-0130131:[1,15] Table not found - table demo.t9 cannot be resolved");
  const auto result = NewClient()->WaitInstance(ctx(), "i1");
  EXPECT_THAT(result, FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(result, FailsBecause("SqlFailed"));
  EXPECT_EQ(result.error().message,
            "sql instance i1 failed: ODPS-0130131:[1,15] Table not found - table demo.t9 cannot "
            "be resolved");
}

TEST_F(InstanceCallsTest, AStatementThatMayNotBeRunIsDenied) {
  AnswerState("Terminated");
  AnswerTask("Failed");
  AnswerResult(
      "ODPS-0130013:Authorization exception - Authorization Failed [4019], You have NO privilege "
      "'odps:Select' on {acs:odps:*:projects/demo/tables/t}");
  const auto result = NewClient()->WaitInstance(ctx(), "i1");
  EXPECT_THAT(result, FailsWith(ErrorCode::kPermissionDenied));
  EXPECT_THAT(result, FailsBecause("PermissionDenied"));
  EXPECT_THAT(result.error().message,
              HasSubstr("'odps:Select' on {acs:odps:*:projects/demo/tables/t}"));
}

TEST_F(InstanceCallsTest, SuccessIsWaitedForWithoutTheResult) {
  AnswerState("Running");
  AnswerState("Terminated");
  AnswerTask("Success");
  EXPECT_THAT(NewClient()->WaitForSuccess(ctx(), "i1"), IsOk());
  EXPECT_EQ(RequestCount(), 3u);
  AnswerState("Terminated");
  AnswerTask("Failed");
  AnswerTask("Failed");
  AnswerResult("ODPS-0130071:[1,8] Semantic analysis exception");
  const auto failed = NewClient()->WaitForSuccess(ctx(), "i1");
  EXPECT_THAT(failed, FailsBecause("SqlFailed"));
  EXPECT_THAT(failed.error().message, HasSubstr("ODPS-0130071:[1,8]"));
}

TEST_F(InstanceCallsTest, CancelledIsSaid) {
  AnswerState("Terminated");
  AnswerTask("Cancelled");
  AnswerResult("");
  const auto result = NewClient()->WaitInstance(ctx(), "i1");
  EXPECT_THAT(result, FailsBecause("SqlFailed"));
  EXPECT_EQ(result.error().message, "sql instance i1 was cancelled");
}

TEST_F(InstanceCallsTest, ResultOfARunningInstanceIsRefused) {
  Answer(200, "<Instance><Status>Running</Status></Instance>");
  EXPECT_THAT(NewClient()->GetInstanceResult(ctx(), "i1"), FailsBecause("InstanceNotTerminated"));
}

TEST_F(InstanceCallsTest, IdempotentSqlIsSubmittedAgainAfterALostAnswer) {
  AnswerLost();
  AnswerSubmitted("i2");
  AnswerState("Terminated");
  AnswerTask("Success");
  AnswerResult("");
  EXPECT_THAT(NewClient()->RunIdempotentSql(ctx(), Sql("create table if not exists t (a int)")),
              IsOk());
  EXPECT_THAT(UrlAt(2), HasSubstr("/instances/i2?"));
}

TEST_F(InstanceCallsTest, AnIdempotentSubmitIsRepeatedAfterALostAnswer) {
  AnswerLost();
  AnswerSubmitted("i2");
  SqlRequest request = Sql();
  request.idempotent = true;
  const auto instance = NewClient()->SubmitSql(ctx(), request);
  ASSERT_THAT(instance, IsOk());
  EXPECT_EQ(instance->id, "i2");
}

TEST_F(InstanceCallsTest, ListsInstancesWithTheirGuids) {
  Answer(200,
         "<Instances><Instance><Name>a</Name></Instance><Instance><Name>b</Name></Instance>"
         "<Marker/></Instances>");
  Answer(200, "<Job><Guid>g1</Guid></Job>");
  Answer(200, "<Job/>");
  const auto instances = NewClient()->ListInstances(ctx(), env_.clock().Now());
  ASSERT_THAT(instances, IsOk());
  ASSERT_EQ(instances->size(), 2u);
  EXPECT_EQ((*instances)[0].id, "a");
  EXPECT_EQ((*instances)[0].guid, "g1");
  EXPECT_EQ((*instances)[1].guid, "");
}

TEST_F(InstanceCallsTest, FindsInstancesByTheirGuidOverPages) {
  const WallTime since = env_.clock().Now() - std::chrono::hours(1);
  Answer(200,
         "<Instances><Instance><Name>a</Name></Instance><Instance><Name>b</Name></Instance>"
         "<Marker>m1</Marker></Instances>");
  Answer(200, "<Instances><Instance><Name>c</Name></Instance><Marker/></Instances>");
  Answer(200, "<Job><Guid>other</Guid></Job>");
  AnswerError(404, "NoSuchInstance");
  Answer(200, "<Instance><Job><Guid>g1</Guid></Job></Instance>");
  EXPECT_THAT(*NewClient()->FindInstances(ctx(), "g1", since), ElementsAre("c"));
  EXPECT_THAT(UrlAt(0), HasSubstr("/instances?daterange="));
  EXPECT_THAT(UrlAt(0), HasSubstr("&onlyowner=yes&"));
  EXPECT_THAT(UrlAt(1), HasSubstr("&marker=m1&"));
  EXPECT_THAT(UrlAt(2), HasSubstr("/instances/a?source&"));
}

TEST_F(InstanceCallsTest, AsksAnInstanceForItsGuidOnce) {
  const WallTime since = env_.clock().Now();
  const auto client = NewClient();
  Answer(200, "<Instances><Instance><Name>a</Name></Instance><Marker/></Instances>");
  Answer(200, "<Job><Guid>g1</Guid></Job>");
  EXPECT_THAT(*client->FindInstances(ctx(), "g1", since), ElementsAre("a"));
  EXPECT_THAT(UrlAt(0), HasSubstr("&maxitems=1000"));
  // Another that was submitted since: both are of the statement, and only the new one is asked.
  Answer(200,
         "<Instances><Instance><Name>a</Name></Instance><Instance><Name>b</Name></Instance>"
         "<Marker/></Instances>");
  Answer(200, "<Job><Guid>g1</Guid></Job>");
  EXPECT_THAT(*client->FindInstances(ctx(), "g1", since), ElementsAre("a", "b"));
  EXPECT_THAT(UrlAt(3), HasSubstr("/instances/b?source"));
  EXPECT_EQ(RequestCount(), 4u);
}

TEST_F(InstanceCallsTest, TheRangeLookedAtCoversClocksThatDiffer) {
  const auto seconds = [](WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  };
  const WallTime since = env_.clock().Now() - std::chrono::hours(1);
  Answer(200, "<Instances><Marker/></Instances>");
  EXPECT_THAT(*NewClient()->FindInstances(ctx(), "g1", since), IsEmpty());
  EXPECT_THAT(UrlAt(0), HasSubstr("daterange=" + std::to_string(seconds(since) - 600) + "%3A" +
                                  std::to_string(seconds(env_.clock().Now()) + 600)));
}

TEST_F(InstanceCallsTest, AnEmptyGuidFindsNothing) {
  EXPECT_THAT(NewClient()->FindInstances(ctx(), "", env_.clock().Now()),
              FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(InstanceCallsTest, AFailedLookIsNotTakenForNoInstance) {
  Answer(200, "<Instances><Instance><Name>a</Name></Instance><Marker/></Instances>");
  AnswerError(403, "NoPermission");
  EXPECT_THAT(NewClient()->FindInstances(ctx(), "g1", env_.clock().Now()),
              FailsWith(ErrorCode::kPermissionDenied));
}

TEST_F(InstanceCallsTest, AMissingInstanceIsNamed) {
  AnswerError(404, "NoSuchObject");
  EXPECT_THAT(NewClient()->GetInstance(ctx(), "i9"), FailsBecause("NoSuchInstance"));
}

}  // namespace
}  // namespace culvert::maxcompute::internal
