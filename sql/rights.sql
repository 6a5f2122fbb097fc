--
-- Whose rights: the owner's on the tables of pg_flux, the caller's on the SQL of migrations, and the author's as a limit.
--
-- The user who is connected counts too, and is a superuser here: what a deployer who is connected can do is tested elsewhere.
--
CREATE SCHEMA rights;
SET search_path = rights;
CREATE ROLE regress_flux_super SUPERUSER;
CREATE ROLE regress_flux_deployer;
CREATE ROLE regress_flux_other;
CREATE ROLE regress_flux_team;
GRANT ALL ON SCHEMA rights TO PUBLIC;

-- A deployer is made by grants on the functions. The tables stay closed; what is in them goes through the functions.
GRANT USAGE ON SCHEMA pg_flux TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_flux TO PUBLIC;
SET SESSION AUTHORIZATION regress_flux_deployer;
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'DROP TABLE mine;');
SELECT * FROM pg_flux.status();
SELECT filename, statement FROM pg_flux.plan(1, 'up');
SELECT filename, outcome FROM pg_flux.baseline('1.sql');
SELECT pg_flux.unbaseline('1.sql');
SELECT pg_flux.prune_history('-infinity');
SELECT * FROM pg_flux.applied;
SELECT * FROM pg_flux.history;
INSERT INTO pg_flux.history (action, role, session_role, happened_at) VALUES ('apply', 'me', 'me', now());
UPDATE pg_flux.migration SET registered_by = 'regress_flux_super';
RESET SESSION AUTHORIZATION;
SELECT filename, registered_by FROM pg_flux.migration;
SELECT action, role, session_role FROM pg_flux.history ORDER BY id;

-- Nobody runs a text with rights that who registered it does not have: not the superuser,
SET SESSION AUTHORIZATION regress_flux_super;
SELECT filename, outcome FROM pg_flux.apply();
\set VERBOSITY sqlstate
SELECT filename, outcome FROM pg_flux.apply();
\set VERBOSITY default
SELECT filename, outcome FROM pg_flux.apply(dry_run => true);
-- not after SET ROLE, which the text could take back,
SET ROLE regress_flux_deployer;
SELECT filename, outcome FROM pg_flux.apply();
RESET ROLE;
-- and not somebody else.
SET SESSION AUTHORIZATION regress_flux_other;
SELECT filename, outcome FROM pg_flux.apply();
SELECT status, filename FROM pg_flux.status();

-- Who has those rights and has read it registers the same text again, and vouches for it.
SET SESSION AUTHORIZATION regress_flux_super;
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'DROP TABLE mine;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT role FROM mine;
SELECT filename, outcome FROM pg_flux.rollback();
-- Registering it again with fewer rights does not lower that; a changed text is another author's.
SET SESSION AUTHORIZATION regress_flux_deployer;
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'DROP TABLE mine;');
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'DROP TABLE mine; -- changed');
SET SESSION AUTHORIZATION regress_flux_super;
SELECT filename, outcome FROM pg_flux.apply();
-- So it is with the Down of an applied one, and with a repair: rolling back is running, too.
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'DROP TABLE mine;');
SELECT filename, outcome FROM pg_flux.apply();
SET SESSION AUTHORIZATION regress_flux_deployer;
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'ALTER ROLE regress_flux_deployer SUPERUSER;');
SET SESSION AUTHORIZATION regress_flux_super;
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.register('1.sql', 'CREATE TABLE mine AS SELECT current_user AS role;', 'DROP TABLE mine;');
SET SESSION AUTHORIZATION regress_flux_deployer;
SELECT pg_flux.repair('1.sql', 'SELECT 1;', 'ALTER ROLE regress_flux_deployer SUPERUSER;');
SET SESSION AUTHORIZATION regress_flux_super;
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.repair('1.sql', 'SELECT 1;', 'DROP TABLE mine;');
SELECT filename, outcome FROM pg_flux.rollback();
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_flux_deployer';
-- A baselined one needs no rights: it does not run.
SET SESSION AUTHORIZATION regress_flux_deployer;
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'SELECT 2;');
SET SESSION AUTHORIZATION regress_flux_super;
SELECT filename, outcome FROM pg_flux.baseline('1.sql');
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.unbaseline('1.sql');

-- Of two roles of which neither has the rights of the other, the first stays.
SET SESSION AUTHORIZATION regress_flux_other;
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'SELECT 2;');
SELECT filename, outcome FROM pg_flux.apply();
RESET SESSION AUTHORIZATION;
-- A team: who takes its role registers for all of it; a member has the rights of the team, the team not those of the member.
GRANT regress_flux_team TO regress_flux_deployer;
SET SESSION AUTHORIZATION regress_flux_deployer;
SET ROLE regress_flux_team;
SELECT pg_flux.register('1.sql', 'SELECT 3;', 'SELECT 4;');
RESET ROLE;
SELECT filename, outcome FROM pg_flux.apply(dry_run => true);
SELECT pg_flux.register('1.sql', 'SELECT 3;', 'SELECT 4;');
RESET SESSION AUTHORIZATION;
-- A role that no longer exists has no rights; whoever registers the text then is its author.
CREATE ROLE regress_flux_gone;
SET SESSION AUTHORIZATION regress_flux_gone;
SELECT pg_flux.register('1.sql', 'SELECT 5;', 'SELECT 6;');
SET SESSION AUTHORIZATION regress_flux_super;
DROP ROLE regress_flux_gone;
SELECT filename, outcome FROM pg_flux.apply();
SET SESSION AUTHORIZATION regress_flux_other;
SELECT pg_flux.register('1.sql', 'SELECT 5;', 'SELECT 6;');
SET SESSION AUTHORIZATION regress_flux_super;
SELECT pg_flux.register('1.sql', 'SELECT 5;', 'SELECT 6;');
SELECT filename, outcome FROM pg_flux.apply();

-- In a SECURITY DEFINER function the caller is the function's owner.
SELECT pg_flux.register('2.sql', 'CREATE TABLE made AS SELECT current_user AS role;', 'DROP TABLE made;');
CREATE FUNCTION deploy() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = rights
    AS 'SELECT filename FROM pg_flux.apply()';
SET SESSION AUTHORIZATION regress_flux_other;
SELECT deploy();
SELECT pg_flux.register('3.sql', 'ALTER ROLE regress_flux_other SUPERUSER;');
SELECT deploy();
RESET SESSION AUTHORIZATION;
SELECT * FROM made;
SELECT filename, role, session_role FROM pg_flux.history WHERE filename = '2.sql';

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA rights CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
REVOKE ALL ON SCHEMA pg_flux FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pg_flux FROM PUBLIC;
DROP ROLE regress_flux_super, regress_flux_deployer, regress_flux_other, regress_flux_team;
