-- The tables that the examples write to. The ones they read come from CSV files:
-- culvert-emulator --project demo --project lake --load flights=flights.csv,partition=month ... --sql examples/setup.sql
CREATE TABLE IF NOT EXISTS flights_copy LIKE flights;
CREATE TABLE IF NOT EXISTS planes_copy LIKE planes;
CREATE TABLE IF NOT EXISTS lake.weather LIKE demo.weather;
CREATE TABLE IF NOT EXISTS flights_log (
  carrier STRING, flight BIGINT, dep_delay BIGINT, month STRING, tag STRING
) PARTITIONED BY (load STRING);
CREATE TABLE IF NOT EXISTS generated (id BIGINT, amount DECIMAL(18, 2), label STRING, day DATE);
