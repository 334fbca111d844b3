// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.odps.Odps;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The SDK writes a table, the runner copies it, the SDK reads the same values from the copy. */
class RunnerTest {
  private static final String MANIFEST = """
      apiVersion: culvert.dev/v1alpha1
      kind: DataSource
      metadata: {name: here}
      spec:
        maxCompute:
          endpoint: %s
          project: %s
          credentialsRef: {name: key}
          allowInsecureHttp: true
      ---
      apiVersion: v1
      kind: Secret
      metadata: {name: key}
      stringData: {accessKeyId: %s, accessKeySecret: %s}
      ---
      apiVersion: culvert.dev/v1alpha1
      kind: SyncJob
      metadata: {name: copy}
      spec:
        source:
          maxCompute: {dataSourceRef: {name: here}, table: %s, column: [%s], codec: %s}
        target:
          maxCompute: {dataSourceRef: {name: here}, table: %s, column: ["*"], truncate: true, consistencyCommit: true, codec: %s}
        setting: {speed: {concurrent: 2}}
      """;

  @TempDir Path directory;
  private final Odps odps = Support.odps();

  static Stream<EdgeValues.Edge> edges() {
    return EdgeValues.forTables().stream();
  }

  private void copy(String source, String target, String columns, String codec) throws Exception {
    Path manifest = directory.resolve("job.yaml");
    Files.writeString(manifest, MANIFEST.formatted(Support.ENDPOINT, Support.PROJECT, Support.ACCESS_ID,
        Support.ACCESS_SECRET, source, columns, codec, target, codec));
    Process process = new ProcessBuilder(Support.BIN.resolve("culvert-runner").toString(), "run", "-f",
        manifest.toString(), "--state", directory.resolve("state").toString()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  private static void check(List<List<Object>> expected, List<List<Object>> read) {
    List<List<Object>> sorted = new ArrayList<>(read);
    sorted.sort(Comparator.comparing(row -> ((Number) row.get(0)).longValue()));
    assertTrue(EdgeValues.same(expected, sorted), () -> expected + "\n" + sorted);
  }

  @ParameterizedTest
  @MethodSource("edges")
  void passThroughKeepsEachEdgeValue(EdgeValues.Edge edge) throws Exception {
    String source = Support.makeTable(odps, List.of("bigint", edge.type()));
    String target = Support.makeTable(odps, List.of("bigint", edge.type()));
    Support.upload(odps, source, null, edge.rows(), "raw");
    copy(source, target, "\"*\"", "identity");
    check(edge.rows(), Support.download(odps, target, null, "raw"));
  }

  @ParameterizedTest
  @MethodSource("edges")
  void typedBatchesKeepEachEdgeValue(EdgeValues.Edge edge) throws Exception {
    String source = Support.makeTable(odps, List.of("bigint", edge.type()));
    String target = Support.makeTable(odps, List.of("string", edge.type()));
    Support.upload(odps, source, null, edge.rows(), "zstd");
    copy(source, target, "c0, c1", "deflate");
    List<List<Object>> read = new ArrayList<>();
    for (List<Object> row : Support.download(odps, target, null, "deflate")) {
      List<Object> copy = new ArrayList<>(row);
      copy.set(0, Long.valueOf(new String((byte[]) row.get(0), StandardCharsets.US_ASCII)));
      read.add(copy);
    }
    check(edge.rows(), read);
  }
}
