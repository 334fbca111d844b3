-- SPDX-FileCopyrightText: The Culvert authors
-- SPDX-License-Identifier: Apache-2.0
-- What every object of the walk reads; nothing may change it.
CREATE TABLE people (id BIGINT, name STRING);
INSERT INTO people VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger'), (4, 'Barbara'), (5, 'Tony'), (6, '');
CREATE TABLE parts (id BIGINT, name STRING) PARTITIONED BY (dt STRING);
INSERT INTO parts PARTITION (dt='1') VALUES (1, 'one'), (2, 'two');
INSERT INTO parts PARTITION (dt='2') VALUES (3, 'three'), (4, 'four');
CREATE TABLE deep (id BIGINT, name STRING) PARTITIONED BY (dt STRING, hh STRING);
INSERT INTO deep PARTITION (dt='1', hh='0') VALUES (1, 'one');
CREATE TABLE letters (id BIGINT, c CHAR(4));
CREATE VIEW seen AS SELECT id, name FROM people;
