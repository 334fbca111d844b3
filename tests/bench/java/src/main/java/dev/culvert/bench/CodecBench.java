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
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The SDK's record writer and reader, memory to memory, one thread, by that thread's CPU time (collector and
 * compiler threads not counted, in the SDK's favour). `STREAM`: a file of `codec_bench --stream`. Prints one JSON line:
 * records a second for each.
 */
public final class CodecBench {
  private static final int WARM_UPS = 4;
  private static final int TAKES = 3;

  private interface Work {
    void run() throws IOException;
  }

  private final TableSchema schema = Corpus.schema();
  private final int count;
  private final Record[] records;

  private CodecBench(byte[] stream) throws IOException {
    records = Corpus.records(stream);
    ProtobufRecordStreamReader reader = new ProtobufRecordStreamReader(schema, new ByteArrayInputStream(stream),
        new CompressOption(CompressAlgorithm.ODPS_RAW, 0, 0));
    int seen = 0;
    while (reader.read() != null) seen++;
    count = seen;
  }

  private void write(CompressOption option, ByteArrayOutputStream out) throws IOException {
    out.reset();
    ProtobufRecordStreamWriter writer = new ProtobufRecordStreamWriter(schema, out, option);
    for (int i = 0; i < count; i++) writer.write(records[i % Corpus.DISTINCT]);
    writer.close();
  }

  /** Reads all of `stream`; with `reuse` into one record object. */
  private void read(byte[] stream, CompressOption option, boolean reuse) throws IOException {
    ProtobufRecordStreamReader reader =
        new ProtobufRecordStreamReader(schema, new ByteArrayInputStream(stream), option);
    Record record = reuse ? reader.createEmptyRecord() : null;
    int seen = 0;
    while ((reuse ? reader.read(record) : reader.read()) != null) seen++;
    reader.close();
    if (seen != count) throw new IOException("read " + seen + " records");
  }

  private void copy(byte[] stream, CompressOption option, ByteArrayOutputStream out) throws IOException {
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
  private double rate(Work work) throws IOException {
    for (int i = 0; i < WARM_UPS; i++) work.run();
    var threads = ManagementFactory.getThreadMXBean();
    double[] rates = new double[TAKES];
    for (int i = 0; i < TAKES; i++) {
      System.gc();
      long begin = threads.getCurrentThreadCpuTime();
      work.run();
      rates[i] = count / ((threads.getCurrentThreadCpuTime() - begin) * 1e-9);
    }
    Arrays.sort(rates);
    return rates[TAKES / 2];
  }

  public static void main(String[] arguments) throws IOException {
    byte[] stream = Files.readAllBytes(Path.of(arguments[0]));
    CodecBench bench = new CodecBench(stream);
    CompressOption raw = new CompressOption(CompressAlgorithm.ODPS_RAW, 0, 0);
    CompressOption deflate = new CompressOption(CompressAlgorithm.ODPS_ZLIB, 1, 0);
    ByteArrayOutputStream out = new ByteArrayOutputStream(stream.length + 64);
    bench.write(raw, out);
    if (!Arrays.equals(stream, out.toByteArray())) throw new IOException("the SDK writes other bytes");
    bench.write(deflate, out);
    byte[] compressed = out.toByteArray();
    double write = bench.rate(() -> bench.write(raw, out));
    double readNew = bench.rate(() -> bench.read(stream, raw, false));
    double readReused = bench.rate(() -> bench.read(stream, raw, true));
    double copy = bench.rate(() -> bench.copy(stream, raw, out));
    double writeDeflate = bench.rate(() -> bench.write(deflate, out));
    double readDeflate = bench.rate(() -> bench.read(compressed, deflate, true));
    System.out.printf("{\"write\": %.0f, \"read\": %.0f, \"read_new\": %.0f, \"read_reused\": %.0f, \"copy\": %.0f, "
        + "\"write_deflate\": %.0f, \"read_deflate\": %.0f}%n", write, Math.max(readNew, readReused), readNew,
        readReused, copy, writeDeflate, readDeflate);
  }
}
