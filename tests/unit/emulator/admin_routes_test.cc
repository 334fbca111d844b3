// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/admin_routes.h"

#include "tests/unit/emulator/emulator_fixture.h"

namespace culvert::emulator {
namespace {

class AdminRoutesTest : public EmulatorFixture {};

TEST_F(AdminRoutesTest, AddsListsAndClearsFaults) {
  const auto added = Send(
      "POST", "/_culvert/faults",
      R"({"match":{"operation":"download.create","nth":2},"action":{"kind":"status","status":503}})");
  ASSERT_EQ(added.status, 200) << added.body;
  EXPECT_EQ(Json(added)["id"], 1);
  EXPECT_EQ(Send("POST", "/projects/p/tables/t?downloads").status, 200);
  EXPECT_EQ(Send("POST", "/projects/p/tables/t?downloads").status, 503);
  EXPECT_EQ(Json(Send("GET", "/_culvert/faults"))[0]["hits"], 1);
  EXPECT_EQ(Send("DELETE", "/_culvert/faults/1").status, 200);
  EXPECT_EQ(Send("DELETE", "/_culvert/faults/1").status, 404);
  EXPECT_EQ(Send("DELETE", "/_culvert/faults").status, 200);
  EXPECT_TRUE(Json(Send("GET", "/_culvert/faults")).empty());
  EXPECT_EQ(Send("POST", "/_culvert/faults", "{").status, 400);
}

TEST_F(AdminRoutesTest, TurnsKeysWithoutShowingSecrets) {
  ASSERT_EQ(Send("POST", "/_culvert/keys", R"({"key":"AKID:top-secret"})").status, 200);
  ASSERT_EQ(Send("POST", "/_culvert/keys/AKID/expire", R"({"in_seconds":60})").status, 200);
  auto listed = Send("GET", "/_culvert/keys");
  EXPECT_EQ(listed.body.find("top-secret"), std::string::npos);
  EXPECT_EQ(Json(listed)[0]["expiry"], "2026-01-02T03:05:05Z");
  ASSERT_EQ(Send("POST", "/_culvert/keys/AKID/revoke").status, 200);
  EXPECT_EQ(Json(Send("GET", "/_culvert/keys"))[0]["revoked"], true);
  EXPECT_EQ(Send("POST", "/_culvert/keys/NONE/revoke").status, 404);
  EXPECT_EQ(Send("POST", "/_culvert/keys", R"({"key":"x"})").status, 400);
}

TEST_F(AdminRoutesTest, MovesTheClock) {
  const std::string session = OpenUpload();
  EXPECT_EQ(Json(Send("POST", "/_culvert/clock", R"({"advance_seconds":86400})"))["now"],
            "2026-01-03T03:04:05.000Z");
  EXPECT_EQ(Json(Send("GET", "/projects/p/tables/t?uploadid=" + session))["Status"], "expired");
  EXPECT_EQ(Json(Send("POST", "/_culvert/clock", R"({"set":"2030-01-01T00:00:00Z"})"))["now"],
            "2030-01-01T00:00:00.000Z");
  EXPECT_EQ(Send("POST", "/_culvert/clock", "{}").status, 400);
}

TEST_F(AdminRoutesTest, ShowsEventsAndLimits) {
  OpenUpload();
  const std::string all = Send("GET", "/_culvert/events").body;
  EXPECT_NE(all.find("\"event\":\"session.open\""), std::string::npos) << all;
  EXPECT_EQ(Send("GET", "/_culvert/events?after=1000").body, "");
  EXPECT_EQ(Json(Send("GET", "/_culvert/limits"))["blocks_per_session"], 20000);
}

TEST_F(AdminRoutesTest, PutsSessionsIntoStates) {
  const std::string upload = OpenUpload();
  const std::string download = OpenDownload();
  ASSERT_EQ(Send("POST", "/_culvert/sessions/" + upload, R"({"state":"critical"})").status, 200);
  ASSERT_EQ(Send("POST", "/_culvert/sessions/" + download, R"({"state":"expired"})").status, 200);
  EXPECT_EQ(Json(Send("GET", "/projects/p/tables/t?uploadid=" + upload))["Status"], "critical");
  EXPECT_EQ(Json(Send("GET", "/projects/p/tables/t?downloadid=" + download))["Status"], "expired");
  EXPECT_EQ(Send("POST", "/_culvert/sessions/" + upload, R"({"state":"asleep"})").status, 400);
  EXPECT_EQ(Send("POST", "/_culvert/sessions/none", R"({"state":"closed"})").status, 404);
}

TEST_F(AdminRoutesTest, SetsPropertiesOfProjects) {
  ASSERT_EQ(Send("POST", "/_culvert/projects/P/properties", R"({"name":"a.b","value":"c"})").status,
            200);
  const std::string project = Send("GET", "/projects/p").body;
  EXPECT_NE(project.find("<Name>a.b</Name><Value>c</Value>"), std::string::npos) << project;
  EXPECT_EQ(Send("POST", "/_culvert/projects/q/properties", R"({"name":"a","value":"c"})").status,
            404);
  EXPECT_EQ(Send("POST", "/_culvert/projects/p/properties", R"({"name":"a"})").status, 400);
}

}  // namespace
}  // namespace culvert::emulator
