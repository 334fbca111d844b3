// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.odps.Column;
import com.aliyun.odps.Odps;
import com.aliyun.odps.OdpsException;
import com.aliyun.odps.PartitionSpec;
import com.aliyun.odps.tunnel.TableTunnel;
import com.aliyun.odps.tunnel.TunnelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Batch Tunnel as the SDK drives it: blocks, ranges, columns, codecs, overwrite. */
class TunnelTest {
  private static final List<String> TYPES = List.of("bigint", "double", "boolean");

  private final Odps odps = Support.odps();

  private static List<List<Object>> rowsBetween(long start, long end) {
    List<List<Object>> rows = new ArrayList<>();
    for (long i = start; i < end; i++) rows.add(Arrays.asList(i, i % 7 == 0 ? null : i / 8.0, i % 2 == 0));
    return rows;
  }

  private static List<List<Object>> sorted(List<List<Object>> rows) {
    List<List<Object>> copy = new ArrayList<>(rows);
    copy.sort(Comparator.comparing(row -> (Long) row.get(0)));
    return copy;
  }

  static Stream<String> codecs() {
    return Support.CODECS.keySet().stream();
  }

  static Stream<EdgeValues.Edge> edges() {
    return EdgeValues.forTables().stream();
  }

  @ParameterizedTest
  @MethodSource("codecs")
  void eachCodecBothWays(String codec) throws Exception {
    String name = Support.makeTable(odps, TYPES);
    Support.upload(odps, name, null, rowsBetween(0, 5000), codec);
    assertEquals(rowsBetween(0, 5000), Support.download(odps, name, null, codec));
    assertEquals(rowsBetween(0, 5000), Support.download(odps, name, null, "raw"));
  }

  @ParameterizedTest
  @MethodSource("edges")
  void theEmulatorKeepsEachEdgeValue(EdgeValues.Edge edge) throws Exception {
    String name = Support.makeTable(odps, List.of("bigint", edge.type()));
    Support.upload(odps, name, null, edge.rows(), "deflate");
    List<List<Object>> read = Support.download(odps, name, null, "deflate");
    assertTrue(EdgeValues.same(edge.rows(), read), () -> edge.rows() + "\n" + read);
  }

  @Test
  void blocksBecomeOneTableOnCommit() throws Exception {
    String name = Support.makeTable(odps, TYPES);
    TableTunnel.UploadSession session = Support.open(odps, name, null, false);
    for (long block = 0; block < 5; block++) {
      Support.write(session, block, rowsBetween(block * 100, block * 100 + 100), "raw");
    }
    assertEquals(0, Support.count(odps, name, null));
    assertEquals(5, session.getBlockList().length);
    session.commit(new Long[] {0L, 1L, 2L, 3L, 4L});
    assertEquals(rowsBetween(0, 500), sorted(Support.download(odps, name, null, "raw")));
  }

  @Test
  void aBlockSentAgainReplacesItself() throws Exception {
    String name = Support.makeTable(odps, TYPES);
    TableTunnel.UploadSession session = Support.open(odps, name, null, false);
    Support.write(session, 0, rowsBetween(0, 10), "raw");
    Support.write(session, 0, rowsBetween(100, 103), "raw");
    session.commit(new Long[] {0L});
    assertEquals(rowsBetween(100, 103), Support.download(odps, name, null, "raw"));
  }

  @Test
  void aCommitCanBeSentAgain() throws Exception {
    String name = Support.makeTable(odps, TYPES);
    TableTunnel.UploadSession session = Support.open(odps, name, null, false);
    Support.write(session, 0, rowsBetween(0, 10), "raw");
    session.commit();
    session.commit();
    assertEquals(10, Support.count(odps, name, null));
  }

  @Test
  void aCommitWithAnotherBlockListIsRefused() throws Exception {
    String name = Support.makeTable(odps, TYPES);
    TableTunnel.UploadSession session = Support.open(odps, name, null, false);
    Support.write(session, 0, rowsBetween(0, 10), "raw");
    assertThrows(TunnelException.class, () -> session.commit(new Long[] {0L, 1L}));
  }

  @Test
  void overwriteReplacesOnePartition() throws Exception {
    String name = Support.makeTable(odps, TYPES, "p");
    for (String partition : List.of("p='a'", "p='b'")) {
      odps.tables().get(name).createPartition(new PartitionSpec(partition));
      Support.upload(odps, name, partition, rowsBetween(0, 5), "raw");
    }
    TableTunnel.UploadSession session = Support.open(odps, name, "p='a'", true);
    Support.write(session, 0, rowsBetween(7, 9), "raw");
    session.commit(new Long[] {0L});
    assertEquals(rowsBetween(7, 9), Support.download(odps, name, "p='a'", "raw"));
    assertEquals(rowsBetween(0, 5), Support.download(odps, name, "p='b'", "raw"));
  }

  @ParameterizedTest
  @CsvSource({"0,1", "0,999", "1,998", "500,250", "999,1"})
  void ranges(long start, long count) throws Exception {
    String name = Support.makeTable(odps, TYPES);
    Support.upload(odps, name, null, rowsBetween(0, 1000), "deflate");
    TableTunnel.DownloadSession session = Support.downloadSession(odps, name, null);
    for (String codec : List.of("raw", "deflate", "zstd")) {
      assertEquals(rowsBetween(start, start + count),
          Support.rows(session.openRecordReader(start, count, Support.option(codec))));
    }
  }

  @Test
  void aRangeBeyondTheEndIsRefused() throws Exception {
    String name = Support.makeTable(odps, TYPES);
    Support.upload(odps, name, null, rowsBetween(0, 10), "raw");
    TableTunnel.DownloadSession session = Support.downloadSession(odps, name, null);
    assertThrows(TunnelException.class, () -> session.openRecordReader(5, 6, Support.option("raw")));
  }

  @Test
  void columns() throws Exception {
    String name = Support.makeTable(odps, TYPES);
    Support.upload(odps, name, null, rowsBetween(0, 50), "raw");
    TableTunnel.DownloadSession session = Support.downloadSession(odps, name, null);
    List<Column> wanted = List.of(session.getSchema().getColumn("c2"), session.getSchema().getColumn("c0"));
    List<List<Object>> expected = new ArrayList<>();
    for (List<Object> row : rowsBetween(0, 50)) expected.add(List.of(row.get(2), row.get(0)));
    assertEquals(expected, Support.rows(session.openRecordReader(0, 50, Support.option("raw"), wanted)));
  }

  @Test
  void aMissingPartitionIsRefused() throws OdpsException {
    String name = Support.makeTable(odps, TYPES, "p");
    assertThrows(TunnelException.class, () -> Support.open(odps, name, "p='missing'", false));
    assertThrows(TunnelException.class, () -> Support.open(odps, name, null, false));
    assertThrows(TunnelException.class, () -> Support.downloadSession(odps, name, "p='missing'"));
  }
}
