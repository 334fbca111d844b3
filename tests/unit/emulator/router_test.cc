// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/router.h"

#include "tests/unit/emulator/fake_exchange.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

Router TestRouter() {
  Router router;
  const auto add = [&](const char* method, const char* pattern, std::vector<std::string> query,
                       const char* operation) {
    router.Add({.method = method,
                .pattern = pattern,
                .query = std::move(query),
                .operation = operation,
                .handler = {}});
  };
  add("GET", "/projects/{project}/tables/{table}", {}, "table.get");
  add("GET", "/projects/{project}/tables/{table}", {"data"}, "table.preview");
  add("GET", "/projects/{project}/tables/{table}", {"data", "downloadid"}, "download.data");
  return router;
}

std::string OperationOf(const Router::Match& match) {
  return match.route == nullptr ? "" : match.route->operation;
}

TEST(RouterTest, TakesTheRouteWithMostQueryKeys) {
  const Router router = TestRouter();
  const std::string path = "/projects/p/tables/t";
  EXPECT_EQ(OperationOf(router.Find("GET", path, {})), "table.get");
  EXPECT_EQ(OperationOf(router.Find("GET", path, {{"data", ""}, {"x", "1"}})), "table.preview");
  EXPECT_EQ(OperationOf(router.Find("GET", path, {{"downloadid", "7"}, {"data", ""}})),
            "download.data");
}

TEST(RouterTest, ServesPathsWithApiAndWithASchema) {
  const Router router = TestRouter();
  const auto match = router.Find("GET", "/api/projects/p/schemas/s/tables/t", {});
  EXPECT_EQ(OperationOf(match), "table.get");
  FakeExchange exchange("GET", "/x");
  const Call call{.exchange = exchange,
                  .request_id = {},
                  .operation = {},
                  .access_key_id = {},
                  .params = match.params};
  EXPECT_EQ(call.Table(), (TableKey{.project = "p", .schema = "s", .name = "t"}));
}

TEST(RouterTest, TellsAWrongMethodFromAnUnknownPath) {
  const Router router = TestRouter();
  EXPECT_TRUE(router.Find("PUT", "/projects/p/tables/t", {}).path_known);
  EXPECT_FALSE(router.Find("GET", "/projects/p/volumes/t", {}).path_known);
}

TEST(CallTest, FindsBareKeysAndTheSchemaOfTheQuery) {
  FakeExchange exchange("GET", "/projects/P/tables/T?downloads&uploads=1&curr_schema=S");
  Call call{.exchange = exchange,
            .request_id = {},
            .operation = {},
            .access_key_id = {},
            .params = {{"project", "P"}, {"table", "T"}}};
  EXPECT_TRUE(call.Has("downloads"));
  EXPECT_TRUE(call.Has("uploads"));
  EXPECT_FALSE(call.Has("data"));
  EXPECT_EQ(call.Query("downloads"), "");
  EXPECT_EQ(call.Table(), (TableKey{.project = "p", .schema = "s", .name = "t"}));
}

TEST(TableKeyTest, TakesTheDefaultSchemaForNone) {
  EXPECT_EQ(MakeTableKey("p", "Default", "t"), MakeTableKey("P", "", "T"));
}

}  // namespace
}  // namespace culvert::emulator
