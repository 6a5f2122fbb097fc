--
-- Running Up sections.
--
CREATE SCHEMA apply;
SET search_path = apply;

SELECT pg_flux.register('001_users.sql', '-- +migrate Up
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, ''Ada'');
-- +migrate Down
DROP TABLE users;
');
SELECT pg_flux.register('002_orders.sql', 'CREATE TABLE orders (id int, user_id int REFERENCES users);', 'DROP TABLE orders;');
SELECT pg_flux.register('010_view.sql', '-- +migrate Up
CREATE VIEW customers AS SELECT name FROM users JOIN orders ON user_id = users.id;
');

-- A dry run tells what would happen, and does nothing.
SELECT * FROM pg_flux.apply(dry_run => true);
SELECT * FROM pg_flux.apply(2, true);
SELECT status, filename FROM pg_flux.status();

-- The next ones in the order of their names; one row for each.
SELECT filename, outcome, reason, statements, duration >= '0' AS duration FROM pg_flux.apply(1);
SELECT filename, outcome, reason, statements, duration >= '0' AS duration FROM pg_flux.apply(10);
SELECT status, filename, applied_at BETWEEN now() - interval '1 hour' AND now() AS applied_at, down FROM pg_flux.status();
SELECT * FROM users;
SELECT * FROM customers;
SELECT action, filename, sql, role = current_user AS role, session_role = session_user AS session_role, duration >= '0' AS duration
FROM pg_flux.history ORDER BY id;

-- Nothing pending.
SELECT * FROM pg_flux.apply();
SELECT * FROM pg_flux.apply(5, dry_run => true);

-- NULL is all, anything below 1 an error: never all by accident.
SELECT * FROM pg_flux.apply(0);
SELECT * FROM pg_flux.apply(-1);
SELECT * FROM pg_flux.apply(NULL);

-- One that comes before an applied one by name is applied, with a warning; the order of application is what counts from then on.
SELECT pg_flux.register('009_late.sql', 'CREATE TABLE late (id int);', 'DROP TABLE late;');
SELECT pg_flux.register('011_last.sql', 'CREATE TABLE last (id int);', 'DROP TABLE last;');
SELECT filename, outcome FROM pg_flux.apply(dry_run => true);
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename FROM pg_flux.applied ORDER BY sequence;

-- A failing statement: PostgreSQL's own error, where it stands, and nothing done.
SELECT pg_flux.register('012_fine.sql', 'CREATE TABLE fine (id int);', 'DROP TABLE fine;');
SELECT pg_flux.register('013_fails.sql', '-- +migrate Up
CREATE TABLE fails (id int);

INSERT INTO users
VALUES (2, ''Grace''),
       (1, ''Ada again'');
-- +migrate Down
DROP TABLE fails;
');
SELECT filename, outcome FROM pg_flux.apply();
SELECT to_regclass('fine') AS fine, to_regclass('fails') AS fails, count(*) AS users FROM users;
SELECT status, filename FROM pg_flux.status() WHERE filename > '011';
SELECT count(*) FROM pg_flux.history WHERE filename > '012';

-- psql points into the statement where PostgreSQL does.
SELECT pg_flux.register('013_fails.sql', '-- +migrate Up
CREATE TABLE fails (id int);
SELECT id,
       nmae
FROM users;
');
SELECT filename, outcome FROM pg_flux.apply();
-- DETAIL and HINT come through, also from within functions.
SELECT pg_flux.register('013_fails.sql', $file$-- +migrate Up
SELECT 1;
DO $$
BEGIN
    RAISE EXCEPTION 'no luck' USING ERRCODE = 'LUCK1', DETAIL = 'It is Friday.', HINT = 'Wait.';
END
$$;
$file$);
SELECT filename, outcome FROM pg_flux.apply();
\set VERBOSITY sqlstate
SELECT filename, outcome FROM pg_flux.apply();
\set VERBOSITY default

-- Notices and warnings of the statements reach the client; their rows go nowhere.
SELECT pg_flux.register('013_fails.sql', $file$-- +migrate Up
DO $$ BEGIN RAISE NOTICE 'half way'; RAISE WARNING 'be careful'; END $$;
SELECT 'never seen';
CREATE TABLE IF NOT EXISTS users (id int);
SELECT name INTO selected FROM users;
CREATE TABLE created AS SELECT name FROM users;
INSERT INTO users VALUES (3, 'Edsger') RETURNING name;
EXPLAIN SELECT 1;
SHOW search_path;
VALUES (1), (2);
DECLARE cursor CURSOR FOR SELECT * FROM users;
FETCH ALL FROM cursor;
CLOSE cursor;
PREPARE insert_user AS INSERT INTO users VALUES ($1, $2);
EXECUTE insert_user (4, 'Alan');
DEALLOCATE insert_user;
LOCK TABLE users;
CALL pg_temp.call_me();
$file$, 'DROP TABLE created, selected; DELETE FROM users WHERE id > 2;');
CREATE PROCEDURE pg_temp.call_me() LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'called'; END $$;
SELECT filename, outcome, statements FROM pg_flux.apply();
SELECT * FROM selected;
SELECT * FROM created;
SELECT * FROM users;

-- A migration without SQL is applied as well.
SELECT pg_flux.register('014_empty.sql', '-- nothing to do');
SELECT filename, outcome, statements FROM pg_flux.apply();

-- force is for migrations that say which catalog they were written against; on others it changes nothing.
SELECT pg_flux.register('015_force.sql', 'SELECT 1;', 'SELECT 2;');
SELECT filename, outcome, reason, statements FROM pg_flux.apply(force => true);

-- Its statements run as the caller, with the caller's search_path.
CREATE SCHEMA apply_here;
SET search_path = apply_here, apply;
SELECT pg_flux.register('016_path.sql', 'CREATE TABLE users AS SELECT current_user AS name;', 'DROP TABLE users;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT to_regclass('apply_here.users') IS NOT NULL AS made_here, name = current_user AS by_me FROM apply_here.users;

-- It cannot be called where no rows can be returned to, nor in a read-only transaction; a dry run can.
SELECT pg_flux.register('017_more.sql', 'SELECT 1;', 'SELECT 2;');
SELECT 1 WHERE pg_flux.apply() IS NULL;
BEGIN TRANSACTION READ ONLY;
SELECT filename, outcome FROM pg_flux.apply(dry_run => true);
SELECT filename, outcome FROM pg_flux.apply();
ROLLBACK;

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA apply, apply_here CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
