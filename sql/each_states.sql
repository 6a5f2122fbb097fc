--
-- The table of states and calls: what each function and procedure does with a migration in each state.
--
-- The migration is 2.sql; 1.sql before it is applied and 3.sql behind it is pending. Both its sections insert, vacuum and
-- insert again; the partial states stopped at the third statement, which would succeed now. After each call comes what
-- remained: the states, and what ran.
--
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA each_states;
SET search_path = each_states;
CREATE TABLE t ();
CREATE TABLE ran (number int GENERATED ALWAYS AS IDENTITY, what text CHECK (what NOT LIKE 'bad%'));
CREATE VIEW look AS
    SELECT (SELECT string_agg(format('%s %s', filename, status), ', ' ORDER BY filename) FROM pg_flux.status())
        || coalesce('; ran ' || (SELECT string_agg(what, ', ' ORDER BY number) FROM ran), '')
        || coalesce('; history ' || (SELECT string_agg(format('%s %s', action, filename), ', ' ORDER BY id) FROM pg_flux.history), '') AS "remained";

CREATE FUNCTION body(up text, down text) RETURNS text LANGUAGE sql AS $$
    SELECT format(E'-- +migrate Up\nINSERT INTO ran (what) VALUES (''up 1'');\nVACUUM t;\nINSERT INTO ran (what) VALUES (%L);\n', up)
        || format(E'-- +migrate Down\nINSERT INTO ran (what) VALUES (''down 1'');\nVACUUM t;\nINSERT INTO ran (what) VALUES (%L);\n', down)
$$;

-- Each state is reached once as it is in life, and kept; the calls below find it as it was.
CREATE TABLE kept (state text, source text, line jsonb);
CREATE FUNCTION keep(state text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO kept
    SELECT $1, 'migration', to_jsonb(m) FROM pg_flux.migration m
    UNION ALL SELECT $1, 'applied', to_jsonb(a) FROM pg_flux.applied a
    UNION ALL SELECT $1, 'partial', to_jsonb(p) FROM pg_flux.partial p;
$$;
CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$
    DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history;
    DELETE FROM ran;
$$;
CREATE FUNCTION restore(state text) RETURNS void LANGUAGE sql AS $$
    SELECT forget();
    INSERT INTO pg_flux.migration SELECT (jsonb_populate_record(NULL::pg_flux.migration, line)).* FROM kept WHERE state = $1 AND source = 'migration';
    INSERT INTO pg_flux.applied OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::pg_flux.applied, line)).* FROM kept WHERE state = $1 AND source = 'applied';
    INSERT INTO pg_flux.partial SELECT (jsonb_populate_record(NULL::pg_flux.partial, line)).* FROM kept WHERE state = $1 AND source = 'partial';
$$;

SELECT pg_flux.register('1.sql', 'INSERT INTO ran (what) VALUES (''1'');', 'INSERT INTO ran (what) VALUES (''1 down'');');
SELECT pg_flux.register('2.sql', body('up 3', 'down 3'));
CALL pg_flux.apply_each(1);
SELECT pg_flux.register('3.sql', 'INSERT INTO ran (what) VALUES (''3'');', 'INSERT INTO ran (what) VALUES (''3 down'');');
SELECT keep('pending');
CALL pg_flux.apply_each(1);
SELECT keep('applied');
CALL pg_flux.rollback_each();
SELECT pg_flux.baseline('2.sql');
SELECT keep('baselined');
SELECT pg_flux.unbaseline('2.sql');
SELECT pg_flux.register('2.sql', body('bad', 'down 3'));
CALL pg_flux.apply_each(1);
SELECT pg_flux.register('2.sql', body('up 3', 'down 3'));
SELECT keep('partly applied');
CALL pg_flux.apply_each(1);
SELECT pg_flux.register('2.sql', body('up 3', 'bad'));
CALL pg_flux.rollback_each();
SELECT pg_flux.register('2.sql', body('up 3', 'down 3'));
SELECT keep('partly rolled back');
SELECT state, source, count(*) FROM kept GROUP BY state, source ORDER BY state, source;

-- The directory has the same 2.sql, with another Down.
SELECT set_config('each_states.directory', :'abs_srcdir' || '/sql/data/each_states', false) LIKE '/%' AS set;
CREATE TABLE calls (number int GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO calls (call) SELECT regexp_split_to_table(trim(E'\n' FROM $$
SELECT pg_flux.register('2.sql', body('up 3', 'down 3'))
SELECT pg_flux.register('2.sql', body('another', 'down 3'))
SELECT pg_flux.register('2.sql', body('up 3', 'another'))
SELECT pg_flux.register('2.sql', 'VACUUM t;', 'VACUUM t;')
SELECT pg_flux.register('2.sql', 'VACUUM t;')
SELECT filename, outcome FROM pg_flux.load(current_setting('each_states.directory'))
SELECT pg_flux.unregister('2.sql')
SELECT pg_flux.repair('2.sql', body('up 3', 'down 3'))
SELECT pg_flux.repair('2.sql', body('another', 'down 3'))
SELECT filename, outcome FROM pg_flux.baseline('2.sql')
SELECT filename, outcome FROM pg_flux.baseline('3.sql')
SELECT pg_flux.unbaseline('2.sql')
SELECT status, filename, down FROM pg_flux.status()
SELECT number, line, state, error FROM pg_flux.progress('2.sql')
SELECT filename, number, statement FROM pg_flux.plan(2, 'up')
SELECT filename, number, statement FROM pg_flux.plan(2, 'down')
SELECT filename, outcome, reason FROM pg_flux.apply()
SELECT filename, outcome, reason FROM pg_flux.apply(dry_run => true)
SELECT filename, outcome, reason FROM pg_flux.rollback()
SELECT filename, outcome, reason FROM pg_flux.rollback(dry_run => true)
SELECT filename, outcome, reason FROM pg_flux.rollback_to('1.sql')
SELECT filename, outcome, reason FROM pg_flux.rollback_to('2.sql')
CALL pg_flux.apply_each()
CALL pg_flux.apply_each(1)
CALL pg_flux.apply_each(dry_run => true)
CALL pg_flux.apply_each(resume => 'retry')
CALL pg_flux.apply_each(resume => 'skip')
CALL pg_flux.apply_each(resume => 'restart')
CALL pg_flux.apply_each(dry_run => true, resume => 'restart')
CALL pg_flux.rollback_each()
CALL pg_flux.rollback_each(2)
CALL pg_flux.rollback_each(dry_run => true)
CALL pg_flux.rollback_each(resume => 'retry')
CALL pg_flux.rollback_each(resume => 'skip')
CALL pg_flux.rollback_each(resume => 'restart')
CALL pg_flux.rollback_each(2, resume => 'restart')
CALL pg_flux.rollback_each(dry_run => true, resume => 'restart')
CALL pg_flux.rollback_to_each('1.sql')
CALL pg_flux.rollback_to_each('2.sql')
CALL pg_flux.rollback_to_each('1.sql', dry_run => true)
CALL pg_flux.rollback_to_each('1.sql', resume => 'retry')
CALL pg_flux.rollback_to_each('1.sql', resume => 'skip')
CALL pg_flux.rollback_to_each('1.sql', resume => 'restart')
SELECT pg_flux.prune_history('infinity')
$$), E'\n');
-- What is asked for in each state, call by call.
CREATE VIEW cells AS
    SELECT state, number, format('SELECT restore(%L)', state) AS prepare, call, 'SELECT remained FROM look' AS look
    FROM calls CROSS JOIN (SELECT DISTINCT state FROM kept) AS states;

\pset tuples_only on
\pset format unaligned
\set QUIET on

-- Pending ------------------------------------------------------------------------------------------------------------

SELECT prepare, call, look FROM cells WHERE state = 'pending' ORDER BY number \gexec

-- Applied ------------------------------------------------------------------------------------------------------------

SELECT prepare, call, look FROM cells WHERE state = 'applied' ORDER BY number \gexec

-- Baselined ----------------------------------------------------------------------------------------------------------

SELECT prepare, call, look FROM cells WHERE state = 'baselined' ORDER BY number \gexec

-- Partly applied -----------------------------------------------------------------------------------------------------

SELECT prepare, call, look FROM cells WHERE state = 'partly applied' ORDER BY number \gexec

-- Partly rolled back -------------------------------------------------------------------------------------------------

SELECT prepare, call, look FROM cells WHERE state = 'partly rolled back' ORDER BY number \gexec

\pset tuples_only off
\pset format aligned

-- Leave nothing behind.
SELECT forget();
SET client_min_messages = warning;
DROP SCHEMA each_states CASCADE;
