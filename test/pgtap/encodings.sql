-- What other encodings guarantee: the same text has the same checksum in a database of any encoding, and files are UTF-8 everywhere.
-- Other encodings are other databases, so what is found there is kept in psql's variables and judged at the end.
\set database :DBNAME
SET client_min_messages = error;
SET client_encoding = UTF8;
COPY (SELECT WHERE false) TO PROGRAM 'rm -rf flux_pgtap_encodings && mkdir flux_pgtap_encodings flux_pgtap_encodings/latin flux_pgtap_encodings/euro flux_pgtap_encodings/kanji flux_pgtap_encodings/bytes';
CREATE FUNCTION pg_temp.put(name text, content bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  object oid := lo_from_bytea(0, content);
BEGIN
  PERFORM lo_export(object, 'flux_pgtap_encodings/' || name);
END
$$;
BEGIN;
SELECT pg_temp.put('latin/1.sql', convert_to(E'\uFEFFSELECT ''äöü'';\r\n', 'UTF8')), pg_temp.put('latin/1_undo.sql', convert_to(E'\uFEFFSELECT ''ÄÖÜ'';\r\n', 'UTF8')),
  pg_temp.put('euro/2.sql', convert_to('SELECT ''€''', 'UTF8')), pg_temp.put('kanji/3.sql', convert_to('SELECT ''日本語''', 'UTF8')), pg_temp.put('bytes/4.sql', '\x53454c4543542027e427');
ROLLBACK;
COPY (SELECT WHERE false) TO PROGRAM 'cp flux_pgtap_encodings/latin/1.sql flux_pgtap_encodings/latin/ä.sql';

DROP DATABASE IF EXISTS flux_latin1;
DROP DATABASE IF EXISTS flux_sql_ascii;
DROP DATABASE IF EXISTS flux_euc_jp;
CREATE DATABASE flux_latin1 TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE flux_sql_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE flux_euc_jp TEMPLATE template0 ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C';

-- LATIN1 --------------------------------------------------------------------------------------------------------------
\c flux_latin1
SET client_min_messages = error;
SET client_encoding = UTF8;
CREATE EXTENSION pg_flux;
CREATE FUNCTION pg_temp.end_of(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  EXECUTE command INTO found;
  RETURN found;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS found = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' ' || coalesce(substring(found, '\d\.sql'), 'unnamed');
END
$$;
SELECT string_agg(filename || ' ' || outcome, ', ') AS latin1_load FROM pg_flux.load('flux_pgtap_encodings/latin') \gset
SELECT string_agg(filename, ' ') AS latin1_names FROM pg_flux.status() \gset
SELECT checksum AS latin1_checksum, body AS latin1_body, undo AS latin1_undo, octet_length(body) AS latin1_bytes FROM pg_flux.migration WHERE filename = '1.sql' \gset
SELECT pg_flux.register('1.sql', 'SELECT ''äöü'';' || E'\n', 'SELECT ''ÄÖÜ'';' || E'\n') AS latin1_register \gset
SELECT pg_temp.end_of('SELECT pg_flux.load(''flux_pgtap_encodings/euro'')') AS latin1_euro, pg_temp.end_of('SELECT pg_flux.load(''flux_pgtap_encodings/bytes'')') AS latin1_wrong \gset
SELECT pg_flux.register('5.sql', 'CREATE TABLE public."tä" (a text DEFAULT ''ö''); INSERT INTO public."tä" DEFAULT VALUES', 'DROP TABLE public."tä"') AS added \gset
SELECT count(*) AS latin1_applied FROM pg_flux.apply() \gset
SELECT a AS latin1_value FROM public."tä" \gset
SELECT sql AS latin1_history FROM pg_flux.history WHERE filename = '5.sql' \gset
SELECT pg_temp.end_of('SELECT pg_flux.register(''1.sql'', ''SELECT ''''äöu'''';'')') AS latin1_changed \gset

-- SQL_ASCII -----------------------------------------------------------------------------------------------------------
\c flux_sql_ascii
SET client_min_messages = error;
CREATE EXTENSION pg_flux;
SELECT string_agg(filename || ' ' || outcome, ', ') AS ascii_load FROM pg_flux.load('flux_pgtap_encodings/latin') \gset
SELECT checksum AS ascii_checksum, octet_length(body) AS ascii_bytes FROM pg_flux.migration WHERE filename = '1.sql' \gset
SELECT pg_flux.register('1.sql', 'SELECT ''äöü'';' || E'\n', 'SELECT ''ÄÖÜ'';' || E'\n') AS ascii_register \gset
SELECT string_agg(filename || ' ' || outcome, ', ') AS ascii_wrong FROM pg_flux.load('flux_pgtap_encodings/bytes') \gset
SELECT count(*) AS ascii_applied FROM pg_flux.apply() \gset

-- EUC_JP --------------------------------------------------------------------------------------------------------------
\c flux_euc_jp
SET client_min_messages = error;
SET client_encoding = UTF8;
CREATE EXTENSION pg_flux;
SELECT string_agg(filename || ' ' || outcome, ', ') AS euc_load FROM pg_flux.load('flux_pgtap_encodings/kanji') \gset
SELECT checksum AS euc_checksum, octet_length(body) AS euc_bytes FROM pg_flux.migration WHERE filename = '3.sql' \gset
SELECT pg_flux.register('3.sql', 'SELECT ''日本語''') AS euc_register \gset
SELECT pg_flux.register('4.sql', E'SELECT ''日本\n-- +migrate Down\n語''') AS euc_marker \gset
SELECT count(*) AS euc_applied FROM pg_flux.apply() \gset

-- The verdict ---------------------------------------------------------------------------------------------------------
\c :database
SET client_min_messages = error;
SET client_encoding = UTF8;
DROP DATABASE flux_latin1;
DROP DATABASE flux_sql_ascii;
DROP DATABASE flux_euc_jp;
COPY (SELECT WHERE false) TO PROGRAM 'rm -rf flux_pgtap_encodings';
BEGIN;
SELECT plan(27);
SELECT is(:'latin1_load'::text, '1.sql added, ä.sql added', 'LATIN1: load() reads files in UTF-8, their names too');
SELECT is(:'latin1_names'::text, '1.sql ä.sql', 'names are in the database''s encoding');
SELECT is(:'latin1_body'::text, E'SELECT ''äöü'';\n', 'so is the text');
SELECT is(:'latin1_undo'::text, E'SELECT ''ÄÖÜ'';\n', 'and its undo');
SELECT is(:latin1_bytes, 14, 'in one byte for each letter');
SELECT is(:'latin1_checksum'::text, encode(sha256(convert_to('SELECT ''äöü'';', 'UTF8')), 'hex'), 'its checksum is that of UTF-8');
SELECT is(:'latin1_register'::text, 'unchanged', 'what a client registers is the same text');
SELECT is(:'latin1_euro'::text, '22P05 2.sql', 'a letter that LATIN1 lacks is PostgreSQL''s error, with the file');
SELECT is(:'latin1_wrong'::text, '22021 4.sql', 'a file in LATIN1 is not UTF-8, even here');
SELECT is(:latin1_applied, 3, 'all are applied');
SELECT is(:'latin1_value'::text, 'ö', 'as they were written');
SELECT is(:'latin1_history'::text, 'CREATE TABLE public."tä" (a text DEFAULT ''ö''); INSERT INTO public."tä" DEFAULT VALUES', 'and kept in the history');
SELECT is(left(:'latin1_changed'::text, 5), 'PF003', 'another letter is another Up');
SELECT is(:'ascii_load'::text, '1.sql added, ä.sql added', 'SQL_ASCII: load() takes bytes as they are');
SELECT is(:ascii_bytes, 17, 'all of them but the byte order mark');
SELECT is(:'ascii_checksum'::text, :'latin1_checksum'::text, 'so the checksum is the same');
SELECT is(:'ascii_register'::text, 'unchanged', 'what a client registers is the same text');
SELECT is(:'ascii_wrong'::text, '4.sql added', 'bytes of any encoding');
SELECT is(:ascii_applied, 3, 'all are applied');
SELECT is(:'euc_load'::text, '3.sql added', 'EUC_JP: load() reads files in UTF-8');
SELECT is(:euc_bytes, 15, 'and stores two bytes for each letter');
SELECT is(:'euc_checksum'::text, encode(sha256(convert_to('SELECT ''日本語''', 'UTF8')), 'hex'), 'its checksum is that of UTF-8');
SELECT is(:'euc_register'::text, 'unchanged', 'what a client registers is the same text');
SELECT is(:'euc_marker'::text, 'added', 'strings of several bytes a letter hide a marker too');
SELECT is(:euc_applied, 2, 'all are applied');
SELECT is(pg_flux.register('1.sql', 'SELECT ''äöü'';'), 'added', 'UTF8');
SELECT is((SELECT checksum FROM pg_flux.migration), :'latin1_checksum'::text, 'has the same checksum again');
SELECT * FROM finish();
ROLLBACK;
