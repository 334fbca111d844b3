// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.bench;

import com.aliyun.odps.Column;
import com.aliyun.odps.TableSchema;
import com.aliyun.odps.data.ArrayRecord;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.type.TypeInfoParser;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.Random;

/**
 * The rows that all benchmarks move: ten columns, no nulls, about 118 bytes a record on the wire; 4,096 distinct
 * records, cycled. tests/bench/pyodps_bench.py makes rows of the same shape.
 */
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

  static Record[] records() {
    TableSchema schema = schema();
    Random random = new Random(20130101);
    Record[] records = new Record[DISTINCT];
    for (int i = 0; i < DISTINCT; i++) {
      ArrayRecord record = new ArrayRecord(schema.getColumns().toArray(new Column[0]));
      record.setBigint(0, 1_000_000L + i);
      record.setBigint(1, (long) random.nextInt(1000));
      record.setDouble(2, random.nextDouble() * 1000);
      record.setString(3, text("user", random.nextInt(100_000)));
      record.setString(4, text("city", random.nextInt(500)));
      record.setDatetime(5, new Date(1_700_000_000_000L + random.nextInt(1_000_000_000)));
      record.setBoolean(6, random.nextBoolean());
      record.setDecimal(7, new BigDecimal(BigInteger.valueOf(random.nextInt(100_000_000)), 2));
      record.setBigint(8, (long) random.nextInt());
      byte[] note = new byte[20];
      for (int k = 0; k < note.length; k++) note[k] = (byte) ('!' + random.nextInt(94));
      record.setString(9, note);
      records[i] = record;
    }
    return records;
  }

  /** Twenty bytes. */
  private static byte[] text(String prefix, int number) {
    return String.format("%s%016d", prefix, number).getBytes(StandardCharsets.US_ASCII);
  }
}
