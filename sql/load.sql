--
-- Registering a directory of the server.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set shop :abs_srcdir '/sql/data/load_shop'
\set syntax :abs_srcdir '/sql/data/load_syntax'
\set lone_undo :abs_srcdir '/sql/data/load_lone_undo'
\set latin1 :abs_srcdir '/sql/data/load_latin1'
\set nothing :abs_srcdir '/sql/data/load_nothing'
\set missing :abs_srcdir '/sql/data/load_missing'
\set file :abs_srcdir '/sql/data/load_shop/001_users.sql'
CREATE SCHEMA load;
SET search_path = load;

-- try() tells how loading fails, without the place of the checkout.
CREATE FUNCTION try(directory text) RETURNS TABLE (what text, text text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
    context text;
BEGIN
    PERFORM pg_flux.load(directory);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    RETURN QUERY SELECT said.what, replace(said.text, regexp_replace(directory, '/sql/data/.*', ''), '...')
                 FROM (VALUES ('sqlstate', SQLSTATE), ('message', regexp_replace(SQLERRM, ': 0x.*', '')), ('detail', detail), ('hint', hint),
                       ('context', regexp_replace(context, '\n?SQL statement.*', ''))) AS said (what, text)
                 WHERE said.text <> '';
END
$$;

-- Every .sql file with its undo file, in the order of the bytes of their names; nothing else.
SELECT * FROM pg_flux.load(:'shop');
SELECT * FROM pg_flux.status();
SELECT filename, body, undo FROM pg_flux.migration ORDER BY filename;
-- The same again.
SELECT * FROM pg_flux.load(:'shop');
SELECT * FROM pg_flux.load(:'shop' || '/');
-- What was registered in another way is updated, what is applied is checked, what is not in the directory stays.
SELECT pg_flux.register('9_last.sql', 'SELECT 99;');
SELECT pg_flux.register('a.sql', 'SELECT 1;');
SELECT filename, outcome FROM pg_flux.apply(2);
SELECT * FROM pg_flux.load(:'shop');
SELECT filename, outcome FROM pg_flux.apply();
SELECT name FROM users;
SELECT pg_flux.repair('001_users.sql', 'CREATE TABLE users (id int PRIMARY KEY);', 'DROP TABLE users;');
SELECT * FROM try(:'shop');
SELECT body FROM pg_flux.migration WHERE filename = '001_users.sql';
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;

-- A directory without migrations.
SET client_min_messages = warning;
SELECT * FROM pg_flux.load(:'nothing');
RESET client_min_messages;

-- All or nothing: one that is wrong keeps out those before it.
SELECT * FROM pg_flux.load(:'syntax');
SELECT * FROM pg_flux.status();
SELECT * FROM try(:'lone_undo');
SELECT * FROM try(:'latin1');
SELECT * FROM pg_flux.status();

-- Directories that are none.
SELECT * FROM try(:'missing');
SELECT * FROM try(:'file');
SELECT * FROM pg_flux.load('');
SELECT * FROM pg_flux.load('/nowhere at all');

-- A fetch of one row loads all.
SELECT filename FROM pg_flux.load(:'shop') LIMIT 1;
SELECT count(*) FROM pg_flux.migration;
BEGIN;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
SELECT outcome FROM pg_flux.load(:'shop');
ROLLBACK;
SELECT count(*) FROM pg_flux.migration;

-- It needs the rights of pg_read_server_files, besides EXECUTE.
CREATE ROLE regress_flux_user;
GRANT USAGE ON SCHEMA pg_flux TO regress_flux_user;
GRANT EXECUTE ON FUNCTION pg_flux.load(text) TO regress_flux_user;
SET ROLE regress_flux_user;
SELECT * FROM pg_flux.load('/nowhere at all');
\set VERBOSITY sqlstate
SELECT * FROM pg_flux.load('/nowhere at all');
\set VERBOSITY default
RESET ROLE;
GRANT pg_read_server_files TO regress_flux_user;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
SET ROLE regress_flux_user;
SELECT * FROM pg_flux.load(:'shop');
RESET ROLE;
SELECT DISTINCT registered_by FROM pg_flux.migration;

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA load CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
DROP OWNED BY regress_flux_user;
DROP ROLE regress_flux_user;
