-- What the checksum is: the SHA-256 of the Up sections, each trimmed, joined by a line feed, in UTF-8, in hexadecimal.
-- What it guarantees: another Up of an applied migration is noticed, and nothing else is.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(43);

CREATE FUNCTION pg_temp.checksum(body text, undo text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  PERFORM pg_flux.register('c.sql', body, undo);
  SELECT checksum INTO found FROM pg_flux.migration WHERE filename = 'c.sql';
  PERFORM pg_flux.unregister('c.sql');
  RETURN found;
END
$$;
CREATE FUNCTION pg_temp.sha(up text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(convert_to(up, 'UTF8')), 'hex') $$;

-- What it is --------------------------------------------------------------------------------------------------------

SELECT is(pg_temp.checksum('SELECT 1'), 'e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5', 'of a file without a marker: all of it');
SELECT is(pg_temp.checksum(body, undo), pg_temp.sha(up), what) FROM (VALUES
    ('the whole file', 'SELECT 1;', NULL, 'SELECT 1;'),
    ('the Up section alone', E'-- header\n-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n', NULL, 'SELECT 1;'),
    ('without blanks at both ends', E'-- +migrate Up\n\n \t\n  SELECT 1;  \n\f\n-- +migrate Down\n', NULL, 'SELECT 1;'),
    ('blanks inside stay', E'-- +migrate Up\nSELECT\n\n  1 ;', NULL, E'SELECT\n\n  1 ;'),
    ('comments stay', E'-- +migrate Up\n-- one\nSELECT 1; -- two\n-- +migrate Down', NULL, E'-- one\nSELECT 1; -- two'),
    ('BEGIN and COMMIT stay', E'-- +migrate Up\nBEGIN;\nSELECT 1;\nCOMMIT;\n', NULL, E'BEGIN;\nSELECT 1;\nCOMMIT;'),
    ('StatementBegin stays', E'-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;\n-- +migrate StatementEnd\n', NULL,
      E'-- +migrate StatementBegin\nSELECT 1;\n-- +migrate StatementEnd'),
    ('several sections are joined by a line feed', E'-- +migrate Up\nSELECT 1;\n\n-- +migrate Down\nSELECT 0;\n-- +migrate Up\n\nSELECT 2;\n', NULL, E'SELECT 1;\nSELECT 2;'),
    ('empty sections are not', E'-- +migrate Up\n\n-- +migrate Up\nSELECT 1;\n-- +migrate Up\n', NULL, 'SELECT 1;'),
    ('CRLF is LF', E'-- +migrate Up\r\nSELECT 1;\r\nSELECT 2;\r\n', NULL, E'SELECT 1;\nSELECT 2;'),
    ('also inside a string', E'SELECT ''a\r\nb''', NULL, E'SELECT ''a\nb'''),
    ('a lone CR stays', E'SELECT ''a\rb''', NULL, E'SELECT ''a\rb'''),
    ('no byte order mark', E'\uFEFFSELECT 1', NULL, 'SELECT 1'),
    ('but one inside stays', E'SELECT ''\uFEFF''', NULL, E'SELECT ''\uFEFF'''),
    ('undo is no part of it', 'SELECT 1', 'SELECT 2', 'SELECT 1'),
    ('in UTF-8', 'SELECT ''ä€🐘''', NULL, 'SELECT ''ä€🐘'''),
    ('no statement at all', '-- nothing', NULL, '-- nothing'),
    ('an empty Up section', E'-- +migrate Up\n\n-- +migrate Down\nSELECT 1', NULL, '')) AS text (what, body, undo, up);
SELECT is(pg_temp.checksum('SELECT ''' || repeat('ä', 1000000) || ''''), pg_temp.sha('SELECT ''' || repeat('ä', 1000000) || ''''), 'of 2 MB');

-- What it lets pass, and what not -----------------------------------------------------------------------------------

SELECT pg_flux.register('1.sql', E'CREATE TABLE one (\n  a text DEFAULT ''ä'');\n');
SELECT pg_flux.apply();
SELECT is(pg_flux.register('1.sql', body, undo), 'updated', 'the same Up: ' || what) FROM (VALUES
    ('CRLF and an undo', E'CREATE TABLE one (\r\n  a text DEFAULT ''ä'');\r\n', 'SELECT 1'),
    ('a byte order mark and another undo', E'\uFEFFCREATE TABLE one (\n  a text DEFAULT ''ä'');\n', 'SELECT 2'),
    ('no line feed at the end', E'CREATE TABLE one (\n  a text DEFAULT ''ä'');', NULL),
    ('more of them', E'\n\nCREATE TABLE one (\n  a text DEFAULT ''ä'');\n\n\n', NULL),
    ('markers, and a Down', E'-- +migrate Up\nCREATE TABLE one (\n  a text DEFAULT ''ä'');\n-- +migrate Down\nDROP TABLE one;', NULL),
    ('another spelling of them', E'--+MIGRATE up\nCREATE TABLE one (\n  a text DEFAULT ''ä'');\n\n--+MIGRATE down\nDROP TABLE one;', NULL),
    ('Down first, and a header', E'-- written by hand\n-- +migrate Down\nDROP TABLE one;\n-- +migrate Up\nCREATE TABLE one (\n  a text DEFAULT ''ä'');', NULL),
    ('another header', E'-- +migrate Down\nDROP TABLE one;\n\n-- +migrate Up\nCREATE TABLE one (\n  a text DEFAULT ''ä'');', NULL),
    ('notransaction', E'-- +migrate Up notransaction\nCREATE TABLE one (\n  a text DEFAULT ''ä'');', NULL)) AS text (what, body, undo);
SELECT throws_ok(format('SELECT pg_flux.register(''1.sql'', %L, %L)', body, undo), 'PF003', NULL, 'another Up: ' || what) FROM (VALUES
    ('another name', E'CREATE TABLE two (\n  a text DEFAULT ''ä'');\n', NULL),
    ('another case', E'create table one (\n  a text DEFAULT ''ä'');\n', NULL),
    ('a comment', E'CREATE TABLE one (\n  a text DEFAULT ''ä''); -- done\n', NULL),
    ('another indentation', E'CREATE TABLE one (\n    a text DEFAULT ''ä'');\n', NULL),
    ('blanks at the end of a line', E'CREATE TABLE one ( \n  a text DEFAULT ''ä'');\n', NULL),
    ('another form of a letter', E'CREATE TABLE one (\n  a text DEFAULT ''a\u0308'');\n', NULL),
    ('one statement more', E'CREATE TABLE one (\n  a text DEFAULT ''ä'');\nSELECT 1;', NULL),
    ('its Down, the marker forgotten', E'-- +migrate Up\nCREATE TABLE one (\n  a text DEFAULT ''ä'');\n\nDROP TABLE one;', NULL),
    ('only an undo is right', 'SELECT 1', E'CREATE TABLE one (\n  a text DEFAULT ''ä'');\n')) AS text (what, body, undo);
SELECT results_eq($$ SELECT checksum FROM pg_flux.applied $$, ARRAY[pg_temp.sha(E'CREATE TABLE one (\n  a text DEFAULT ''ä'');')], 'the tracking row keeps what ran');
SELECT results_eq($$ SELECT checksum FROM pg_flux.migration $$, ARRAY[pg_temp.sha(E'CREATE TABLE one (\n  a text DEFAULT ''ä'');')], 'the text has the same');

-- The caller's settings have no part in it.
SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SELECT is(pg_temp.checksum($$SELECT '\'$$), pg_temp.sha($$SELECT '\'$$), 'standard_conforming_strings');
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_encoding = 'LATIN1';
SELECT is(pg_temp.checksum(E'SELECT ''\u00e4'''), encode(sha256('\x53454c4543542027c3a427'), 'hex'), 'client_encoding');
SET LOCAL client_encoding = 'UTF8';
SET LOCAL bytea_output = escape;
SELECT is(pg_temp.checksum('SELECT 1'), pg_temp.sha('SELECT 1'), 'bytea_output');

SELECT * FROM finish();
ROLLBACK;
