// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_routes.h"

#include "emulator/rest_xml.h"
#include "libs/base/json.h"
#include "tests/unit/emulator/fake_exchange.h"
#include "tests/unit/emulator/sql/world.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace culvert::emulator {
namespace {

/// The REST routes over a world of their own.
class RestRoutesTest : public ::testing::Test {
 protected:
  RestRoutesTest() {
    services.address = "127.0.0.1:8080";
    EXPECT_THAT(RegisterRestRoutes(router, services), test::IsOk());
  }

  FakeExchange Send(std::string method, std::string target, std::string body = {},
                    const http::Headers& headers = {}) {
    FakeExchange exchange(std::move(method), std::move(target), headers);
    exchange.SetBody(std::move(body));
    const Router::Match match = router.Find(exchange.method(), exchange.path(), exchange.query());
    EXPECT_NE(match.route, nullptr) << exchange.raw_target();
    if (match.route == nullptr) return exchange;
    Call call{.exchange = exchange,
              .request_id = "r1",
              .operation = match.route->operation,
              .access_key_id = "id",
              .params = match.params};
    match.route->handler(call);
    return exchange;
  }
  XmlElement Xml(const std::string& target) {
    const FakeExchange exchange = Send("GET", target);
    EXPECT_EQ(exchange.status, 200) << exchange.answer;
    return ParseXml(exchange.answer).value_or(XmlElement{});
  }
  /// Texts of one child of every item of a list.
  static std::vector<std::string> Items(const XmlElement& list, std::string_view item,
                                        std::string_view child) {
    std::vector<std::string> texts;
    for (const XmlElement& element : list.children) {
      if (element.name == item) texts.push_back(element.ChildText(child));
    }
    return texts;
  }
  static std::string Header(const FakeExchange& exchange, std::string_view name) {
    return std::string(exchange.answer_headers.Get(name).value_or("absent"));
  }
  static std::string JobOf(const std::string& query) {
    return "<Instance><Job><Guid>g</Guid><Tasks><SQL><Name>T</Name><Query><![CDATA[" + query +
           "]]></Query></SQL></Tasks></Job></Instance>";
  }
  /// Runs a statement to its end; the instance's path.
  std::string Run(const std::string& query) {
    const FakeExchange exchange = Send("POST", "/projects/demo/instances?tryWait", JobOf(query));
    EXPECT_EQ(exchange.status, 200) << exchange.answer;
    return Header(exchange, "Location");
  }

  sql::World world;
  MetricsRegistry metrics;
  Services services{.catalog = world.catalog(),
                    .segments = world.segments(),
                    .projects = world.projects(),
                    .durable = world.durable(),
                    .clock = world.env.clock(),
                    .log = world.env.log(),
                    .metrics = metrics,
                    .events = world.events(),
                    .address = {},
                    .instances = nullptr};
  Router router;
};

TEST_F(RestRoutesTest, ProjectCarriesTheHeadersThatClientsNeed) {
  const FakeExchange exchange = Send("GET", "/api/projects/demo?curr_project=demo");
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(Header(exchange, "x-odps-owner"), "ALIYUN$culvert");
  EXPECT_EQ(Header(exchange, "x-odps-creation-time"), "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(Header(exchange, "Last-Modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(Send("GET", "/projects/nosuch").status, 404);
}

TEST_F(RestRoutesTest, TunnelAddressIsPlainText) {
  EXPECT_EQ(Send("GET", "/projects/demo/tunnel?service&curr_project=demo").answer,
            "127.0.0.1:8080");
  http::Headers by_service;
  by_service.Add("Host", "culvert-emulator.culvert-system.svc");
  EXPECT_EQ(Send("GET", "/projects/demo/tunnel?service", {}, by_service).answer,
            "culvert-emulator.culvert-system.svc");
}

TEST_F(RestRoutesTest, SmallRoutesAnswerAsTheServiceDoes) {
  EXPECT_EQ(Send("GET", "/tenants").status, 404);
  EXPECT_TRUE(Send("GET", "/tenants").answer.starts_with("{"));
  EXPECT_EQ(Send("GET", "/logview/host").status, 404);
  EXPECT_EQ(Send("PUT", "/projects/demo/logs", "x").status, 200);
  const FakeExchange token =
      Send("POST", "/projects/demo/authorization?sign_bearer_token", R"({"expires_in_hours":1})");
  EXPECT_NE(ParseXml(token.answer)->ChildText("Result"), "");
}

TEST_F(RestRoutesTest, SchemasAreListedMadeAndFound) {
  EXPECT_EQ(Send("POST", "/projects/demo/schemas", "<Schema><Name>S1</Name></Schema>").status, 201);
  EXPECT_EQ(Items(Xml("/projects/demo/schemas"), "Schema", "Name"),
            (std::vector<std::string>{"default", "s1"}));
  EXPECT_EQ(Send("GET", "/projects/demo/schemas/s1").status, 200);
  EXPECT_EQ(Send("GET", "/projects/demo/schemas/s2").status, 404);
  EXPECT_EQ(Send("DELETE", "/projects/demo/schemas/s2").status, 404);
  EXPECT_EQ(Send("DELETE", "/projects/demo/schemas/s1").status, 501);
}

TEST_F(RestRoutesTest, TableListsPageAndAlwaysHaveAMarker) {
  ASSERT_EQ(
      world.Text(
          "create table a1 (x bigint); create table a2 (x bigint); create table b1 (x bigint)"),
      "");
  XmlElement page = Xml("/projects/demo/tables?expectmarker=true&maxitems=2");
  EXPECT_EQ(Items(page, "Table", "Name"), (std::vector<std::string>{"a1", "a2"}));
  const std::string marker = page.ChildText("Marker");
  EXPECT_NE(marker, "");
  page = Xml("/projects/demo/tables?expectmarker=true&maxitems=2&marker=" + marker);
  EXPECT_EQ(Items(page, "Table", "Name"), std::vector<std::string>{"b1"});
  ASSERT_NE(page.Child("Marker"), nullptr);
  EXPECT_EQ(page.ChildText("Marker"), "");
  EXPECT_EQ(Items(Xml("/projects/demo/tables?name=A&extended"), "Table", "Name").size(), 2U);
  EXPECT_EQ(Items(Xml("/projects/demo/tables?type=virtual_view"), "Table", "Name").size(), 0U);
}

TEST_F(RestRoutesTest, ATableIsFoundWhateverItsCase) {
  ASSERT_EQ(world.Text("create table t (x bigint); insert into t values (1),(2)"), "");
  const XmlElement table = Xml("/projects/demo/tables/T?extended&curr_schema=default");
  const nlohmann::json schema = ParseJson(table.ChildText("Schema")).value();
  EXPECT_EQ(schema["recordNum"], 2);
  EXPECT_TRUE(schema.contains("Reserved"));
  const FakeExchange missing = Send("GET", "/projects/demo/tables/nosuch");
  EXPECT_EQ(missing.status, 404);
  const XmlElement error = ParseXml(missing.answer).value();
  EXPECT_EQ(error.ChildText("Code"), "NoSuchTable");
  EXPECT_TRUE(error.ChildText("Message").starts_with("ODPS-0130131:"));
  EXPECT_EQ(error.ChildText("RequestId"), "r1");
  ASSERT_NE(error.Child("HostId"), nullptr);
}

class RestPartitionsTest : public RestRoutesTest {
 protected:
  RestPartitionsTest() {
    EXPECT_EQ(world.Text("create table p (x bigint) partitioned by (dt string, hh int);"
                         "insert into p partition (dt, hh) values (1,'a',1),(2,'a',2),(3,'b',1);"),
              "");
  }
};

TEST_F(RestPartitionsTest, ListsWithColumnsAndEpochSeconds) {
  const FakeExchange exchange = Send("GET", "/projects/demo/tables/p?partitions&expectmarker=true");
  EXPECT_NE(exchange.answer.find("<Partition><Column Name=\"dt\" Value=\"a\"/><Column Name=\"hh\" "
                                 "Value=\"1\"/><CreationTime>1767323045</CreationTime>"),
            std::string::npos)
      << exchange.answer;
  EXPECT_NE(exchange.answer.find("<PartitionRecordCount>1</PartitionRecordCount>"),
            std::string::npos);
}

TEST_F(RestPartitionsTest, PagesFiltersAndReverses) {
  const std::string base = "/projects/demo/tables/p?partitions&name";
  EXPECT_EQ(Items(Xml(base), "Partition", "Name"),
            (std::vector<std::string>{"dt=a/hh=1", "dt=a/hh=2", "dt=b/hh=1"}));
  EXPECT_EQ(Items(Xml(base + "&partition=dt%3D%27a%27"), "Partition", "Name").size(), 2U);
  const XmlElement last = Xml(base + "&reverse&maxitems=1");
  EXPECT_EQ(Items(last, "Partition", "Name"), std::vector<std::string>{"dt=b/hh=1"});
  EXPECT_EQ(
      Items(
          Xml(base + "&reverse&maxitems=1&marker=" + http::PercentEncode(last.ChildText("Marker"))),
          "Partition", "Name"),
      std::vector<std::string>{"dt=a/hh=2"});
  EXPECT_EQ(Send("GET", base + "&partition=z%3D1").status, 400);
}

TEST_F(RestPartitionsTest, OnePartitionTakesEveryForm) {
  for (const std::string_view spec : {"dt='a',hh='1'", "hh=1,dt=a", "dt=a/hh=1"}) {
    const XmlElement one =
        Xml("/projects/demo/tables/p?partition=" + http::PercentEncode(spec) + "&extended");
    const nlohmann::json schema = ParseJson(one.ChildText("Schema")).value();
    EXPECT_EQ(schema["partitionRecordNum"], 1) << spec;
    EXPECT_TRUE(schema.contains("PhysicalSize"));
  }
  const FakeExchange missing = Send("GET", "/projects/demo/tables/p?partition=dt%3Dz,hh%3D1");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(ParseXml(missing.answer)->ChildText("Code"), "NoSuchPartition");
  EXPECT_EQ(Send("GET", "/projects/demo/tables/p?partition=dt%3Dz").status, 400);
}

TEST_F(RestPartitionsTest, PreviewIsCsv) {
  EXPECT_EQ(Send("GET", "/projects/demo/tables/p?data&linenum=1&partition=dt%3Db,hh%3D1").answer,
            "\"x\",\"dt\",\"hh\"\n3,\"b\",\"1\"\n");
  EXPECT_EQ(Send("GET", "/projects/demo/tables/p?data=&linenum=5&cols=x").answer,
            "\"x\"\n1\n2\n3\n");
}

TEST_F(RestRoutesTest, SubmittingGives201AndALocation) {
  const FakeExchange exchange = Send("POST", "/projects/demo/instances", JobOf("select 1 as a;"));
  EXPECT_EQ(exchange.status, 201);
  EXPECT_EQ(exchange.answer, "");
  EXPECT_TRUE(Header(exchange, "Location").starts_with("/projects/demo/instances/2026"));
}

TEST_F(RestRoutesTest, AnInstanceIsSeenFromEverySide) {
  const std::string path = Run("select 1 as a;");
  const FakeExchange plain = Send("GET", path);
  EXPECT_EQ(ParseXml(plain.answer)->ChildText("Status"), "Terminated");
  EXPECT_EQ(Header(plain, "x-odps-owner"), "ALIYUN$culvert");
  EXPECT_EQ(Header(plain, "x-odps-start-time"), "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(Header(plain, "x-odps-end-time"), "Fri, 02 Jan 2026 03:04:05 GMT");
  const XmlElement status = Xml(path + "?taskstatus");
  EXPECT_EQ(status.Child("Tasks")->Child("Task")->ChildText("Status"), "Success");
  EXPECT_EQ(Xml(path + "?instancestatus").ChildText("Status"), "Terminated");
  EXPECT_EQ(Xml(path + "?result").Child("Tasks")->Child("Task")->ChildText("Result"),
            Base64Encode(AsBytes("\"a\"\n1\n")));
  EXPECT_EQ(Xml(path + "?source").ChildText("Guid"), "g");
  EXPECT_EQ(Xml(path + "?instanceprogress=T&taskname=T").name, "Progress");
  const FakeExchange summary = Send("GET", path + "?instancesummary&taskname=T");
  EXPECT_EQ(Header(summary, "x-odps-task-finalized"), "true");
  EXPECT_EQ(Send("GET", path + "?instancedetail&taskname=T").status, 200);
  EXPECT_EQ(Send("GET", "/projects/demo/instances/nosuch").status, 404);
  EXPECT_EQ(Send("PUT", path, "<Instance><Status>Terminated</Status></Instance>").status, 400);
  const std::string id = path.substr(path.rfind('/') + 1);
  EXPECT_THAT(services.instances->Find("demo", id), test::IsOk());
}

TEST_F(RestRoutesTest, AFailedTaskIsTerminatedWithItsText) {
  const std::string path = Run("select * from t9;");
  const XmlElement result = Xml(path + "?result");
  const XmlElement& task = *result.Child("Tasks")->Child("Task");
  EXPECT_EQ(task.ChildText("Status"), "Failed");
  EXPECT_EQ(task.ChildText("Result"),
            Base64Encode(AsBytes("ODPS-0130131:[1,15] Table not found - table demo.t9 cannot be "
                                 "resolved")));
}

TEST_F(RestRoutesTest, InstancesAreListed) {
  const std::string first = Run("select 1;");
  world.env.clock().Advance(std::chrono::hours(1));
  Run("select 2;");
  EXPECT_EQ(Items(Xml("/projects/demo/instances?onlyowner=yes"), "Instance", "Name").size(), 2U);
  const XmlElement page = Xml("/projects/demo/instances?maxitems=1");
  EXPECT_EQ(Items(page, "Instance", "Name")[0], first.substr(first.rfind('/') + 1));
  EXPECT_EQ(Items(Xml("/projects/demo/instances?marker=" + page.ChildText("Marker")), "Instance",
                  "Status"),
            std::vector<std::string>{"Terminated"});
  EXPECT_EQ(Items(Xml("/projects/demo/instances?status=Running"), "Instance", "Name").size(), 0U);
  EXPECT_EQ(
      Items(Xml("/projects/demo/instances?daterange=1767323000:1767323100"), "Instance", "Name")
          .size(),
      1U);
  EXPECT_EQ(Items(Xml("/projects/demo/instances?daterange=1767323100:"), "Instance", "Name").size(),
            1U);
}

TEST_F(RestRoutesTest, BadJobsAreRefused) {
  EXPECT_EQ(Send("POST", "/projects/demo/instances", "<Instance>").status, 400);
  EXPECT_EQ(Send("POST", "/projects/nosuch/instances", JobOf("select 1")).status, 404);
}

TEST_F(RestRoutesTest, TheSchemaOfTheRequestIsTheStatements) {
  ASSERT_EQ(world.Text("create schema s1"), "");
  EXPECT_EQ(Send("POST", "/projects/demo/instances?tryWait&curr_schema=s1",
                 JobOf("create table t (a bigint);"))
                .status,
            200);
  EXPECT_EQ(Items(Xml("/projects/demo/tables?curr_schema=s1"), "Table", "Name"),
            std::vector<std::string>{"t"});
  EXPECT_EQ(Send("GET", "/projects/demo/schemas/s1/tables/t").status, 200);
  EXPECT_EQ(Send("GET", "/projects/demo/tables/t").status, 404);
}

}  // namespace
}  // namespace culvert::emulator
