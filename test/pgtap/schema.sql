-- What CREATE EXTENSION makes: schema, tables, functions with their signatures, comments and privileges.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(90);

CREATE FUNCTION pg_temp.members(catalog regclass) RETURNS SETOF oid LANGUAGE sql AS $$
  SELECT objid FROM pg_depend
  WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND classid = catalog
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_flux')
$$;

-- The extension and its schema --------------------------------------------------------------------------------------

SELECT has_schema('pg_flux');
SELECT has_extension('pg_flux');
SELECT results_eq(
  $$ SELECT extversion COLLATE "default", extrelocatable, extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_flux' $$,
  $$ VALUES ('1.0.0', false, 'pg_catalog') $$,
  'version 1.0.0, not relocatable, in a schema that nobody drops');
SELECT isnt(obj_description('pg_flux'::regnamespace), NULL, 'the schema has a comment');
SELECT is((SELECT count(*) FROM pg_temp.members('pg_namespace') AS m WHERE m = 'pg_flux'::regnamespace), 1::bigint,
  'the schema is a member of the extension');
SELECT is(current_setting('allow_system_table_mods'), 'off', 'the install script leaves allow_system_table_mods as it was');

-- Functions ---------------------------------------------------------------------------------------------------------

SELECT functions_are('pg_flux', ARRAY[
  'register', 'unregister', 'load', 'repair', 'apply', 'rollback', 'rollback_to', 'baseline', 'unbaseline', 'status', 'plan',
  'prune_history', 'refuse_during_run', 'skip_replicated', 'progress', 'verify', 'apply_each', 'rollback_each', 'rollback_to_each'],
  'these functions and procedures, and no others');
SELECT is_procedure('pg_flux', name, name || ' is a procedure') FROM unnest('{apply_each,rollback_each,rollback_to_each}'::name[]) AS name;

SELECT results_eq(
  $$ SELECT proname::text COLLATE "default", pg_get_function_arguments(oid) COLLATE "default",
       pg_get_function_result(oid) COLLATE "default"
     FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace AND prorettype <> 'trigger'::regtype
     ORDER BY proname COLLATE "C" $$,
  $$ VALUES
    ('apply', 'n integer DEFAULT NULL::integer, dry_run boolean DEFAULT false, force boolean DEFAULT false',
     'TABLE(filename text, outcome text, reason text, statements integer, duration interval)'),
    ('apply_each', 'IN n integer DEFAULT NULL::integer, IN dry_run boolean DEFAULT false, IN force boolean DEFAULT false, IN resume text DEFAULT NULL::text', NULL),
    ('baseline', 'filename text', 'TABLE(filename text, outcome text)'),
    ('load', 'directory text', 'TABLE(filename text, outcome text)'),
    ('plan', 'n integer DEFAULT 1, direction text DEFAULT ''down''::text',
     'TABLE(filename text, number integer, line integer, autocommit boolean, statement text)'),
    ('progress', 'filename text', 'TABLE(number integer, line integer, statement text, state text, error text)'),
    ('prune_history', 'before timestamp with time zone', 'bigint'),
    ('register', 'filename text, body text, undo text DEFAULT NULL::text', 'text'),
    ('repair', 'filename text, body text, undo text DEFAULT NULL::text', 'text'),
    ('rollback', 'n integer DEFAULT 1, dry_run boolean DEFAULT false',
     'TABLE(filename text, outcome text, reason text, statements integer, duration interval)'),
    ('rollback_each', 'IN n integer DEFAULT 1, IN dry_run boolean DEFAULT false, IN resume text DEFAULT NULL::text', NULL),
    ('rollback_to', 'filename text, dry_run boolean DEFAULT false',
     'TABLE(filename text, outcome text, reason text, statements integer, duration interval)'),
    ('rollback_to_each', 'IN filename text, IN dry_run boolean DEFAULT false, IN resume text DEFAULT NULL::text', NULL),
    ('status', '', 'TABLE(status text, filename text, applied_at timestamp with time zone, down boolean)'),
    ('unbaseline', 'filename text', 'text'),
    ('unregister', 'filename text', 'text'),
    ('verify', 'filename text, strict boolean DEFAULT false',
     'TABLE(object_type text, object text, change text, expected text, actual text)') $$,
  'the signatures of the manual');

CREATE FUNCTION pg_temp.functions() RETURNS TABLE (signature text, oid oid, detail pg_proc) LANGUAGE sql AS $$
  SELECT oid::regprocedure::text, oid, pg_proc FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace
$$;

SELECT is_empty($$ SELECT signature FROM pg_temp.functions() WHERE (detail).provolatile <> 'v' $$, 'every function is VOLATILE');
SELECT is_empty($$ SELECT signature FROM pg_temp.functions() WHERE (detail).proparallel <> 'u' $$, 'every function is PARALLEL UNSAFE');
SELECT is_empty($$ SELECT signature FROM pg_temp.functions() WHERE (detail).prosecdef $$,
  'none is SECURITY DEFINER: migration SQL runs with the caller''s rights');
SELECT is_empty($$ SELECT signature FROM pg_temp.functions() WHERE (detail).proconfig IS NOT NULL $$,
  'none has a SET clause, which would reach migration SQL');
SELECT is_empty($$ SELECT signature FROM pg_temp.functions() WHERE (detail).proisstrict $$,
  'none is STRICT: a NULL is an error, not a silent nothing');
SELECT is_empty($$ SELECT signature FROM pg_temp.functions() WHERE coalesce(obj_description(oid, 'pg_proc'), '') = '' $$,
  'every function and procedure has a comment');
SELECT bag_eq($$ SELECT oid FROM pg_temp.functions() $$, $$ SELECT * FROM pg_temp.members('pg_proc') $$,
  'every function is a member of the extension');

-- Tables ------------------------------------------------------------------------------------------------------------

SELECT tables_are('pg_flux', ARRAY['migration', 'applied', 'history', 'partial', 'state']);
SELECT sequences_are('pg_flux', ARRAY['applied_sequence_seq', 'history_id_seq']);
SELECT views_are('pg_flux', '{}'::name[], 'no views');

SELECT col_is_pk('pg_flux', 'migration', 'filename', 'the primary key of migration');
SELECT col_is_pk('pg_flux', 'applied', 'filename', 'the primary key of applied');
SELECT col_is_pk('pg_flux', 'history', 'id', 'the primary key of history');
SELECT col_is_pk('pg_flux', 'partial', ARRAY['filename', 'number'], 'the primary key of partial');
SELECT col_is_pk('pg_flux', 'state', 'singleton', 'the primary key of state');
SELECT hasnt_fk('pg_flux', 'applied', 'a parallel restore fills the tables in any order');
SELECT hasnt_fk('pg_flux', 'partial', 'this one, too');
SELECT col_is_unique('pg_flux', 'applied', 'sequence', 'apply order has no ties');

SELECT columns_are('pg_flux', 'migration',
  ARRAY['filename', 'body', 'undo', 'checksum', 'has_down', 'registered_by', 'registered_at', 'confirmed_by']);
SELECT columns_are('pg_flux', 'applied', ARRAY['filename', 'sequence', 'checksum', 'baseline', 'applied_at', 'applied_by']);
SELECT columns_are('pg_flux', 'history',
  ARRAY['id', 'action', 'filename', 'sql', 'role', 'session_role', 'happened_at', 'duration']);
SELECT columns_are('pg_flux', 'partial',
  ARRAY['filename', 'number', 'direction', 'line', 'statement', 'state', 'in_doubt', 'doubted', 'indexes_before', 'error']);
SELECT columns_are('pg_flux', 'state', ARRAY['singleton', 'changes']);

SELECT is_empty(
  $$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r' AND attgenerated <> '' $$,
  'derived columns are plain ones: status() never computes them');
SELECT is_empty(
  $$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r' AND atttypid = ANY
       ('{oid, regrole, regproc, regprocedure, regclass, regtype, regnamespace}'::regtype[]::oid[]) AND attnum > 0 $$,
  'nothing is stored by OID, which a restore changes');
SELECT results_eq(
  $$ SELECT attrelid::regclass::text COLLATE "default", collname::text COLLATE "default" FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
     WHERE attrelid IN ('pg_flux.migration'::regclass, 'pg_flux.applied'::regclass, 'pg_flux.history'::regclass, 'pg_flux.partial'::regclass)
       AND attname = 'filename' ORDER BY 1 $$,
  $$ VALUES ('pg_flux.applied', 'C'), ('pg_flux.history', 'C'), ('pg_flux.migration', 'C'), ('pg_flux.partial', 'C') $$,
  'file names compare by their bytes, whatever the locale');

SELECT is_empty(
  $$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r'
     AND coalesce(obj_description(oid, 'pg_class'), '') = '' $$,
  'every table has a comment');
SELECT is_empty(
  $$ SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
       AND coalesce(col_description(attrelid, attnum), '') = '' $$,
  'every column has a comment');
SELECT bag_eq(
  $$ SELECT oid FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind IN ('r', 'S') $$,
  $$ SELECT * FROM pg_temp.members('pg_class') $$,
  'tables and sequences are members of the extension');
SELECT bag_eq(
  $$ SELECT unnest(extconfig) FROM pg_extension WHERE extname = 'pg_flux' $$,
  $$ SELECT oid FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind IN ('r', 'S') $$,
  'pg_dump carries the contents of all of them, sequences included');
SELECT is((SELECT array_to_string(extcondition, '') FROM pg_extension WHERE extname = 'pg_flux'), '',
  'and all of their rows');
SELECT is((SELECT count(*) FROM pg_flux.migration) + (SELECT count(*) FROM pg_flux.applied) + (SELECT count(*) FROM pg_flux.history)
  + (SELECT count(*) FROM pg_flux.partial) + (SELECT count(*) FROM pg_flux.state), 0::bigint, 'all tables start empty, so that a restore finds its places free');

SELECT throws_ok($$ INSERT INTO pg_flux.state VALUES (false, 0) $$, '23514', NULL, 'state has no second kind of row');
SELECT throws_ok(
  $$ INSERT INTO pg_flux.migration VALUES (repeat('x', 252) || '.sql', '', NULL, '', false, 'x', now()) $$,
  '23514', NULL, 'a file name of 256 bytes does not fit into the table');
SELECT throws_ok(
  $$ INSERT INTO pg_flux.history (action, role, session_role, happened_at) VALUES ('drop', 'x', 'x', now()) $$,
  '23514', NULL, 'the history knows its actions');
SELECT throws_ok(
  $$ INSERT INTO pg_flux.history (id, action, role, session_role, happened_at) VALUES (1, 'prune', 'x', 'x', now()) $$,
  '428C9', NULL, 'nobody picks the place of a history row');

-- Triggers that guard the tables: always on, and only for changes.
SELECT results_eq(
  $$ SELECT tgrelid::regclass::text COLLATE "default", tgenabled::text, tgtype::int FROM pg_trigger
     WHERE tgname = 'refuse_during_run' ORDER BY 1 $$,
  $$ VALUES ('pg_flux.applied', 'A', 62), ('pg_flux.history', 'A', 62), ('pg_flux.migration', 'A', 62),
            ('pg_flux.partial', 'A', 62), ('pg_flux.state', 'A', 62) $$,
  'statement triggers stand before every change of every table, replicas included');
SELECT results_eq(
  $$ SELECT tgrelid::regclass::text COLLATE "default", tgenabled::text, tgtype::int FROM pg_trigger
     WHERE tgname = 'skip_replicated' ORDER BY 1 $$,
  $$ VALUES ('pg_flux.applied', 'R', 31), ('pg_flux.history', 'R', 31), ('pg_flux.migration', 'R', 31),
            ('pg_flux.partial', 'R', 31), ('pg_flux.state', 'R', 31) $$,
  'row triggers for replicated rows fire in replication only');
SELECT throws_ok($$ SELECT pg_flux.refuse_during_run() $$, '39P01', NULL, 'refuse_during_run() is nothing but a trigger');
SELECT throws_ok($$ SELECT pg_flux.skip_replicated() $$, '39P01', NULL, 'skip_replicated() is nothing but a trigger');

-- Outside of a run the owner may change the tables by hand: a restore's COPY, or a DBA's repair, must work.
SET LOCAL session_replication_role = replica;
SELECT lives_ok(
  $$ INSERT INTO pg_flux.migration VALUES ('hand.sql', 'SELECT 1', NULL, 'x', false, 'x', now()) $$,
  'rows that a session, not a subscription, brings as replica are stored');
SELECT results_eq($$ SELECT filename FROM pg_flux.migration $$, $$ VALUES ('hand.sql' COLLATE "C") $$, 'there it is');
SELECT lives_ok($$ UPDATE pg_flux.migration SET undo = 'SELECT 2' $$, 'updated as replica');
SELECT is((SELECT undo FROM pg_flux.migration), 'SELECT 2', 'with the new value');
SELECT lives_ok($$ DELETE FROM pg_flux.migration $$, 'deleted as replica');
SELECT is_empty($$ SELECT FROM pg_flux.migration $$, 'gone');
SET LOCAL session_replication_role = origin;

-- Privileges --------------------------------------------------------------------------------------------------------

CREATE ROLE flux_stranger;
SELECT schema_privs_are('pg_flux', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on the schema');
SELECT table_privs_are('pg_flux', 'migration', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on migration');
SELECT table_privs_are('pg_flux', 'applied', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on applied');
SELECT table_privs_are('pg_flux', 'history', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on history');
SELECT table_privs_are('pg_flux', 'partial', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on partial');
SELECT table_privs_are('pg_flux', 'state', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on state');
SELECT sequence_privs_are('pg_flux', 'applied_sequence_seq', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on sequences');
SELECT sequence_privs_are('pg_flux', 'history_id_seq', 'flux_stranger', '{}'::name[], 'PUBLIC has nothing on sequences');
SELECT is_empty(
  $$ SELECT signature FROM pg_temp.functions() WHERE has_function_privilege('flux_stranger', oid, 'EXECUTE') $$,
  'PUBLIC may execute nothing');
SELECT is_empty(
  $$ SELECT signature FROM pg_temp.functions(), aclexplode((detail).proacl) WHERE grantee <> (detail).proowner $$,
  'nobody but the owner may execute anything before a grant');

-- Coming and going --------------------------------------------------------------------------------------------------

SELECT throws_ok($$ DROP SCHEMA pg_flux CASCADE $$, '2BP01', NULL, 'the schema cannot be dropped from under the extension');
SELECT throws_ok($$ DROP TABLE pg_flux.applied CASCADE $$, '2BP01', NULL, 'nor can a table');
SELECT throws_ok($$ DROP FUNCTION pg_flux.rollback $$, '2BP01', NULL, 'nor can a function');
SELECT throws_ok($$ ALTER EXTENSION pg_flux SET SCHEMA public $$, '0A000', NULL, 'nor can the extension move');
SELECT throws_ok($$ CREATE EXTENSION pg_flux $$, '42710', NULL, 'there is one pg_flux in a database');
SAVEPOINT before_public;
-- pgTAP itself lives there, so what is left is looked at after coming back.
CREATE TEMPORARY TABLE after_public (survives boolean);
SELECT throws_ok(
  $$ DO $do$ BEGIN
       PERFORM pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE public.t ();\n-- +migrate Down\nSELECT 1');
       DROP SCHEMA public CASCADE;
       IF (SELECT count(*) FROM pg_flux.status()) = 1 THEN RAISE EXCEPTION USING ERRCODE = 'TR001'; END IF;
     END $do$ $$,
  'TR001', NULL, 'DROP SCHEMA public CASCADE leaves pg_flux and every Down in place');

-- The same session goes on after the extension was dropped and made again: no plan of the old tables is used.
SELECT lives_ok($$ SELECT pg_flux.register('1.sql', 'CREATE TABLE here ()') $$, 'registered before the extension goes');
SELECT lives_ok($$ DROP EXTENSION pg_flux $$, 'DROP EXTENSION needs no CASCADE');
SELECT hasnt_schema('pg_flux', 'and takes everything away');
SELECT is_empty($$ SELECT proname FROM pg_proc WHERE probin LIKE '%pg_flux%' $$, 'no function is left');
SELECT is_empty($$ SELECT classid, objid FROM pg_depend WHERE refobjid NOT IN (SELECT oid FROM pg_extension)
  AND refclassid = 'pg_extension'::regclass $$, 'nothing that depends on the extension is left');
SELECT lives_ok($$ CREATE EXTENSION pg_flux $$, 'the extension comes back in the same session');
SELECT is_empty($$ SELECT * FROM pg_flux.status() $$, 'empty');
SELECT is(pg_flux.register('1.sql', 'CREATE TABLE here ()'), 'added', 'and works: register');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.apply() $$, $$ VALUES ('1.sql', 'applied') $$, 'apply');
SELECT results_eq($$ SELECT status, filename FROM pg_flux.status() $$, $$ VALUES ('applied', '1.sql') $$, 'status');
SELECT is((SELECT changes FROM pg_flux.state), 1::bigint, 'the count of changes starts anew, once for a transaction');
SELECT lives_ok($$ SET LOCAL search_path = ''; DROP EXTENSION pg_flux; CREATE EXTENSION pg_flux; RESET search_path $$,
  'it can be installed with an empty search_path');
SELECT lives_ok($$ CREATE EXTENSION IF NOT EXISTS pg_flux $$, 'IF NOT EXISTS');

-- The owner of the extension owns everything.
SELECT is_empty($$ SELECT oid::regclass FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace
  AND relowner <> (SELECT extowner FROM pg_extension WHERE extname = 'pg_flux') $$, 'tables, indexes and sequences belong to its owner');
SELECT is_empty($$ SELECT signature FROM pg_temp.functions()
  WHERE (detail).proowner <> (SELECT extowner FROM pg_extension WHERE extname = 'pg_flux') $$, 'functions belong to its owner');
CREATE ROLE flux_nobody;
GRANT CREATE ON DATABASE :"DBNAME" TO flux_nobody;
DROP EXTENSION pg_flux;
SET LOCAL ROLE flux_nobody;
SELECT throws_ok($$ CREATE EXTENSION pg_flux $$, '42501', NULL, 'it takes a superuser to install it');
RESET ROLE;
SELECT hasnt_schema('pg_flux', 'nothing of the attempt is left');

SELECT * FROM finish();
ROLLBACK;
