// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.odps.TableSchema;
import com.aliyun.odps.commons.proto.ProtobufRecordStreamReader;
import com.aliyun.odps.commons.proto.ProtobufRecordStreamWriter;
import com.aliyun.odps.tunnel.io.CompressOption;
import com.aliyun.odps.tunnel.io.CompressOption.CompressAlgorithm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams of the SDK's own writer: Culvert decodes and encodes them byte for byte, and refuses every damage. */
class StreamTest {
  private static final CompressOption RAW = new CompressOption(CompressAlgorithm.ODPS_RAW, 0, 0);

  @TempDir Path directory;

  static Stream<EdgeValues.Edge> edges() {
    return EdgeValues.all().stream();
  }

  private static byte[] write(TableSchema schema, List<List<Object>> rows) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ProtobufRecordStreamWriter writer = new ProtobufRecordStreamWriter(schema, out, RAW);
    for (List<Object> row : rows) writer.write(Support.record(schema, row));
    writer.close();
    return out.toByteArray();
  }

  private static List<List<Object>> read(TableSchema schema, byte[] stream) throws IOException {
    return Support.rows(new ProtobufRecordStreamReader(schema, new ByteArrayInputStream(stream), RAW));
  }

  private String tool(String command, List<String> types, Path... paths) throws Exception {
    List<String> line = new ArrayList<>(List.of(Support.BIN.resolve("culvert-wire-tool").toString(), command,
        String.join(";", types)));
    for (Path path : paths) line.add(path.toString());
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  @ParameterizedTest
  @MethodSource("edges")
  void culvertWritesTheSameBytes(EdgeValues.Edge edge) throws Exception {
    List<String> types = List.of("bigint", edge.type());
    TableSchema schema = Support.schema(types);
    byte[] stream = write(schema, edge.rows());
    Path in = directory.resolve("in");
    Path out = directory.resolve("out");
    Files.write(in, stream);
    String said = tool("reencode", types, in, out);
    assertTrue(said.endsWith("byte for byte\n"), said);
    assertTrue(EdgeValues.same(edge.rows(), read(schema, Files.readAllBytes(out))));
  }

  @Test
  void everyDamageIsRefused() throws Exception {
    List<EdgeValues.Edge> edges = EdgeValues.all();
    List<String> types = edges.stream().map(EdgeValues.Edge::type).toList();
    List<List<Object>> rows = new ArrayList<>();
    for (int number = 0; number < 20; number++) {
      List<Object> row = new ArrayList<>();
      for (int column = 0; column < edges.size(); column++) {
        List<Object> values = edges.get(column).values().stream()
            .filter(value -> !(value instanceof byte[] bytes) || bytes.length < 40)
            .filter(value -> !(value instanceof com.aliyun.odps.data.Binary bytes) || bytes.data().length < 40)
            .toList();
        row.add((number + column) % 6 == 5 ? null : values.get((number + column) % values.size()));
      }
      rows.add(row);
    }
    TableSchema schema = Support.schema(types);
    byte[] stream = write(schema, rows);
    assertTrue(EdgeValues.same(rows, read(schema, stream)));
    Path in = directory.resolve("in");
    Files.write(in, stream);
    String said = tool("mutate", types, in);
    assertTrue(said.contains(" 0 accepted"), said);
  }
}
