// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/json_tree.h"

#include "libs/base/json.h"
#include "libs/syncjob/manifest.h"
#include "libs/syncjob/sync_schedule.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace culvert::syncjob::internal {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers
using nlohmann::json;

/// Equal but for the places.
bool SameTree(const YamlNode& a, const YamlNode& b) {
  if (a.kind != b.kind || a.text != b.text || a.quoted != b.quoted || a.weight != b.weight ||
      a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!SameTree(*a.items[i], *b.items[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    if (!SameTree(*a.entries[i].first, *b.entries[i].first)) return false;
    if (!SameTree(*a.entries[i].second, *b.entries[i].second)) return false;
  }
  return true;
}

std::string RandomText(std::mt19937_64& random) {
  static constexpr std::string_view kPieces[] = {"a",  "no", "~",    "null", "1e3", "\"", "\\",
                                                 "\n", "\t", ": ",   "- ",   "#",   "{",  "]",
                                                 "é",  "漢", "\x01", "%",    "@",   "'",  " "};
  std::string text;
  for (std::size_t left = random() % 6; left > 0; --left) {
    text += kPieces[random() % std::size(kPieces)];
  }
  return text;
}

json RandomJson(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random());
    case 3:
      return random();
    case 4:
      return static_cast<double>(random() % 1000) / 8 * (random() % 2 == 0 ? 1e30 : 1);
    case 5:
      return RandomText(random);
    case 6: {
      json list = json::array();
      for (std::size_t left = random() % 4; left > 0; --left) {
        list.push_back(RandomJson(random, depth - 1));
      }
      return list;
    }
    default: {
      json object = json::object();
      for (std::size_t left = random() % 4; left > 0; --left) {
        object["k" + RandomText(random)] = RandomJson(random, depth - 1);
      }
      return object;
    }
  }
}

TEST(JsonTreeTest, IsWhatTheTextGivesAsYaml) {
  const std::uint64_t seed = 20261128;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const json value = {{"root", RandomJson(random, 4)}};
    const auto documents = ParseYaml(DumpJson(value), "f");
    ASSERT_THAT(documents, IsOk()) << value;
    ASSERT_EQ(documents->size(), 1u);
    EXPECT_TRUE(SameTree(*TreeOfJson(value), *documents->front())) << value;
  }
}

TEST(JsonTreeTest, AManifestIsReadAsFromItsText) {
  const std::string text =
      R"({"apiVersion":"culvert.dev/v1alpha1","kind":"SyncJob","metadata":{"name":"a"},"spec":{)"
      R"("source":{"stream":{"count":5,"column":[{"name":"a","type":"bigint","value":"7"}]}},)"
      R"("target":{"maxCompute":{"dataSourceRef":{"name":"w"},"table":"t","column":["*"],)"
      R"("truncate":false}}}})";
  const auto object = ParseJson(text);
  ASSERT_THAT(object, IsOk());
  Manifest from_text;
  ASSERT_THAT(ParseManifest(text, "object", from_text), IsOk());
  Manifest from_object;
  ASSERT_THAT(ReadManifest(*object, "object", from_object), IsOk());
  ASSERT_EQ(from_object.jobs.size(), 1u);
  EXPECT_EQ(from_object.jobs[0].name, from_text.jobs.at(0).name);
  EXPECT_EQ(from_object.jobs[0].spec, from_text.jobs.at(0).spec);

  json wrong = *object;
  wrong["spec"]["target"]["maxCompute"]["tabel"] = "t";
  Manifest other;
  const Status refused = ReadManifest(wrong, "object", other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "object:1:1: spec.target.maxCompute.tabel: unknown field, did you mean 'table'?");
}

TEST(JsonTreeTest, AScheduleIsReadAsFromItsText) {
  const std::string text =
      R"({"apiVersion":"culvert.dev/v1alpha1","kind":"SyncSchedule","metadata":{"name":"a"},"spec":{)"
      R"("schedule":"10 0 * * *","jobTemplate":{"spec":{}}}})";
  const auto object = ParseJson(text);
  ASSERT_THAT(object, IsOk());
  const auto from_text = ParseSyncSchedule(text, "object");
  const auto from_object = ReadSyncSchedule(*object, "object");
  ASSERT_THAT(from_text, IsOk());
  ASSERT_THAT(from_object, IsOk());
  EXPECT_EQ(*from_object, *from_text);
}

}  // namespace
}  // namespace culvert::syncjob::internal
