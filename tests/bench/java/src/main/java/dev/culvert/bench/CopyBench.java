// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.bench;

import com.aliyun.odps.Odps;
import com.aliyun.odps.account.AliyunAccount;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.data.RecordWriter;
import com.aliyun.odps.tunnel.TableTunnel;
import com.aliyun.odps.tunnel.io.CompressOption;
import com.aliyun.odps.tunnel.io.CompressOption.CompressAlgorithm;
import com.aliyun.odps.tunnel.io.TunnelRecordReader;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * `ENDPOINT PROJECT ID SECRET SOURCE TARGET CODEC`: the plain read-and-write loop between two tables, twice; the
 * second one is reported in one JSON line: CPU seconds of the whole process, wall seconds, rows.
 */
public final class CopyBench {
  private CopyBench() {}

  private static long copy(Odps odps, String project, String source, String target, CompressOption option)
      throws Exception {
    TableTunnel tunnel = new TableTunnel(odps);
    TableTunnel.DownloadSession from = tunnel.createDownloadSession(project, source);
    TableTunnel.UploadSession to = tunnel.createUploadSession(project, target, true);
    TunnelRecordReader reader = from.openRecordReader(0, from.getRecordCount(), option);
    RecordWriter writer = to.openRecordWriter(0, option);
    Record record = to.newRecord();
    long rows = 0;
    while ((record = reader.read(record)) != null) {
      writer.write(record);
      rows++;
    }
    writer.close();
    reader.close();
    to.commit(new Long[] {0L});
    return rows;
  }

  public static void main(String[] arguments) throws Exception {
    Odps odps = new Odps(new AliyunAccount(arguments[2], arguments[3]));
    odps.setEndpoint(arguments[0]);
    odps.setDefaultProject(arguments[1]);
    CompressOption option = arguments[6].equals("deflate")
        ? new CompressOption(CompressAlgorithm.ODPS_ZLIB, 1, 0)
        : new CompressOption(CompressAlgorithm.ODPS_RAW, 0, 0);
    var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    copy(odps, arguments[1], arguments[4], arguments[5], option);  // compiles what is hot
    long cpu = process.getProcessCpuTime();
    long wall = System.nanoTime();
    long rows = copy(odps, arguments[1], arguments[4], arguments[5], option);
    System.out.printf("{\"rows\": %d, \"cpu_seconds\": %.4f, \"wall_seconds\": %.4f}%n", rows,
        (process.getProcessCpuTime() - cpu) * 1e-9, (System.nanoTime() - wall) * 1e-9);
    System.exit(0);
  }
}
