// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.bench;

import com.aliyun.odps.TableSchema;
import com.aliyun.odps.commons.proto.ProtobufRecordStreamReader;
import com.aliyun.odps.commons.proto.ProtobufRecordStreamWriter;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.tunnel.io.CompressOption;
import com.aliyun.odps.tunnel.io.CompressOption.CompressAlgorithm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * The SDK's record writer and reader, memory to memory, one thread, by that thread's CPU time (collector and
 * compiler threads not counted, in the SDK's favour). Prints one JSON line: records a second for each, bytes a record.
 */
public final class CodecBench {
  private static final int RECORDS = 300_000;
  private static final int WARM_UPS = 4;
  private static final int TAKES = 3;

  private interface Work {
    void run() throws IOException;
  }

  private CodecBench() {}

  private static byte[] write(TableSchema schema, Record[] records, CompressOption option) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(RECORDS * 128);
    write(schema, records, option, out);
    return out.toByteArray();
  }

  private static void write(TableSchema schema, Record[] records, CompressOption option, OutputStream out)
      throws IOException {
    ProtobufRecordStreamWriter writer = new ProtobufRecordStreamWriter(schema, out, option);
    for (int i = 0; i < RECORDS; i++) writer.write(records[i % Corpus.DISTINCT]);
    writer.close();
  }

  /** Reads all of `stream`; with `reuse` into one record object. */
  private static void read(TableSchema schema, byte[] stream, CompressOption option, boolean reuse)
      throws IOException {
    ProtobufRecordStreamReader reader =
        new ProtobufRecordStreamReader(schema, new ByteArrayInputStream(stream), option);
    Record record = reuse ? reader.createEmptyRecord() : null;
    int count = 0;
    while ((reuse ? reader.read(record) : reader.read()) != null) count++;
    reader.close();
    if (count != RECORDS) throw new IOException("read " + count + " records");
  }

  private static void copy(TableSchema schema, byte[] stream, CompressOption option, ByteArrayOutputStream out)
      throws IOException {
    out.reset();
    ProtobufRecordStreamReader reader =
        new ProtobufRecordStreamReader(schema, new ByteArrayInputStream(stream), option);
    ProtobufRecordStreamWriter writer = new ProtobufRecordStreamWriter(schema, out, option);
    Record record = reader.createEmptyRecord();
    while ((record = reader.read(record)) != null) writer.write(record);
    writer.close();
    reader.close();
  }

  /** Median records a second. */
  private static double rate(Work work) throws IOException {
    for (int i = 0; i < WARM_UPS; i++) work.run();
    var threads = ManagementFactory.getThreadMXBean();
    double[] rates = new double[TAKES];
    for (int i = 0; i < TAKES; i++) {
      System.gc();
      long begin = threads.getCurrentThreadCpuTime();
      work.run();
      rates[i] = RECORDS / ((threads.getCurrentThreadCpuTime() - begin) * 1e-9);
    }
    Arrays.sort(rates);
    return rates[TAKES / 2];
  }

  public static void main(String[] arguments) throws IOException {
    TableSchema schema = Corpus.schema();
    Record[] records = Corpus.records();
    CompressOption raw = new CompressOption(CompressAlgorithm.ODPS_RAW, 0, 0);
    CompressOption deflate = new CompressOption(CompressAlgorithm.ODPS_ZLIB, 1, 0);
    byte[] stream = write(schema, records, raw);
    byte[] compressed = write(schema, records, deflate);
    ByteArrayOutputStream out = new ByteArrayOutputStream(stream.length + 64);
    double write = rate(() -> {
      out.reset();
      write(schema, records, raw, out);
    });
    double readNew = rate(() -> read(schema, stream, raw, false));
    double readReused = rate(() -> read(schema, stream, raw, true));
    double copy = rate(() -> copy(schema, stream, raw, out));
    double writeDeflate = rate(() -> {
      out.reset();
      write(schema, records, deflate, out);
    });
    double readDeflate = rate(() -> read(schema, compressed, deflate, true));
    System.out.printf("{\"bytes_per_record\": %.2f, \"write\": %.0f, \"read\": %.0f, \"read_new\": %.0f, "
        + "\"read_reused\": %.0f, \"copy\": %.0f, \"write_deflate\": %.0f, \"read_deflate\": %.0f}%n",
        (double) stream.length / RECORDS, write, Math.max(readNew, readReused), readNew, readReused, copy,
        writeDeflate, readDeflate);
  }
}
