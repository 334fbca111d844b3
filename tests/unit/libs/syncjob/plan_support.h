// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/plan.h"

namespace culvert::syncjob {

/// A small plan with every member set: two source partitions into one target, two shards.
inline Plan APlan() {
  Plan plan;
  plan.job = "default/flights-copy";
  plan.spec_hash = "00ff";
  plan.attempt = 2;
  plan.created = "2026-01-02T03:04:05Z";
  plan.seed = 18'446'744'073'709'551'615ull;
  plan.route = Route::kTyped;
  plan.spec.source = MaxComputeSource{.data_source = "a",
                                      .table = "flights",
                                      .partition = {"month=*"},
                                      .column = {"carrier", "'x'"},
                                      .where = "",
                                      .enable_where = false,
                                      .success_on_no_partition = true,
                                      .codec = "deflate"};
  plan.spec.target = MaxComputeTarget{.data_source = "b",
                                      .table = "copy",
                                      .partition = "load=1",
                                      .partition_from_source = false,
                                      .column = {"*"},
                                      .truncate = true,
                                      .consistency_commit = true,
                                      .empty_as_null = true,
                                      .codec = "zstd"};
  plan.spec.error_limit_record = 7;
  plan.spec.error_limit_share = 20'000'000;
  plan.spec.speed = {.throttle = true, .mbps = 12.5, .records_per_second = 4000, .concurrent = 8};
  plan.spec.verify = Verify::kContentHash;
  plan.spec.threads = 4;
  plan.source_data_source.name = "a";
  plan.source_data_source.endpoint = "https://a.example/api";
  plan.source_data_source.project = "sales";
  plan.target_data_source.name = "b";
  plan.target_data_source.project = "lake";
  plan.target_data_source.schema = "s";
  plan.source_tunnel_endpoint = "https://dt.a.example";
  plan.target_tunnel_endpoint = "https://dt.b.example";
  plan.read_columns = {"carrier"};
  plan.read_column_types = {"string"};
  plan.columns = {{.target = "carrier",
                   .target_type = "varchar(10)",
                   .target_nullable = false,
                   .from = ColumnPlan::From::kSource,
                   .source = "carrier",
                   .source_type = "string"},
                  {.target = "tag",
                   .target_type = "string",
                   .target_nullable = true,
                   .from = ColumnPlan::From::kConstant,
                   .source = "it's \"quoted\" \u00e9",
                   .source_type = ""}};
  plan.truncate_by_sql = false;
  plan.sources = {{.partition = "month=1", .download_id = "d1", .rows = 10, .target = 0},
                  {.partition = "month=2", .download_id = "d2", .rows = 5, .target = 0}};
  plan.targets = {{.partition = "load=1"}};
  plan.sessions = {{.upload_id = "u1", .target = 0, .shard = -1}};
  plan.shards = {{.streams = 2,
                  .blocks = {{.source = 0, .start = 0, .rows = 6, .session = 0, .block_id = 0},
                             {.source = 0, .start = 6, .rows = 4, .session = 0, .block_id = 1}}},
                 {.streams = 1,
                  .blocks = {{.source = 1, .start = 0, .rows = 5, .session = 0, .block_id = 2}}}};
  plan.rows = 15;
  plan.estimated_bytes = 1'500;
  plan.spec.schema_hash = std::string(64, 'a');
  plan.spec.allow_schema_drift = true;
  plan.warnings = {"target column 'rest' becomes null in every row"};
  return plan;
}

}  // namespace culvert::syncjob
