// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/internal/spec_reader.h"
#include "tests/unit/libs/syncjob/manifest_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

// Feature: all other fields
TEST(SyncJobReaderTest, DefaultsAreThoseOfThePage) {
  const Result<SyncJobSpec> spec = SpecOf(AJob(kSource, kTarget));
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  SyncJobSpec expected;
  expected.source = MaxComputeSource{.data_source = "a",
                                     .table = "t",
                                     .partition = {},
                                     .column = {"*"},
                                     .where = "",
                                     .enable_where = false,
                                     .success_on_no_partition = false,
                                     .codec = "identity"};
  expected.target = MaxComputeTarget{.data_source = "b",
                                     .table = "u",
                                     .partition = "",
                                     .partition_from_source = false,
                                     .column = {"*"},
                                     .truncate = true,
                                     .consistency_commit = false,
                                     .empty_as_null = false,
                                     .codec = "identity"};
  EXPECT_EQ(*spec, expected);
  EXPECT_EQ(spec->threads, 4);
  EXPECT_EQ(spec->speed.concurrent, 1);
  EXPECT_EQ(spec->verify, Verify::kCount);
}

TEST(SyncJobReaderTest, EveryFieldIsRead) {
  const Result<Manifest> manifest = Parse(AJob(
      SourceWith("partition: ['m=*', 'm=1?'], successOnNoPartition: true, isCompress: true"),
      TargetWith("partition: 'm=1', consistencyCommit: true, emptyAsNull: true, codec: zstd"),
      "  setting: {errorLimit: {record: 5}, speed: {throttle: true, mbps: '12.5', concurrent: 8}, "
      "verify: ContentHash}\n"
      "  runner: {threads: 2, resources: {limits: {cpu: 2, memory: 1Gi}}, nodeSelector: {a: b}, "
      "tolerations: [{key: x}], affinity: {}, priorityClassName: p, labels: {a: b}, annotations: "
      "{}, "
      "imagePullSecrets: [{name: q}]}\n"
      "  suspend: true\n  ttlSecondsAfterFinished: 60\n  activeDeadlineSeconds: 600\n"
      "  credentialTimeoutSeconds: 7\n  runNonce: 'n1'\n"));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  const SyncJobSpec& spec = manifest->jobs[0].spec;
  const auto& source = std::get<MaxComputeSource>(spec.source);
  EXPECT_EQ(source.partition, (std::vector<std::string>{"m=*", "m=1?"}));
  EXPECT_TRUE(source.success_on_no_partition);
  EXPECT_EQ(source.codec, "deflate");
  const auto& target = std::get<MaxComputeTarget>(spec.target);
  EXPECT_EQ(target.partition, "m=1");
  EXPECT_TRUE(target.consistency_commit);
  EXPECT_TRUE(target.empty_as_null);
  EXPECT_EQ(target.codec, "zstd");
  EXPECT_EQ(spec.error_limit_record, 5u);
  EXPECT_TRUE(spec.speed.throttle);
  EXPECT_EQ(spec.speed.mbps, 12.5);
  EXPECT_EQ(spec.speed.concurrent, 8);
  EXPECT_EQ(spec.verify, Verify::kContentHash);
  EXPECT_EQ(spec.threads, 2);
  EXPECT_TRUE(spec.suspend);
  EXPECT_EQ(manifest->jobs[0].ttl_seconds_after_finished, 60);
  EXPECT_EQ(manifest->jobs[0].active_deadline_seconds, 600);
  EXPECT_EQ(manifest->jobs[0].credential_timeout_seconds, 7);
  EXPECT_EQ(manifest->jobs[0].run_nonce, "n1");
  EXPECT_TRUE(manifest->warnings.empty());
}

// Feature: errorLimit.record
TEST(SyncJobReaderTest, NumbersMayBeTextWhereTheScriptsWriteThemSo) {
  const auto spec = SpecOf(AJob(kSource, kTarget,
                                "  setting: {errorLimit: {record: \"100\"}, "
                                "speed: {throttle: true, mbps: \"40\"}}"));
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_EQ(spec->error_limit_record, 100u);
  EXPECT_EQ(spec->speed.mbps, 40);
  const auto empty = SpecOf(AJob(kSource, kTarget, "  setting: {errorLimit: {record: \"\"}}"));
  EXPECT_EQ(empty->error_limit_record, 0u);
}

TEST(SyncJobReaderTest, AShareOfDirtyRowsIsReadExactly) {
  const auto share = [](std::string_view limit) {
    const auto spec =
        SpecOf(AJob(kSource, kTarget, "  setting: {errorLimit: {" + std::string(limit) + "}}"));
    EXPECT_TRUE(spec.has_value()) << limit << ": " << spec.error().message;
    return spec ? spec->error_limit_share : 0;
  };
  EXPECT_EQ(share("percentage: '0.29'"), 290'000'000u);
  EXPECT_EQ(share("percentage: '0.000000001'"), 1u);
  EXPECT_EQ(share("percentage: 1"), kWholeShare);
  EXPECT_EQ(share("percentage: '1.0'"), kWholeShare);
  EXPECT_EQ(share("percentage: 0"), 0u);
  EXPECT_EQ(share("percentage: ''"), 0u);
  EXPECT_EQ(share("percentage: '0.5', record: 0"), 0u);  // record wins
  for (const std::string_view wrong :
       {"'1.000000001'", "2", "'0.0000000001'", "'-0.1'", "'1e-1'", "'.5'", "'00.5'"}) {
    EXPECT_THAT(ErrorOf(AJob(kSource, kTarget,
                             "  setting: {errorLimit: {percentage: " + std::string(wrong) + "}}")),
                HasSubstr("percentage: "))
        << wrong;
  }
}

TEST(SyncJobReaderTest, EitherLimitOfSpeedIsEnough) {
  const auto spec = SpecOf(
      AJob(kSource, kTarget, "  setting: {speed: {throttle: true, recordsPerSecond: '2500.5'}}"));
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_EQ(spec->speed.records_per_second, 2500.5);
  EXPECT_EQ(spec->speed.mbps, 0);
  const auto both = SpecOf(AJob(
      kSource, kTarget, "  setting: {speed: {throttle: true, mbps: 3, recordsPerSecond: 10}}"));
  ASSERT_TRUE(both.has_value()) << both.error().message;
  EXPECT_EQ(both->speed, (Speed{.throttle = true, .mbps = 3, .records_per_second = 10}));
}

TEST(SyncJobReaderTest, PartitionsAreAListOrNothing) {
  const auto partition = [](std::string_view more) {
    const auto spec = SpecOf(AJob(SourceWith(more), kTarget));
    EXPECT_TRUE(spec.has_value()) << spec.error().message;
    return std::get<MaxComputeSource>(spec->source).partition;
  };
  EXPECT_EQ(partition("partition: ['a=1']"), (std::vector<std::string>{"a=1"}));
  EXPECT_TRUE(partition("partition: []").empty());
  EXPECT_TRUE(partition("partition: null").empty());
  EXPECT_EQ(ErrorOf(AJob(kSource, TargetWith("partition: ''"))), "no error");
  EXPECT_THAT(ErrorOf(AJob(SourceWith("partition: 'a=1'"), kTarget)),
              HasSubstr("partition: must be a list of strings, not a single value"));
  EXPECT_THAT(ErrorOf(AJob(kSource, TargetWith("partition: ['a=1']"))),
              HasSubstr("partition: must be a string, not a list"));
}

TEST(SyncJobReaderTest, PartitionFiltersAreCheckedAsTheyAreRead) {
  const auto filter = [](const std::string& text) {
    return ErrorOf(AJob(SourceWith("partition: ['m=1', \"" + text + "\"]"), kTarget));
  };
  EXPECT_EQ(filter("/*query*/ m > 1 and m not in (3, 4)"), "no error");
  EXPECT_THAT(filter("/*query*/ m > "),
              HasSubstr("partition: /*query*/ filter, column 15: expected a value, found the end"));
  EXPECT_THAT(filter("/*hint*/ m > 1"), HasSubstr("a filter begins with /*query*/"));
}

// What a cluster would refuse: there a field is text or a whole number, never a fraction.
TEST(SyncJobReaderTest, FractionsAndBooleansAreWrittenInQuotes) {
  const auto speed = [](std::string_view mbps) {
    return ErrorOf(AJob(kSource, kTarget,
                        "  setting: {speed: {throttle: true, mbps: " + std::string(mbps) + "}}"));
  };
  EXPECT_THAT(speed("12.5"), HasSubstr("mbps: must be a string: write \"12.5\" in quotes"));
  EXPECT_EQ(speed("'12.5'"), "no error");
  const auto value = [](std::string_view text) {
    return ErrorOf(AJob(
        "{stream: {count: 1, column: [{name: a, type: double, value: " + std::string(text) + "}]}}",
        kTarget));
  };
  EXPECT_THAT(value("1.5"), HasSubstr("value: must be a string: write \"1.5\" in quotes"));
  EXPECT_THAT(value("true"), HasSubstr("value: must be a string: write \"true\" in quotes"));
  EXPECT_THAT(value("007"), HasSubstr("in quotes"));
  EXPECT_EQ(value("'1.5'"), "no error");
  EXPECT_EQ(value("-7"), "no error");
  EXPECT_THAT(ErrorOf(AJob(kSource, kTarget, "  runner: {resources: {limits: {cpu: 0.5}}}")),
              HasSubstr("must be a quantity"));
}

// Feature: isCompress
// Feature: compress
TEST(SyncJobReaderTest, BothNamesOfCompressionAreTakenOnBothSides) {
  for (const std::string_view field : {"isCompress: true", "compress: true", "codec: deflate",
                                       "isCompress: true, compress: true, codec: deflate"}) {
    const auto spec = SpecOf(AJob(SourceWith(field), TargetWith(field)));
    ASSERT_TRUE(spec.has_value()) << spec.error().message;
    EXPECT_EQ(std::get<MaxComputeSource>(spec->source).codec, "deflate") << field;
    EXPECT_EQ(std::get<MaxComputeTarget>(spec->target).codec, "deflate") << field;
  }
}

/// Each of these is refused; the text is part of the message.
TEST(SyncJobReaderTest, WrongSpecsAreRefused) {
  struct Case {
    std::string source;
    std::string target;
    std::string more;
    std::string_view message;
  };
  const std::string source(kSource);
  const std::string target(kTarget);
  const Case cases[] = {
      {"{}", target, "", "spec.source: needs exactly one of maxCompute, stream"},
      {"{stream: {}, maxCompute: {}}", target, "", "spec.source: needs exactly one of"},
      {source, "{}", "", "spec.target: needs exactly one of"},
      {source, "[]", "", "spec.target: must be a mapping, not a list"},
      {"{maxCompute: {table: t, column: ['*']}}", target, "", "dataSourceRef: required"},
      {"{maxCompute: {dataSourceRef: {}, table: t, column: ['*']}}", target, "",
       "dataSourceRef.name: required"},
      {"{maxCompute: {dataSourceRef: {name: a}, column: ['*']}}", target, "", "table: required"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: [t], column: ['*']}}", target, "",
       "table: must be a string, not a list"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: p.t, column: ['*']}}", target, "",
       "table: one table name"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: '" + std::string(129, 'x') +
           "', column: ['*']}}",
       target, "", "table: longer than 128 bytes"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: t}}", target, "", "column: required"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: t, column: []}}", target, "",
       "column: required"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: t, column: '*'}}", target, "",
       "column: must be a list of strings"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: t, column: ['*', b]}}", target, "",
       "column: \"*\" stands alone"},
      {"{maxCompute: {dataSourceRef: {name: a}, table: t, column: [1]}}", target, "",
       "column[0]: must be a string: write \"1\" in quotes"},
      {SourceWith("isCompress: true, compress: false"), target, "", "contradicts isCompress"},
      {SourceWith("isCompress: false, codec: zstd"), target, "", "contradicts isCompress"},
      {SourceWith("codec: gzip"), target, "", "codec: one of identity, deflate"},
      {SourceWith("isCompress: yes"), target, "", "isCompress: must be true or false"},
      {SourceWith("isCompress: 'true'"), target, "", "isCompress: must be true or false"},
      {SourceWith("successOnNoPartition: 1"), target, "", "must be true or false"},
      {source, "{maxCompute: {dataSourceRef: {name: b}, table: u, column: ['*']}}", "",
       "truncate: required, true or false"},
      {source, TargetWith("partition: [a=1, b=2]"), "", "partition: must be a string, not a list"},
      {source, TargetWith("partition: 'a=*'"), "", "partition: one partition without wildcards"},
      {source, TargetWith("partition: a=1, partitionFromSource: true"), "",
       "partition: excluded by partitionFromSource"},
      {"{stream: {count: 1, column: [{name: a, type: bigint, value: 1}]}}",
       TargetWith("partitionFromSource: true"), "",
       "partitionFromSource needs a maxCompute source"},
      {source, target, "  setting: {dirtySink: {}}", "dirtySink: needs exactly one of file, maxC"},
      {source, target, "  setting: {dirtySink: {maxCompute: {}}}", "maxCompute.table: required"},
      {source, target, "  setting: {dirtySink: {maxCompute: {table: a.b}}}", "one table name of"},
      {source, "{stream: {}}", "  setting: {dirtySink: {maxCompute: {table: d}}}",
       "table: is in the target's project: needs a maxCompute target"},
      {source, target, "  setting: {dirtySink: {maxCompute: {table: U}}}",
       "is the target's own table"},
      {source, target, "  setting: {speed: {concurrent: 0}}", "concurrent: must be from 1 to 1000"},
      {source, target, "  setting: {speed: {concurrent: 1000000}}", "must be from 1 to 1000"},
      {source, target, "  setting: {speed: {concurrent: '4'}}", "must be a whole number"},
      {source, target, "  setting: {speed: {concurrent: 1.5}}", "must be a whole number"},
      {source, target, "  setting: {speed: {concurrent: 010}}", "must be a whole number"},
      {source, target, "  setting: {speed: {throttle: true}}", "mbps: required by throttle: true"},
      {source, target, "  setting: {speed: {throttle: true, mbps: 0}}", "mbps: must be above 0"},
      {source, target, "  setting: {speed: {throttle: true, mbps: 1000001}}",
       "mbps: must be above 0"},
      {source, target, "  setting: {speed: {throttle: true, mbps: 1e9}}",
       "mbps: must be a decimal"},
      {source, target, "  setting: {speed: {throttle: true, mbps: -1}}", "mbps: must be above 0"},
      {source, target, "  setting: {speed: {throttle: true, recordsPerSecond: 0}}",
       "recordsPerSecond: must be above 0"},
      {source, target, "  setting: {speed: {throttle: true, recordsPerSecond: 1000000001}}",
       "recordsPerSecond: must be above 0"},
      {source, target, "  setting: {errorLimit: {record: -1}}", "record: must be a whole number"},
      {source, target, "  setting: {errorLimit: {record: '1.5'}}",
       "record: must be a whole number"},
      {source, target, "  setting: {errorLimit: {record: ten}}",
       "record: must be a decimal number"},
      {source, target, "  setting: {verify: count}", "verify: one of None, Count, ContentHash"},
      {source, target, "  runner: {threads: 65}", "threads: must be from 1 to 64"},
      {source, target, "  runner: {logLevel: DEBUG}", "logLevel: one of debug, info, warn, error"},
      {source, target, "  runner: {resources: {limits: {cpu: INVALID}}}", "must be a quantity"},
      {source, target, "  runner: {resources: {limit: {cpu: 1}}}", "did you mean 'limits'?"},
      {source, target, "  runner: {tolerations: {}}", "tolerations: must be a list"},
      {source, target, "  runner: {nodeSelector: {a: true}}", "nodeSelector.a: must be a string"},
      {source, target, "  suspend: 'no'", "suspend: must be true or false"},
      {source, target, "  ttlSecondsAfterFinished: -1", "must be from 0"},
      {source, target, "  podTemplate: {}", "spec.podTemplate: unknown field"},
  };
  for (const Case& c : cases) {
    const std::string message = ErrorOf(AJob(c.source, c.target, c.more));
    EXPECT_THAT(message, HasSubstr(c.message)) << c.source << c.target << c.more;
    EXPECT_THAT(message, testing::StartsWith("f.yaml:")) << c.message;
  }
}

TEST(SyncJobReaderTest, WhatIsNotBuiltYetIsSaidSo) {
  const std::string source(kSource);
  const std::string target(kTarget);
  const std::tuple<std::string, std::string, std::string, std::string_view> cases[] = {
      {"{kafka: {topic: x}}", target, "", "kafka: not supported"},
  };
  for (const auto& [s, t, more, message] : cases) {
    const Result<Manifest> manifest = Parse(AJob(s, t, more));
    ASSERT_FALSE(manifest.has_value()) << message;
    EXPECT_THAT(manifest.error().message, HasSubstr(message));
    EXPECT_EQ(manifest.error().code, ErrorCode::kUnimplemented) << message;
    EXPECT_EQ(manifest.error().reason, "Unsupported") << message;
  }
  // Their neutral values ask for nothing.
  EXPECT_EQ(
      ErrorOf(AJob(SourceWith("enableWhere: false, preSql: []"), kTarget, "  transformers: []")),
      "no error");
}

// Feature: values of transformers
TEST(SyncJobReaderTest, ReadsTransformersInOrder) {
  const Result<Manifest> manifest = Parse(AJob(kSource, kTarget, R"(  transformers:
    - {name: dx_filter, columnIndex: 1, paras: ["not like", "a.*"]}
    - {name: dx_replace, columnIndex: 0, paras: ["0", "2", ""]})"));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  EXPECT_THAT(manifest->jobs[0].spec.transformers,
              testing::ElementsAre(Transformer{"dx_filter", 1, {"not like", "a.*"}},
                                   Transformer{"dx_replace", 0, {"0", "2", ""}}));
}

// Feature: values of transformers
TEST(SyncJobReaderTest, RefusesTransformersThatAreNone) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{name: dx_filter, columnIndex: 1}", "paras: required"},
      {"{name: dx_filter, paras: [\"<\", \"0\"]}", "columnIndex: required"},
      {"{columnIndex: 0, paras: [\"<\", \"0\"]}", "name: required"},
      {"{name: dx_groovy, columnIndex: 0, paras: [\"<\", \"0\"]}", "code is not run"},
      {"{name: dx_filter, columnIndex: 1200, paras: [\"<\", \"0\"]}", "must be from 0 to 1199"},
      {"{name: dx_filter, columnIndex: 0, paras: [\"<\"]}", "must be 2 texts for dx_filter"},
      {"{name: dx_filter, columnIndex: 0, paras: [\"<>\", \"0\"]}",
       "paras[0]: must be one of like"},
      {"{name: dx_filter, columnIndex: 0, paras: [\"like\", \"(a\"]}",
       "paras[1]: must be a regular"},
      {"{name: dx_pad, columnIndex: 0, paras: [\"c\", \"1\", \"0\"]}", "paras[0]: must be l or r"},
      {"{name: dx_pad, columnIndex: 0, paras: [l, \"8388609\", \"0\"]}", "at most 8388608"},
      {"{name: dx_pad, columnIndex: 0, paras: [l, \"8\", \"\"]}", "paras[2]: must be text"},
      {"{name: dx_substr, columnIndex: 0, paras: [\"-1\", \"2\"]}", "paras[0]: must be a whole"},
      {"{name: dx_digest, columnIndex: 0, paras: [sha256, toLowerCase]}", "md5 or sha1"},
      {"{name: dx_digest, columnIndex: 0, paras: [md5, lower]}", "toUpperCase or toLowerCase"},
  };
  for (const auto& [text, message] : cases) {
    const std::string error = ErrorOf(AJob(kSource, kTarget, "  transformers: [" + text + "]"));
    EXPECT_THAT(error, HasSubstr(message)) << text;
    EXPECT_THAT(error, HasSubstr("transformers[0]")) << text;
  }
  EXPECT_THAT(ErrorOf(AJob(kSource, kTarget, "  transformers: {}")), HasSubstr("must be a list"));
  std::string many;
  for (int i = 0; i < 17; ++i) {
    many += "{name: dx_substr, columnIndex: 0, paras: [\"0\", \"1\"]}, ";
  }
  EXPECT_THAT(ErrorOf(AJob(kSource, kTarget, "  transformers: [" + many + "]")),
              HasSubstr("more than 16"));
}

// Feature: values of preSql, postSql
TEST(SyncJobReaderTest, ReadsAFilterAndStatements) {
  const Result<SyncJobSpec> spec = SpecOf(AJob(
      SourceWith("enableWhere: true, where: \"a > 1\\n and b = ';'\", preSql: ['delete from x;'], "
                 "postSql: [select 1, select 2]"),
      TargetWith("preSql: [select 3], postSql: [select 4]")));
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  const auto& source = std::get<MaxComputeSource>(spec->source);
  EXPECT_TRUE(source.enable_where);
  EXPECT_EQ(source.where, "a > 1\n and b = ';'");
  EXPECT_EQ(source.pre_sql, std::vector<std::string>{"delete from x;"});
  EXPECT_EQ(source.post_sql, (std::vector<std::string>{"select 1", "select 2"}));
  const auto& target = std::get<MaxComputeTarget>(spec->target);
  EXPECT_EQ(target.pre_sql, std::vector<std::string>{"select 3"});
  EXPECT_EQ(target.post_sql, std::vector<std::string>{"select 4"});
}

// Feature: Functions in column
// Feature: enableWhere default false
// Feature: values of where
TEST(SyncJobReaderTest, SqlThatIsNotWholeIsRefused) {
  const auto column = [](const std::string& list, const std::string& rest) {
    return "{maxCompute: {dataSourceRef: {name: a}, table: t, column: [" + list + "]" + rest + "}}";
  };
  const std::string seventeen = "preSql: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]";
  const std::tuple<std::string, std::string, std::string_view> cases[] = {
      {SourceWith("enableWhere: true"), std::string(kTarget),
       "maxCompute.where: required by enableWhere: true"},
      {SourceWith("enableWhere: true, where: ' '"), std::string(kTarget), "where: required"},
      {SourceWith("enableWhere: true, where: '1=1) or (1=1'"), std::string(kTarget),
       "where: sql, byte 4: a bracket that closes nothing"},
      {SourceWith("enableWhere: true, where: '1=1; drop table x'"), std::string(kTarget),
       "where: sql, byte 4: a semicolon"},
      {column("'upper(x)'", ""), std::string(kTarget),
       "column: 'upper(x)': functions in column need enableWhere: true and a non-empty where"},
      {column("'upper(x)'", ", where: 'x > 1'"), std::string(kTarget),
       "functions in column need enableWhere: true and a non-empty where"},
      {column("'upper(x', z", ", enableWhere: true, where: 'x > 1'"), std::string(kTarget),
       "column: 'upper(x': sql, byte 8: a bracket that is not closed"},
      {std::string(kSource), TargetWith("preSql: [delete from t; delete from u]"),
       "preSql: sql, byte 16: a second statement"},
      {std::string(kSource), TargetWith("postSql: ['']"), "postSql[0]: must not be empty"},
      {std::string(kSource), TargetWith("postSql: [';']"), "postSql: sql, byte 1: nothing"},
      {std::string(kSource), TargetWith(seventeen), "preSql: more than 16 statements"},
      {std::string(kSource), TargetWith("postSql: ['select ${x}']"), "'${x}' is a placeholder"},
  };
  for (const auto& [source, target, message] : cases) {
    EXPECT_THAT(ErrorOf(AJob(source, target)), HasSubstr(message)) << source << target;
  }
  // A bracket in a constant is text.
  EXPECT_EQ(ErrorOf(AJob(column("\"'a(b'\"", ""), kTarget)), "no error");
}

// Feature: enableWhere default false
// Feature: speed.throttle and mbps
TEST(SyncJobReaderTest, FieldsWithoutEffectAreWarnings) {
  const Result<Manifest> manifest =
      Parse(AJob(SourceWith("where: a > 1"), kTarget, "  setting: {speed: {mbps: 5}}"));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
  ASSERT_EQ(manifest->warnings.size(), 2u);
  EXPECT_THAT(manifest->warnings[0], HasSubstr("where: has no effect without enableWhere: true"));
  EXPECT_THAT(manifest->warnings[1], HasSubstr("mbps: has no effect without throttle: true"));
}

std::string StreamWith(std::string_view column) {
  return AJob("{stream: {count: 3, column: [" + std::string(column) + "]}}",
              "{stream: {print: true}}");
}

TEST(SyncJobReaderTest, StreamColumnsAreRead) {
  const auto spec = SpecOf(StreamWith(
      "{name: a, type: bigint, increasing: {from: 5}}, {name: b, type: string, value: 'x'}, "
      "{name: c, type: date, random: {min: 0, max: 9}}, {name: d, type: bigint, increasing: {}}, "
      "{name: e, type: bigint, value: 7}"));
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  const auto& source = std::get<StreamSource>(spec->source);
  EXPECT_EQ(source.count, 3u);
  ASSERT_EQ(source.column.size(), 5u);
  EXPECT_EQ(source.column[0].increasing_from, 5);
  EXPECT_EQ(source.column[1].constant, "x");
  EXPECT_EQ(source.column[2].random, (StreamColumn::Random{.min = 0, .max = 9}));
  EXPECT_EQ(source.column[3].increasing_from, 0);
  EXPECT_EQ(source.column[4].constant, "7");
  EXPECT_TRUE(std::get<StreamTarget>(spec->target).print);
}

TEST(SyncJobReaderTest, WrongStreamColumnsAreRefused) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "column: required"},
      {"{type: bigint, value: 1}", "column[0].name: required"},
      {"{name: a, value: 1}", "column[0].type: required"},
      {"{name: a, type: bigin, value: 1}", "column[0].type: "},
      {"{name: a, type: bigint}", "column[0]: needs exactly one of value, increasing, random"},
      {"{name: a, type: bigint, value: 1, random: {min: 0, max: 1}}", "needs exactly one of"},
      {"{name: a, type: bigint, random: {min: 0}}", "random.max: required"},
      {"{name: a, type: bigint, random: {min: 2, max: 1}}", "random.min: above max"},
      {"{name: a, type: tinyint, random: {min: 0, max: 128}}", "must be from -128 to 127"},
      {"{name: a, type: varchar(3), random: {min: 0, max: 4}}", "must be from 0 to 3"},
      {"{name: a, type: boolean, increasing: {from: 1}}", "cannot be used with type boolean"},
      {"{name: a, type: tinyint, increasing: {from: 126}}", "3 rows from 126 on go beyond type"},
      {"{name: a, type: array<bigint>, random: {min: 0, max: 1}}", "cannot be used with type"},
      {"{name: a, type: bigint, value: 1}, {name: A, type: bigint, value: 1}", "is given twice"},
  };
  for (const auto& [column, message] : cases) {
    EXPECT_THAT(ErrorOf(StreamWith(column)), HasSubstr(message)) << column;
  }
}

TEST(SyncJobReaderTest, CreatePolicySaysWhatBecomesOfAMissingTable) {
  const auto target = [](std::string_view more) {
    const auto spec = SpecOf(AJob(kSource, TargetWith(more)));
    EXPECT_TRUE(spec.has_value()) << more;
    return spec ? std::get<MaxComputeTarget>(spec->target) : MaxComputeTarget{};
  };
  EXPECT_EQ(target("createPolicy: Never").create_policy, CreatePolicy::kNever);
  EXPECT_EQ(target("createPolicy: ''").create_policy, CreatePolicy::kNever);
  EXPECT_EQ(target("createPolicy: IfNotExists").create_policy, CreatePolicy::kIfNotExists);
  EXPECT_EQ(target("createPolicy: IfNotExists").lifecycle_days, 30);
  EXPECT_EQ(target("createPolicy: IfNotExists, lifecycleDays: 37231").lifecycle_days, 37'231);
  EXPECT_THAT(ErrorOf(AJob(kSource, TargetWith("createPolicy: IfMissing"))),
              HasSubstr("createPolicy: one of Never, IfNotExists"));
  for (const char* days : {"lifecycleDays: 0", "lifecycleDays: 37232", "lifecycleDays: x"}) {
    EXPECT_THAT(ErrorOf(AJob(kSource, TargetWith(days))), HasSubstr("lifecycleDays")) << days;
  }
  const auto idle = Parse(AJob(kSource, TargetWith("lifecycleDays: 7")));
  ASSERT_TRUE(idle.has_value());
  EXPECT_THAT(idle->warnings.back(), HasSubstr("has no effect without createPolicy: IfNotExists"));
}

}  // namespace
}  // namespace culvert::syncjob
