// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.bench;

import com.aliyun.odps.Column;
import com.aliyun.odps.TableSchema;
import com.aliyun.odps.commons.proto.ProtobufRecordStreamReader;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.tunnel.io.CompressOption;
import com.aliyun.odps.tunnel.io.CompressOption.CompressAlgorithm;
import com.aliyun.odps.type.TypeInfoParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** The rows that all benchmarks move: those of `codec_bench --stream`, 4,096 distinct ones, cycled. */
final class Corpus {
  static final int DISTINCT = 4096;

  private static final String[][] COLUMNS = {
    {"id", "bigint"}, {"qty", "bigint"}, {"price", "double"}, {"usr", "string"}, {"city", "string"},
    {"ts", "datetime"}, {"flag", "boolean"}, {"amount", "decimal(18,2)"}, {"cnt", "bigint"}, {"note", "string"},
  };

  private Corpus() {}

  static TableSchema schema() {
    TableSchema schema = new TableSchema();
    for (String[] column : COLUMNS) {
      schema.addColumn(new Column(column[0], TypeInfoParser.getTypeInfoFromTypeString(column[1])));
    }
    return schema;
  }

  /** The distinct records at the front of the stream. */
  static Record[] records(byte[] stream) throws IOException {
    ProtobufRecordStreamReader reader = new ProtobufRecordStreamReader(schema(), new ByteArrayInputStream(stream),
        new CompressOption(CompressAlgorithm.ODPS_RAW, 0, 0));
    Record[] records = new Record[DISTINCT];
    for (int i = 0; i < DISTINCT; i++) records[i] = reader.read();
    return records;
  }
}
