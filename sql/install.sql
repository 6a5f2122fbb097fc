--
-- What CREATE EXTENSION makes, and that DROP EXTENSION takes all of it away.
--

-- pg_regress has installed it; start without it.
DROP EXTENSION pg_flux;
SELECT pg_flux.status();
CREATE FUNCTION pg_temp.catalog_rows() RETURNS text LANGUAGE sql
BEGIN ATOMIC
    SELECT format('%s namespaces, %s relations, %s columns, %s functions, %s types, %s triggers, %s constraints, %s comments, %s initial privileges, %s dependencies',
        (SELECT count(*) FROM pg_namespace), (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
        (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_trigger),
        (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_description),
        (SELECT count(*) FROM pg_init_privs), (SELECT count(*) FROM pg_depend));
END;
SELECT pg_temp.catalog_rows() AS without_it \gset

-- A schema can be chosen neither when it is made nor later.
CREATE EXTENSION pg_flux SCHEMA public;
CREATE EXTENSION pg_flux;
ALTER EXTENSION pg_flux SET SCHEMA public;

-- The functions.
\df pg_flux.*

-- None of them may run in a parallel worker or be left out as a repetition, all see NULLs, and none has rights of its own.
SELECT DISTINCT provolatile, proparallel, proisstrict, prosecdef, proconfig
FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace;

-- The tables.
SELECT relname, relkind, relpersistence,
       (SELECT string_agg(attname, ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0) AS columns
FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind IN ('r', 'v', 'm', 'f', 'p') ORDER BY relname;

-- Every table has a primary key; all are guarded, also against a replica's session_replication_role.
SELECT tables.oid::regclass, pg_get_constraintdef(pg_constraint.oid) AS primary_key, triggers
FROM pg_class AS tables
LEFT JOIN pg_constraint ON conrelid = tables.oid AND contype = 'p'
LEFT JOIN LATERAL (SELECT string_agg(format('%s %s', tgname, tgenabled), ', ' ORDER BY tgname) AS triggers
                   FROM pg_trigger WHERE tgrelid = tables.oid AND NOT tgisinternal) AS guards ON true
WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r' ORDER BY relname;

-- pg_dump carries the contents of all tables and sequences: none is left out.
SELECT oid::regclass FROM pg_class
WHERE relnamespace = 'pg_flux'::regnamespace AND relkind IN ('r', 'S')
EXCEPT SELECT unnest(extconfig)::regclass FROM pg_extension WHERE extname = 'pg_flux';
SELECT extconfig IS NOT NULL AS has_contents, array_to_string(extcondition, '') AS conditions
FROM pg_extension WHERE extname = 'pg_flux';

-- Everything has a comment: this lists what has none.
SELECT nspname AS schema FROM pg_namespace WHERE nspname = 'pg_flux' AND obj_description(oid, 'pg_namespace') IS NULL;
SELECT oid::regprocedure AS function FROM pg_proc
WHERE pronamespace = 'pg_flux'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL;
SELECT oid::regclass AS table FROM pg_class
WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r' AND obj_description(oid, 'pg_class') IS NULL;
SELECT attrelid::regclass AS table, attname AS column
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
  AND col_description(attrelid, attnum) IS NULL;
SELECT extname, obj_description(oid, 'pg_extension') AS comment FROM pg_extension WHERE extname = 'pg_flux';

-- All objects in the schema belong to the extension: this lists those that do not.
SELECT pg_describe_object(classid, objid, 0) AS stray
FROM (SELECT 'pg_proc'::regclass AS classid, oid AS objid FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace
      UNION ALL
      SELECT 'pg_class', oid FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind IN ('r', 'v', 'S')
        AND oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'i' AND classid = 'pg_class'::regclass)
      UNION ALL
      SELECT 'pg_namespace', 'pg_flux'::regnamespace) AS objects
WHERE NOT EXISTS (SELECT FROM pg_depend
                  WHERE (classid, objid, deptype) = (objects.classid, objects.objid, 'e'));

-- PUBLIC may do nothing: these list what it may.
SELECT nspname FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'pg_flux' AND grantee = 0;
SELECT relname, privilege_type FROM pg_class, aclexplode(relacl)
WHERE relnamespace = 'pg_flux'::regnamespace AND grantee = 0;
SELECT oid::regprocedure FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
WHERE pronamespace = 'pg_flux'::regnamespace AND grantee = 0;
CREATE ROLE regress_flux_stranger;
SET ROLE regress_flux_stranger;
SELECT pg_flux.status();
SELECT pg_flux.register('01.sql', 'SELECT 1');
SELECT * FROM pg_flux.history;
RESET ROLE;

-- USAGE on the schema alone opens no function.
GRANT USAGE ON SCHEMA pg_flux TO regress_flux_stranger;
SET ROLE regress_flux_stranger;
SELECT pg_flux.status();
SELECT pg_flux.rollback();
SELECT body FROM pg_flux.migration;
RESET ROLE;
REVOKE USAGE ON SCHEMA pg_flux FROM regress_flux_stranger;
DROP ROLE regress_flux_stranger;

-- The trigger functions are for triggers.
SELECT pg_flux.refuse_during_run();

-- The extension does not live in public, and does not go with it.
SET client_min_messages = warning;
BEGIN;
DROP SCHEMA public CASCADE;
SELECT pg_flux.register('01.sql', 'SELECT 1', 'SELECT 2');
SELECT status, filename, down FROM pg_flux.status();
ROLLBACK;

-- DROP EXTENSION leaves nothing, also with migrations in it.
SELECT pg_flux.register('01.sql', 'SELECT 1', 'SELECT 2');
SELECT outcome FROM pg_flux.apply();
RESET client_min_messages;
DROP EXTENSION pg_flux;
SELECT pg_temp.catalog_rows() = :'without_it' AS nothing_left;
SELECT nspname FROM pg_namespace WHERE nspname LIKE '%flux%';

-- A schema of that name that is there already is in the way, and stays.
BEGIN;
SET LOCAL allow_system_table_mods = on;
CREATE SCHEMA pg_flux;
RESET allow_system_table_mods;
-- (From 18 on with a context.)
\set SHOW_CONTEXT never
CREATE EXTENSION pg_flux;
\set SHOW_CONTEXT errors
ROLLBACK;

-- In one transaction it can come and go.
BEGIN;
CREATE EXTENSION pg_flux;
SELECT pg_flux.register('01.sql', 'SELECT 1', 'SELECT 2');
DROP EXTENSION pg_flux;
CREATE EXTENSION pg_flux;
SELECT status, filename FROM pg_flux.status();
SELECT pg_flux.register('01.sql', 'SELECT 1', 'SELECT 2');
SELECT status, filename FROM pg_flux.status();
ROLLBACK;

-- The files that follow need it.
CREATE EXTENSION pg_flux;
