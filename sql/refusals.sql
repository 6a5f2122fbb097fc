--
-- What register refuses, and how it says where and why.
--

-- Syntax errors ------------------------------------------------------------------------------------------------------

-- The line is that of the file, in whichever section and text it stands.
SELECT pg_flux.register('1.sql', '-- +migrate Up
CREATE TABLE a (id int);

CREATE TABLE b (
    id int,
    name txt,,
);
-- +migrate Down
DROP TABLE b, a;
');
SELECT pg_flux.register('1.sql', E'\uFEFF-- +migrate Up\r\nSELECT 1;\r\n-- +migrate Down\r\n\r\nSELECT 2;\r\n  DORP TABLE a;\r\n');
SELECT pg_flux.register('1.sql', 'SELECT 1;', '
-- What was made is dropped.
DROP TABLE a b;
');
SELECT pg_flux.register('1.sql', '-- +migrate Up
SELECT ''ä€𝄞'', 1 1;
');
-- At the end of the text there is no line to show.
SELECT pg_flux.register('1.sql', 'SELECT (1');
SELECT pg_flux.register('1.sql', '-- +migrate Up
SELECT (1
-- +migrate Down
SELECT 1;
');
-- What is never closed is told by its start.
SELECT pg_flux.register('1.sql', 'SELECT 1;
SELECT ''abc;
SELECT 2;
-- +migrate Down
SELECT 3;
');
SELECT pg_flux.register('1.sql', 'SELECT 1;
SELECT $a$abc$b$;
');
SELECT pg_flux.register('1.sql', 'SELECT 1;
SELECT "abc;
');
SELECT pg_flux.register('1.sql', 'SELECT 1;
/* /* abc */
SELECT 2;
');
-- A long line is cut.
SELECT pg_flux.register('1.sql', 'SELECT ' || repeat('ä, ', 60) || 'x x x;');
-- The parser reads the text with standard_conforming_strings on, whatever the session says (until 18 it may say off).
DO $$
BEGIN
    PERFORM set_config('standard_conforming_strings', 'off', false);
EXCEPTION WHEN OTHERS THEN
    NULL;
END
$$;
SELECT current_setting('standard_conforming_strings') AS before \gset
SELECT pg_flux.register('1.sql', E'SELECT \'\\\'; SELECT 1');
SELECT filename, number, statement FROM pg_flux.plan(1, 'up');
SELECT filename, outcome, statements FROM pg_flux.apply();
SELECT current_setting('standard_conforming_strings') = :'before' AS as_before;
RESET standard_conforming_strings;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;

-- A file cannot set it off, and need not set it on.
SELECT pg_flux.register('1.sql', 'SELECT 1; SET standard_conforming_strings = off;');
SELECT pg_flux.register('1.sql', 'SET LOCAL standard_conforming_strings TO ''OFF'';');
SELECT pg_flux.register('1.sql', 'RESET standard_conforming_strings;');
SELECT pg_flux.register('1.sql', 'SET "Standard_Conforming_Strings" TO DEFAULT;');
SELECT pg_flux.register('1.sql', 'SET standard_conforming_strings = on; SET SESSION standard_conforming_strings TO ''true'';');
-- Hidden from the parser, it is found when it has run (from 19 on by PostgreSQL itself).
SELECT pg_flux.register('1.sql', 'SELECT 1;
SELECT set_config(''standard_conforming_strings'', ''off'', true);
SELECT 2;');
DO $$
DECLARE
    context text;
BEGIN
    PERFORM pg_flux.apply();
EXCEPTION WHEN object_not_in_prerequisite_state OR feature_not_supported OR invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RAISE NOTICE 'refused in %', substring(context FROM 'migration [^\n]*');
END
$$;
DELETE FROM pg_flux.migration;

-- Transaction control ------------------------------------------------------------------------------------------------

SELECT pg_flux.register('1.sql', '-- +migrate Up
SELECT 1;
ROLLBACK;
');
SELECT pg_flux.register('1.sql', 'BEGIN; SELECT 1; ROLLBACK;');
SELECT pg_flux.register('1.sql', 'ABORT;');
SELECT pg_flux.register('1.sql', 'SELECT 1; SAVEPOINT a;');
SELECT pg_flux.register('1.sql', 'RELEASE a;');
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'ROLLBACK TO SAVEPOINT a;');
SELECT pg_flux.register('1.sql', 'PREPARE TRANSACTION ''a'';');
SELECT pg_flux.register('1.sql', 'COMMIT PREPARED ''a'';');
SELECT pg_flux.register('1.sql', 'ROLLBACK PREPARED ''a'';');
SELECT pg_flux.register('1.sql', 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;');
SELECT pg_flux.register('1.sql', 'START TRANSACTION READ ONLY; SELECT 1; COMMIT;');
SELECT pg_flux.register('1.sql', 'BEGIN; SELECT 1; COMMIT AND CHAIN;');
SELECT pg_flux.register('1.sql', 'BEGIN; SELECT 1; COMMIT AND NO CHAIN;');
SELECT pg_flux.unregister('1.sql');
SELECT pg_flux.register('1.sql', 'BEGIN; SELECT 1; BEGIN; SELECT 2; COMMIT;');
SELECT pg_flux.register('1.sql', 'SELECT 1; COMMIT;');
SELECT pg_flux.register('1.sql', 'COMMIT; BEGIN;');
SELECT pg_flux.register('1.sql', '-- +migrate Up
SELECT 1;
BEGIN;
SELECT 2;
-- +migrate Down
SELECT 3;
COMMIT;
');

BEGIN;
SELECT pg_flux.register('1.sql', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1;');
ROLLBACK;
-- SET CONSTRAINTS is something else.
SELECT pg_flux.register('1.sql', 'SET CONSTRAINTS ALL IMMEDIATE;');
SELECT pg_flux.unregister('1.sql');

-- What only psql understands -----------------------------------------------------------------------------------------

SELECT pg_flux.register('1.sql', '-- +migrate Up
\set ON_ERROR_STOP on
SELECT 1;
');
SELECT pg_flux.register('1.sql', 'SELECT 1;
SELECT 2 \gset
');
SELECT pg_flux.register('1.sql', 'SELECT 1;', '\i drop_all.sql');
SELECT pg_flux.register('1.sql', 'SELECT 1 \; SELECT 2;');
SELECT pg_flux.register('1.sql', '\restrict aB3xyz
SELECT 1;
');
-- A variable of psql is a syntax error of the server.
SELECT pg_flux.register('1.sql', E'SELECT :\'name\';');
-- In quotes and comments a backslash is just that.
SELECT pg_flux.register('1.sql', 'SELECT ''\d'', $$\d$$ AS "\d"; -- \d
/* \d */
');
SELECT pg_flux.unregister('1.sql');

-- COPY has no client to talk to.
SELECT pg_flux.register('1.sql', '-- +migrate Up
CREATE TABLE a (id int, name text);
COPY a (id, name) FROM stdin;
1	it''s
\.
');
SELECT pg_flux.register('1.sql', 'COPY a FROM STDIN WITH (FORMAT csv);');
SELECT pg_flux.register('1.sql', 'SELECT 1;
COPY (SELECT 1) TO STDOUT;');
-- It may copy from and to files of the server, and from a table that is called so.
SELECT pg_flux.register('1.sql', 'COPY a FROM ''/tmp/a''; COPY a TO PROGRAM ''cat >/dev/null''; COPY "stdin" FROM ''/tmp/stdin''; SELECT 1 AS copy FROM stdin;');
SELECT pg_flux.unregister('1.sql');

-- File names ---------------------------------------------------------------------------------------------------------

SELECT pg_flux.register('', 'SELECT 1;');
SELECT pg_flux.register('.sql', 'SELECT 1;');
SELECT pg_flux.register('1', 'SELECT 1;');
SELECT pg_flux.register('1.SQL', 'SELECT 1;');
SELECT pg_flux.register('1.sql ', 'SELECT 1;');
SELECT pg_flux.register('1_undo.sql', 'SELECT 1;');
SELECT pg_flux.register('_undo.sql', 'SELECT 1;');
SELECT pg_flux.register('./1.sql', 'SELECT 1;');
SELECT pg_flux.register('/1.sql', 'SELECT 1;');
SELECT pg_flux.register('..\1.sql', 'SELECT 1;');
SELECT pg_flux.register(E'1\n.sql', 'SELECT 1;');
SELECT pg_flux.register(repeat('x', 252) || '.sql', 'SELECT 1;');
-- The name is looked at first.
SELECT pg_flux.register('1', 'SELCT 1;');

-- NULL ---------------------------------------------------------------------------------------------------------------

SELECT pg_flux.register(NULL, 'SELECT 1;');
SELECT pg_flux.register('1.sql', NULL);
SELECT pg_flux.repair(NULL, NULL);
SELECT pg_flux.unregister(NULL);
SELECT * FROM pg_flux.load(NULL);
SELECT * FROM pg_flux.baseline(NULL);
SELECT pg_flux.unbaseline(NULL);
SELECT * FROM pg_flux.apply(dry_run => NULL);
SELECT * FROM pg_flux.apply(force => NULL);
SELECT * FROM pg_flux.rollback(NULL);
SELECT * FROM pg_flux.rollback(dry_run => NULL);
SELECT * FROM pg_flux.rollback_to(NULL);
SELECT * FROM pg_flux.rollback_to('1.sql', NULL);
SELECT * FROM pg_flux.plan(NULL);
SELECT * FROM pg_flux.plan(1, NULL);
SELECT pg_flux.prune_history(NULL);

-- Their SQLSTATEs ----------------------------------------------------------------------------------------------------

\set VERBOSITY sqlstate
SELECT pg_flux.register('1.sql', 'SELCT 1;');
SELECT pg_flux.register('1.sql', 'SELECT ''1;');
SELECT pg_flux.register('1.sql', '-- +migrate Dwon');
SELECT pg_flux.register('1.sql', '-- +migrate Down');
SELECT pg_flux.register('1.sql', '');
SELECT pg_flux.register('1.sql', 'COMMIT;');
SELECT pg_flux.register('1.sql', '\d');
SELECT pg_flux.register('1.sql', 'COPY a FROM STDIN;');
SELECT pg_flux.register('1.sql', 'SET standard_conforming_strings = off;');
SELECT pg_flux.register('dir/1.sql', 'SELECT 1;');
SELECT pg_flux.register('1', 'SELECT 1;');
SELECT pg_flux.register(NULL, 'SELECT 1;');
SELECT pg_flux.rollback(NULL);
SELECT pg_flux.rollback(0);
SELECT pg_flux.plan(1, 'sideways');
SELECT pg_flux.unregister('1.sql');
SELECT pg_flux.repair('1.sql', 'SELECT 1');
SELECT pg_flux.rollback_to('1.sql');
SELECT pg_flux.baseline('1.sql');
SELECT pg_flux.unbaseline('1.sql');
\set VERBOSITY default

-- Nothing was stored.
SELECT * FROM pg_flux.status();

-- Leave nothing behind.
DELETE FROM pg_flux.history;
