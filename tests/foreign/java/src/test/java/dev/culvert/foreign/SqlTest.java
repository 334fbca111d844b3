// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.odps.Instance;
import com.aliyun.odps.Odps;
import com.aliyun.odps.OdpsException;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.task.SQLTask;
import com.aliyun.odps.tunnel.InstanceTunnel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** SQL instances, their results, and the instance tunnel. */
class SqlTest {
  private final Odps odps = Support.odps();
  private String table;

  @BeforeEach
  void makeTable() throws Exception {
    table = Support.makeTable(odps, List.of("bigint", "string"));
    List<List<Object>> rows = new ArrayList<>();
    for (long i = 0; i < 30; i++) rows.add(List.of(i, ("n" + i).getBytes()));
    Support.upload(odps, table, null, rows, "raw");
  }

  private Instance run(String sql) throws OdpsException {
    Instance instance = SQLTask.run(odps, sql);
    instance.waitForSuccess();
    return instance;
  }

  @Test
  void selectsByResult() throws OdpsException {
    Instance instance = run("SELECT c0, c1 FROM " + table + " WHERE c0 >= 5 AND c0 < 8 ORDER BY c0 LIMIT 10;");
    List<String> read = new ArrayList<>();
    for (Record record : SQLTask.getResult(instance)) read.add(record.getString(0) + record.getString(1));
    assertEquals(List.of("5n5", "6n6", "7n7"), read);
  }

  @Test
  void selectsByInstanceTunnel() throws Exception {
    Instance instance = run("SELECT c0, c1 FROM " + table + " ORDER BY c0 LIMIT 30;");
    InstanceTunnel.DownloadSession session =
        new InstanceTunnel(odps).createDownloadSession(Support.PROJECT, instance.getId());
    assertEquals(30, session.getRecordCount());
    List<List<Object>> rows = Support.rows(session.openRecordReader(10, 3));
    assertEquals(List.of(10L, 11L, 12L), rows.stream().map(row -> row.get(0)).toList());
  }

  @Test
  void resultSetsUseTheTunnel() throws Exception {
    Instance instance = run("SELECT COUNT(*) AS n FROM " + table + ";");
    assertEquals(30L, SQLTask.getResultSet(instance).next().getBigint(0));
  }

  @Test
  void inserts() throws Exception {
    String target = Support.makeTable(odps, List.of("bigint", "string"));
    run("INSERT INTO TABLE " + target + " SELECT c0, c1 FROM " + table + " WHERE c0 < 10;");
    run("INSERT OVERWRITE TABLE " + target + " SELECT c0, c1 FROM " + table + " WHERE c0 < 4;");
    assertEquals(4, Support.count(odps, target, null));
  }

  @Test
  void aFailedStatementNamesItsCause() {
    OdpsException failure =
        assertThrows(OdpsException.class, () -> run("SELECT * FROM table_that_is_not_there;"));
    assertTrue(failure.getMessage().contains("ODPS-"), failure.getMessage());
  }
}
