// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/project_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

ProjectFacts Project(const std::map<std::string, std::string>& properties) {
  return ProjectFacts::From("p", properties);
}

std::vector<TypedColumn> OneColumn(std::string_view type) {
  return {{.name = "c", .type = *record::Type::Parse(type)}};
}

TEST(ProjectRulesTest, ReadsTheSwitches) {
  const ProjectFacts silent = Project({{"odps.sql.timezone", "UTC"}});
  EXPECT_FALSE(silent.new_types.has_value());
  EXPECT_FALSE(silent.acid.has_value());
  const ProjectFacts set =
      Project({{"odps.sql.type.system.odps2", "TRUE"}, {"odps.sql.acid.table.enable", "false"}});
  EXPECT_EQ(set.new_types, true);
  EXPECT_EQ(set.acid, false);
}

// Feature: Types 2.0 needed for TIMESTAMP
TEST(ProjectRulesTest, ATimestampNeedsTypesTwo) {
  const ProjectFacts off = Project({{"odps.sql.type.system.odps2", "false"}});
  for (const char* type :
       {"timestamp", "timestamp_ntz", "array<timestamp>", "struct<a:int,b:map<int,timestamp>>"}) {
    const Status refused = CheckTimestamps(off, "source", OneColumn(type));
    ASSERT_FALSE(refused.has_value()) << type;
    EXPECT_EQ(refused.error().reason, "TypesNotEnabled");
    EXPECT_THAT(refused.error().message, HasSubstr("source column 'c' is a " + std::string(type)));
  }
  for (const char* type : {"bigint", "int", "datetime", "date", "varchar(3)"}) {
    EXPECT_TRUE(CheckTimestamps(off, "source", OneColumn(type)).has_value()) << type;
  }
  EXPECT_TRUE(CheckTimestamps(Project({}), "source", OneColumn("timestamp")).has_value());
  EXPECT_TRUE(CheckTimestamps(Project({{"odps.sql.type.system.odps2", "true"}}), "source",
                              OneColumn("timestamp"))
                  .has_value());
}

TEST(ProjectRulesTest, ANewTableOfAnOldProjectHasOldTypes) {
  const ProjectFacts off = Project({{"odps.sql.type.system.odps2", "false"}});
  for (const char* type : {"bigint", "double", "decimal", "string", "datetime", "boolean",
                           "array<string>", "map<bigint,double>", "struct<a:bigint>"}) {
    EXPECT_TRUE(CheckNewTable(off, OneColumn(type)).has_value()) << type;
  }
  for (const char* type : {"int", "tinyint", "smallint", "float", "decimal(10,2)", "varchar(3)",
                           "char(3)", "binary", "date", "timestamp", "json", "array<int>"}) {
    const Status refused = CheckNewTable(off, OneColumn(type));
    ASSERT_FALSE(refused.has_value()) << type;
    EXPECT_THAT(refused.error().message, HasSubstr("column 'c' of type " + std::string(type)));
    EXPECT_TRUE(CheckNewTable(Project({}), OneColumn(type)).has_value()) << type;
  }
}

// Feature: ACID must be enabled
TEST(ProjectRulesTest, ADeltaTableNeedsAcid) {
  const Status refused = CheckAcid(Project({{"odps.sql.acid.table.enable", "false"}}), "p.t");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "AcidNotEnabled");
  EXPECT_THAT(refused.error().message, HasSubstr("target p.t is a Delta table, but project p has"));
  EXPECT_TRUE(CheckAcid(Project({{"odps.sql.acid.table.enable", "true"}}), "p.t").has_value());
  EXPECT_TRUE(CheckAcid(Project({}), "p.t").has_value());
}

}  // namespace
}  // namespace culvert::syncjob
