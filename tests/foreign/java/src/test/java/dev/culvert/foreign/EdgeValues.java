// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
package dev.culvert.foreign;

import com.aliyun.odps.data.Binary;
import com.aliyun.odps.data.Char;
import com.aliyun.odps.data.IntervalDayTime;
import com.aliyun.odps.data.IntervalYearMonth;
import com.aliyun.odps.data.SimpleJsonValue;
import com.aliyun.odps.data.SimpleStruct;
import com.aliyun.odps.data.Struct;
import com.aliyun.odps.data.Varchar;
import com.aliyun.odps.type.StructTypeInfo;
import com.aliyun.odps.type.TypeInfoParser;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The values at the edges of each type, and an equality that holds for all of them. */
final class EdgeValues {
  /** A type's text and its values, with a null among them. */
  record Edge(String type, List<Object> values) {
    @Override
    public String toString() {
      return type;
    }

    List<List<Object>> rows() {
      List<List<Object>> rows = new ArrayList<>();
      rows.add(Arrays.asList(-1L, null));
      for (Object value : values) rows.add(Arrays.asList((long) rows.size(), value));
      rows.add(Arrays.asList((long) rows.size(), null));
      return rows;
    }
  }

  static final List<Edge> SCALARS = List.of(
      edge("tinyint", (byte) 0, (byte) -1, Byte.MAX_VALUE, Byte.MIN_VALUE),
      edge("smallint", (short) 0, (short) -1, Short.MAX_VALUE, Short.MIN_VALUE),
      edge("int", 0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE),
      new Edge("bigint", bigints()),
      edge("boolean", true, false),
      edge("float", 0.0f, -0.0f, 1.5f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
          Float.MIN_VALUE, Float.MAX_VALUE),
      edge("double", 0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY,
          Double.MIN_VALUE, Double.MAX_VALUE, 1e-320),
      edge("decimal(38,18)", new BigDecimal("0"), new BigDecimal("-0.5"),
          new BigDecimal("99999999999999999999.999999999999999999"),
          new BigDecimal("-99999999999999999999.999999999999999999"),
          new BigDecimal("123456789.000000000000000001"), new BigDecimal("1.50")),
      edge("decimal(38,0)", new BigDecimal("9".repeat(38)), new BigDecimal("-" + "9".repeat(38))),
      edge("string", text(""), text("a"), text("数据"), text("\0"), text("\uD83D\uDE00"), text("x".repeat(127)),
          text("x".repeat(128)), text("x".repeat(16383)), text("x".repeat(16384)),
          new byte[] {(byte) 0xff, (byte) 0xfe}, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}),
      edge("varchar(10)", new Varchar(""), new Varchar("abc"), new Varchar("数据数据数据数据数据")),
      edge("binary", new Binary(new byte[0]), new Binary(allBytes())),
      edge("date", LocalDate.of(1970, 1, 1), LocalDate.of(1969, 12, 31), LocalDate.of(1, 1, 1),
          LocalDate.of(9999, 12, 31), LocalDate.of(2024, 2, 29)),
      edge("datetime", utc("1970-01-01T00:00:00"), utc("1969-12-31T23:59:59.999"), utc("0001-01-01T00:00:00"),
          utc("9999-12-31T23:59:59.999"), utc("2024-02-29T12:34:56.789")),
      edge("timestamp", Instant.EPOCH, Instant.parse("2024-02-29T12:34:56.123456789Z"),
          Instant.parse("1969-12-31T23:59:58.5Z"), Instant.parse("0001-01-01T00:00:00Z"),
          Instant.parse("9999-12-31T23:59:59.999999999Z")),
      edge("timestamp_ntz", LocalDateTime.parse("1970-01-01T00:00:00"),
          LocalDateTime.parse("2024-02-29T12:34:56.123456789"), LocalDateTime.parse("1969-12-31T23:59:58.5")),
      edge("json", new SimpleJsonValue("{\"a\":1,\"b\":[true,null]}"), new SimpleJsonValue("[]")));

  static final List<Edge> NESTED = List.of(
      edge("array<bigint>", List.of(), Arrays.asList(1L, null, -2L), Arrays.asList((Object) null)),
      edge("array<string>", Arrays.asList("a", null, "bc", "")),
      edge("map<string,bigint>", Map.of(), map("k1", 1L, "k2", null)),
      edge("map<bigint,array<double>>", map(9L, List.of(1.0, 2.5))),
      edge("struct<a:bigint,b:string,c:double>", struct("struct<a:bigint,b:string,c:double>", 7L, null, 0.25)),
      edge("array<struct<x:int,y:array<string>>>", List.of(), Arrays.asList(
          struct("struct<x:int,y:array<string>>", 1, List.of("p", "q")), null,
          struct("struct<x:int,y:array<string>>", null, List.of()))),
      edge("array<array<array<string>>>", List.of(), List.of(List.of(List.of("deep")), List.of(List.of()))));

  /** Types that only the wire carries here: no copy between tables. */
  static final List<Edge> WIRE_ONLY = List.of(
      edge("char(4)", new Char("ab"), new Char("abcd")),
      edge("interval_day_time", new IntervalDayTime(93784, 5), new IntervalDayTime(0, 0)),
      edge("interval_year_month", new IntervalYearMonth(14), new IntervalYearMonth(-3)));

  private EdgeValues() {}

  static List<Edge> forTables() {
    List<Edge> all = new ArrayList<>(SCALARS);
    all.addAll(NESTED);
    return all;
  }

  static List<Edge> all() {
    List<Edge> all = forTables();
    all.addAll(WIRE_ONLY);
    return all;
  }

  private static Edge edge(String type, Object... values) {
    return new Edge(type, Arrays.asList(values));
  }

  private static byte[] text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] allBytes() {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) i;
    return bytes;
  }

  private static ZonedDateTime utc(String value) {
    return LocalDateTime.parse(value).atZone(ZoneOffset.UTC);
  }

  private static List<Object> bigints() {
    List<Object> values = new ArrayList<>(List.of(0L, -1L, Long.MAX_VALUE, -Long.MAX_VALUE));
    // Varints change their length where zig-zag values reach 2^(7k).
    for (int shift = 6; shift < 63; shift += 7) {
      for (long delta = -1; delta <= 1; delta++) {
        values.add((1L << shift) + delta);
        values.add(-(1L << shift) + delta);
      }
    }
    return values;
  }

  private static Map<Object, Object> map(Object... pairs) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) map.put(pairs[i], pairs[i + 1]);
    return Collections.unmodifiableMap(map);
  }

  private static Struct struct(String type, Object... values) {
    return new SimpleStruct((StructTypeInfo) TypeInfoParser.getTypeInfoFromTypeString(type), Arrays.asList(values));
  }

  /** Tells -0.0 from 0.0, takes NaN for NaN, compares decimals by value, instants as instants. */
  static boolean same(Object left, Object right) {
    if (left == null || right == null) return left == right;
    if (left instanceof byte[] a && right instanceof byte[] b) return Arrays.equals(a, b);
    if (left instanceof BigDecimal a && right instanceof BigDecimal b) return a.compareTo(b) == 0;
    if (left instanceof ZonedDateTime a && right instanceof ZonedDateTime b) return a.toInstant().equals(b.toInstant());
    if (left instanceof Struct a && right instanceof Struct b) return same(a.getFieldValues(), b.getFieldValues());
    if (left instanceof Binary a && right instanceof Binary b) return Arrays.equals(a.data(), b.data());
    if (left instanceof SimpleJsonValue) return left.toString().equals(right.toString());
    if (left instanceof List<?> a && right instanceof List<?> b) {
      if (a.size() != b.size()) return false;
      for (int i = 0; i < a.size(); i++) if (!same(a.get(i), b.get(i))) return false;
      return true;
    }
    if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
      if (a.size() != b.size()) return false;
      for (Map.Entry<?, ?> entry : a.entrySet()) {
        if (!b.containsKey(entry.getKey()) || !same(entry.getValue(), b.get(entry.getKey()))) return false;
      }
      return true;
    }
    return left.equals(right);
  }
}
