// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import com.aliyun.odps.Column;
import com.aliyun.odps.Odps;
import com.aliyun.odps.OdpsException;
import com.aliyun.odps.PartitionSpec;
import com.aliyun.odps.TableSchema;
import com.aliyun.odps.account.AliyunAccount;
import com.aliyun.odps.data.ArrayRecord;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.data.RecordReader;
import com.aliyun.odps.data.RecordWriter;
import com.aliyun.odps.tunnel.TableTunnel;
import com.aliyun.odps.tunnel.io.CompressOption;
import com.aliyun.odps.tunnel.io.CompressOption.CompressAlgorithm;
import com.aliyun.odps.type.TypeInfoParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What the tests share: the emulator that run.sh started, tables in it, rows as lists. */
final class Support {
  static final String PROJECT = property("culvert.project");
  static final Path BIN = Path.of(property("culvert.bin"));
  static final String ENDPOINT = property("culvert.endpoint");
  static final String ACCESS_ID = property("culvert.access.id");
  static final String ACCESS_SECRET = property("culvert.access.secret");

  static final Map<String, CompressAlgorithm> CODECS = new LinkedHashMap<>();

  static {
    CODECS.put("raw", CompressAlgorithm.ODPS_RAW);
    CODECS.put("deflate", CompressAlgorithm.ODPS_ZLIB);
    CODECS.put("snappy", CompressAlgorithm.ODPS_SNAPPY);
    CODECS.put("lz4", CompressAlgorithm.ODPS_LZ4_FRAME);
    CODECS.put("zstd", CompressAlgorithm.ODPS_ZSTD);
  }

  private static final AtomicInteger TABLE_NUMBERS = new AtomicInteger();

  private Support() {}

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) throw new IllegalStateException("no -D" + name + ": start these tests by run.sh");
    return value;
  }

  static Odps odps() {
    Odps odps = new Odps(new AliyunAccount(ACCESS_ID, ACCESS_SECRET));
    odps.setEndpoint(ENDPOINT);
    odps.setDefaultProject(PROJECT);
    return odps;
  }

  static String tableName() {
    return "java_" + TABLE_NUMBERS.getAndIncrement();
  }

  /** Columns c0, c1, ... of these types. */
  static TableSchema schema(List<String> types, String... partitionKeys) {
    TableSchema schema = new TableSchema();
    for (int i = 0; i < types.size(); i++) {
      schema.addColumn(new Column("c" + i, TypeInfoParser.getTypeInfoFromTypeString(types.get(i))));
    }
    for (String key : partitionKeys) {
      schema.addPartitionColumn(new Column(key, TypeInfoParser.getTypeInfoFromTypeString("string")));
    }
    return schema;
  }

  static String makeTable(Odps odps, List<String> types, String... partitionKeys) throws OdpsException {
    String name = tableName();
    odps.tables().create(PROJECT, name, schema(types, partitionKeys), null, true, null,
        Map.of("odps.sql.type.system.odps2", "true"), null);
    return name;
  }

  static CompressOption option(String codec) {
    return new CompressOption(CODECS.get(codec), 1, 0);
  }

  static Record record(TableSchema schema, List<Object> row) {
    Record record = new ArrayRecord(schema.getColumns().toArray(new Column[0]));
    for (int i = 0; i < row.size(); i++) {
      if (row.get(i) instanceof byte[] bytes && schema.getColumn(i).getTypeInfo().getTypeName().equals("STRING")) {
        ((ArrayRecord) record).setString(i, bytes);
      } else {
        record.set(i, row.get(i));
      }
    }
    return record;
  }

  static TableTunnel.UploadSession open(Odps odps, String table, String partition, boolean overwrite)
      throws OdpsException {
    TableTunnel tunnel = new TableTunnel(odps);
    return partition == null
        ? tunnel.createUploadSession(PROJECT, table, overwrite)
        : tunnel.createUploadSession(PROJECT, table, new PartitionSpec(partition), overwrite);
  }

  static void write(TableTunnel.UploadSession session, long block, List<List<Object>> rows, String codec)
      throws OdpsException, IOException {
    RecordWriter writer = session.openRecordWriter(block, option(codec));
    for (List<Object> row : rows) writer.write(record(session.getSchema(), row));
    writer.close();
  }

  static void upload(Odps odps, String table, String partition, List<List<Object>> rows, String codec)
      throws OdpsException, IOException {
    TableTunnel.UploadSession session = open(odps, table, partition, false);
    write(session, 0, rows, codec);
    session.commit(new Long[] {0L});
  }

  static TableTunnel.DownloadSession downloadSession(Odps odps, String table, String partition)
      throws OdpsException {
    TableTunnel tunnel = new TableTunnel(odps);
    return partition == null
        ? tunnel.createDownloadSession(PROJECT, table)
        : tunnel.createDownloadSession(PROJECT, table, new PartitionSpec(partition));
  }

  static List<List<Object>> rows(RecordReader reader) throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    for (Record record = reader.read(); record != null; record = reader.read()) {
      List<Object> row = new ArrayList<>();
      for (int i = 0; i < record.getColumnCount(); i++) {
        boolean text = record.getColumns()[i].getTypeInfo().getTypeName().equals("STRING");
        row.add(text ? (Object) record.getBytes(i) : record.get(i));
      }
      rows.add(row);
    }
    reader.close();
    return rows;
  }

  static List<List<Object>> download(Odps odps, String table, String partition, String codec)
      throws OdpsException, IOException {
    TableTunnel.DownloadSession session = downloadSession(odps, table, partition);
    if (session.getRecordCount() == 0) return List.of();
    return rows(session.openRecordReader(0, session.getRecordCount(), option(codec)));
  }

  static long count(Odps odps, String table, String partition) throws OdpsException {
    return downloadSession(odps, table, partition).getRecordCount();
  }
}
