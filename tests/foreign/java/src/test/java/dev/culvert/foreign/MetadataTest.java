// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.aliyun.odps.NoSuchObjectException;
import com.aliyun.odps.Odps;
import com.aliyun.odps.OdpsException;
import com.aliyun.odps.PartitionSpec;
import com.aliyun.odps.Table;
import com.aliyun.odps.account.AliyunAccount;
import com.aliyun.odps.task.SQLTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Projects, tables and partitions as the SDK creates, describes and lists them. */
class MetadataTest {
  private final Odps odps = Support.odps();

  @Test
  void theProjectIsThere() throws OdpsException {
    assertTrue(odps.projects().exists(Support.PROJECT));
    odps.projects().get(Support.PROJECT).reload();
  }

  @Test
  void createsAndDescribesATable() throws OdpsException {
    List<String> types = List.of("bigint", "decimal(20,4)", "array<struct<k:string,v:map<string,int>>>");
    String name = Support.makeTable(odps, types, "dt");
    Table table = odps.tables().get(name);
    assertEquals(3, table.getSchema().getColumns().size());
    for (int i = 0; i < types.size(); i++) {
      assertEquals(types.get(i).toUpperCase(), table.getSchema().getColumn(i).getTypeInfo().getTypeName()
          .toUpperCase().replace("`", ""));
    }
    assertEquals("dt", table.getSchema().getPartitionColumn(0).getName());
    assertTrue(table.isPartitioned());
    assertFalse(table.isVirtualView());
    assertTrue(odps.tables().exists(name.toUpperCase()));
  }

  @Test
  void listsTables() throws OdpsException {
    Set<String> made = new TreeSet<>();
    for (int i = 0; i < 3; i++) made.add(Support.makeTable(odps, List.of("bigint")));
    Set<String> listed = new TreeSet<>();
    for (Table table : odps.tables()) listed.add(table.getName());
    assertTrue(listed.containsAll(made), listed.toString());
  }

  @Test
  void dropsATable() throws OdpsException {
    String name = Support.makeTable(odps, List.of("bigint"));
    odps.tables().delete(name);
    assertFalse(odps.tables().exists(name));
    assertThrows(NoSuchObjectException.class, () -> odps.tables().get(name).reload());
  }

  @Test
  void createsListsAndDropsPartitions() throws OdpsException {
    String name = Support.makeTable(odps, List.of("bigint"), "dt", "hh");
    Table table = odps.tables().get(name);
    Set<String> made = new TreeSet<>();
    for (int day = 1; day <= 3; day++) {
      PartitionSpec spec = new PartitionSpec("dt='2024022" + day + "',hh='01'");
      table.createPartition(spec, true);
      table.createPartition(spec, true);
      made.add(spec.toString());
    }
    Set<String> listed = new TreeSet<>();
    table.getPartitions().forEach(partition -> listed.add(partition.getPartitionSpec().toString()));
    assertEquals(made, listed);
    Set<String> names = new TreeSet<>();
    table.getPartitionSpecs().forEach(spec -> names.add(spec.toString()));
    assertEquals(made, names);
    PartitionSpec first = new PartitionSpec("dt='20240221',hh='01'");
    assertTrue(table.hasPartition(first));
    table.deletePartition(first, true);
    assertFalse(table.hasPartition(first));
  }

  @Test
  void describesAPartition() throws Exception {
    String name = Support.makeTable(odps, List.of("bigint"), "p");
    Table table = odps.tables().get(name);
    table.createPartition(new PartitionSpec("p='a'"));
    List<List<Object>> rows = new ArrayList<>();
    for (long i = 0; i < 9; i++) rows.add(List.of(i));
    Support.upload(odps, name, "p='a'", rows, "raw");
    assertTrue(table.getPartition(new PartitionSpec("p='a'")).getSize() > 0);
  }

  @Test
  void truncatesATable() throws Exception {
    String name = Support.makeTable(odps, List.of("bigint"));
    Support.upload(odps, name, null, List.of(List.of(1L)), "raw");
    odps.tables().get(name).truncate();
    assertEquals(0, Support.count(odps, name, null));
  }

  @Test
  void aDeltaTableHasItsKey() throws OdpsException {
    String name = Support.tableName();
    SQLTask.run(odps, "CREATE TABLE " + name + " (id bigint NOT NULL, v string, PRIMARY KEY (id)) "
        + "TBLPROPERTIES ('transactional'='true');").waitForSuccess();
    Table table = odps.tables().get(name);
    assertTrue(table.isTransactional());
    assertEquals(List.of("id"), table.getPrimaryKey());
  }

  @Test
  void aWrongKeyIsRefused() {
    Odps wrong = new Odps(new AliyunAccount(Support.ACCESS_ID, "not-the-secret"));
    wrong.setEndpoint(Support.ENDPOINT);
    wrong.setDefaultProject(Support.PROJECT);
    assertThrows(OdpsException.class, () -> wrong.tables().get("any").reload());
  }
}
