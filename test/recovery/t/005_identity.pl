# The worker is who the caller is, and no text in it becomes more.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE boss SUPERUSER LOGIN;
CREATE ROLE deployer LOGIN;
CREATE ROLE second LOGIN;
CREATE ROLE team NOLOGIN;
CREATE ROLE loner LOGIN NOINHERIT;
GRANT team TO deployer, second, loner;
GRANT USAGE ON SCHEMA pg_flux TO deployer, second, team, loner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA pg_flux TO deployer, second, team, loner;
GRANT CREATE ON SCHEMA public TO deployer, second, team, loner;
SQL

sub reset_all
{
	$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = error;
DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history;
DROP TABLE IF EXISTS one, two, who;
SQL
	return;
}

my $who = q{CREATE TABLE who AS SELECT current_user::text AS now, session_user::text AS session, current_setting('role') AS role, current_setting('is_superuser') AS super;};
my $seen = q{SELECT now, session, role, super, (SELECT tableowner FROM pg_tables WHERE tablename = 'who') FROM who};

# as NAME, USER, BEFORE: registers and applies, in the worker, as this login after these statements.
sub runs_as
{
	my ($name, $user, $before, $expected) = @_;
	reset_all();
	my $text = quoted("-- +migrate Up notransaction\n$who\nVACUUM who;\n-- +migrate Down\nDROP TABLE who;\nVACUUM;\n");
	my $result = sql($node, "${before}SELECT pg_flux.register('m.sql', $text);\nCALL pg_flux.apply_each();", user => $user);
	is($result->{status}, 0, "$name: Up") or diag($result->{err});
	is(value($node, $seen), $expected, "$name: who it was, and whose table it is") if $result->{status} == 0;
	is(value($node, 'SELECT role, session_role FROM pg_flux.history'), join('|', (split /\|/, $expected)[0, 1]), "$name: what the history says");
	is(value($node, 'SELECT applied_by FROM pg_flux.applied'), (split /\|/, $expected)[0], "$name: what the tracking row says");
	$result = sql($node, "${before}CALL pg_flux.rollback_each();", user => $user);
	is($result->{status}, 0, "$name: Down") or diag($result->{err});
	is(tables($node), '', "$name: undone");
	is_idle($node, $name);
	return;
}

runs_as('a plain login', 'deployer', '', 'deployer|deployer|none|off|deployer');
runs_as('a superuser', 'boss', '', 'boss|boss|none|on|boss');
runs_as('SET ROLE', 'second', "SET ROLE second;\n", 'second|second|second|off|second');
runs_as('a superuser who took a role without login', 'boss', "SET ROLE NONE;\n", 'boss|boss|none|on|boss');

# A role that is not the login's own: its text must be vouched for by one with all the rights, here the superuser.
sub runs_reviewed
{
	my ($name, $user, $before, $expected) = @_;
	reset_all();
	my $file = "-- +migrate Up notransaction\n$who\nVACUUM who;\n";
	my $text = quoted($file);
	is(sql($node, "SELECT pg_flux.register('m.sql', $text)", user => 'boss')->{status}, 0, "$name: registered");
	my $result = sql($node, "${before}CALL pg_flux.apply_each();\nSELECT current_user, session_user;", user => $user);
	is($result->{status}, 0, "$name: applied") or diag($result->{err});
	is(value($node, $seen), $expected, "$name: who it was, and whose table it is") if $result->{status} == 0;
	is($result->{out}, join('|', (split /\|/, $expected)[0, 1]), "$name: and who the caller is afterwards");
	is(value($node, 'SELECT role, session_role FROM pg_flux.history'), $result->{out}, "$name: what the history says");
	return;
}

runs_reviewed('SET ROLE to a role without login', 'deployer', "SET ROLE team;\n", 'team|deployer|team|off|team');
runs_reviewed('SET ROLE of a superuser', 'boss', "SET ROLE team;\n", 'team|boss|team|off|team');
runs_reviewed('SET ROLE of one that does not inherit', 'loner', "SET ROLE team;\n", 'team|loner|team|off|team');
runs_reviewed('SET SESSION AUTHORIZATION', 'boss', "SET SESSION AUTHORIZATION deployer;\n", 'deployer|deployer|none|off|deployer');
runs_reviewed('SET SESSION AUTHORIZATION to a role without login', 'boss', "SET SESSION AUTHORIZATION team;\n", 'team|team|none|off|team');
runs_reviewed('SET SESSION AUTHORIZATION, then SET ROLE', 'boss', "SET SESSION AUTHORIZATION deployer;\nSET ROLE team;\n", 'team|deployer|team|off|team');

# A text that goes where its registrar may not ------------------------------------------------------------------------------

foreach my $case (
	[ 'RESET ROLE', 'SET ROLE deployer;' ],
	[ 'SET ROLE NONE', 'SET ROLE deployer;' ],
	[ 'SET SESSION AUTHORIZATION boss', 'SET SESSION AUTHORIZATION deployer;' ],
	[ 'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION deployer;' ],
	[ 'SET SESSION AUTHORIZATION DEFAULT', 'SET SESSION AUTHORIZATION deployer; SET ROLE team;' ],
	[ 'DISCARD ALL', 'SET SESSION AUTHORIZATION deployer;' ])
{
	my ($escape, $before) = @$case;
	reset_all();
	my $file = quoted("-- +migrate Up notransaction\nCREATE TABLE one ();\n$escape;\nALTER ROLE deployer SUPERUSER;\n");
	is(sql($node, "SELECT pg_flux.register('m.sql', $file)", user => 'deployer')->{status}, 0, "$escape: registered by the deployer");
	my $result = sql($node, "$before\nCALL pg_flux.apply_each();", user => 'boss');
	is_refused($result, '42501', qr/cannot be run with the rights of role "boss"/, "$escape: refused to a superuser who had become somebody else");
	is_refused(sql($node, "$before\nCALL pg_flux.apply_each(dry_run => true);", user => 'boss'), '42501', qr/boss/, "$escape: a dry run says so too");
	is(tables($node), '', "$escape: before anything ran");
	# The deployer itself may run it, and gets no further than it could alone.
	$result = sql($node, 'CALL pg_flux.apply_each();', user => 'deployer');
	is_refused($result, '42501', qr/ERROR/, "$escape: no more than the deployer can");
	is(value($node, q{SELECT rolsuper FROM pg_roles WHERE rolname = 'deployer'}), 'f', "$escape: nobody became a superuser");
	is_idle($node, $escape);
}

# In a text of a superuser it is the superuser's own affair; in the worker it works as in a session.
{
	reset_all();
	my $file = quoted("-- +migrate Up notransaction\nSET ROLE team;\nCREATE TABLE one ();\nRESET ROLE;\nCREATE TABLE two ();\nSET SESSION AUTHORIZATION deployer;\n$who\nRESET SESSION AUTHORIZATION;\nVACUUM one;\n");
	my $result = sql($node, "SELECT pg_flux.register('m.sql', $file);\nCALL pg_flux.apply_each();\nSELECT current_user, session_user;", user => 'boss');
	is($result->{status}, 0, 'a text that changes roles') or diag($result->{err});
	is(value($node, q{SELECT string_agg(tableowner, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'}), 'team boss deployer', 'its tables belong to whom it was');
	is($result->{out} =~ s/^added\n//r, 'boss|boss', 'the caller is who it was');
	is(value($node, 'SELECT role, session_role FROM pg_flux.history'), 'boss|boss', 'and the history says so');
}

# Settings ------------------------------------------------------------------------------------------------------------------

{
	reset_all();
	$node->safe_psql('postgres', q{CREATE SCHEMA aside AUTHORIZATION deployer; ALTER ROLE deployer SET work_mem = '3MB'; ALTER ROLE deployer SET my.role = 'role'; ALTER DATABASE postgres SET maintenance_work_mem = '5MB'});
	my $file = quoted("-- +migrate Up notransaction\nCREATE TABLE here AS SELECT ARRAY[current_setting('search_path'), current_setting('work_mem'), current_setting('maintenance_work_mem'), current_setting('my.own', true), current_setting('my.role', true), current_setting('TimeZone'), current_setting('DateStyle')] AS settings;\nVACUUM here;\n");
	my $result = sql($node, "SELECT pg_flux.register('m.sql', $file);\nSET search_path = aside, public; SET work_mem = '9MB'; SET my.own = 'it''s mine'; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY';\nCALL pg_flux.apply_each();", user => 'deployer');
	is($result->{status}, 0, 'settings of the caller') or diag($result->{err});
	is(value($node, q{SELECT array_to_string(settings, '|') FROM aside.here}), q{aside, public|9MB|5MB|it's mine|role|Asia/Tokyo|SQL, DMY}, 'they arrive');
	$node->safe_psql('postgres', 'SET client_min_messages = error; DROP SCHEMA aside CASCADE; ALTER ROLE deployer RESET ALL; ALTER DATABASE postgres RESET ALL');

	# What only a superuser may set, kept by one who has become somebody else.
	reset_all();
	$file = quoted("-- +migrate Up notransaction\nCREATE TABLE one AS SELECT current_setting('log_min_messages') AS level;\nVACUUM one;\n");
	value($node, "SELECT pg_flux.register('m.sql', $file)", user => 'boss');
	$result = sql($node, "SET log_min_messages = 'error';\nSET ROLE deployer;\nCALL pg_flux.apply_each();", user => 'boss');
	is($result->{status}, 0, q{a superuser's setting}) or diag($result->{err});
	is(value($node, 'SELECT level FROM one'), 'error', 'arrives') if $result->{status} == 0;
	reset_all();
	value($node, "SELECT pg_flux.register('m.sql', $file)", user => 'boss');
	$result = sql($node, "SET log_min_messages = 'error';\nSET SESSION AUTHORIZATION deployer;\nCALL pg_flux.apply_each();", user => 'boss');
	is($result->{status}, 0, q{a superuser's setting after SET SESSION AUTHORIZATION}) or diag($result->{err});
}

# SECURITY DEFINER -------------------------------------------------------------------------------------------------------------

{
	reset_all();
	register($node, 'm.sql', 'CREATE TABLE one (); VACUUM one;', 'DROP TABLE one; VACUUM;');
	$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION definer_function() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN CALL pg_flux.apply_each(); END';
CREATE PROCEDURE definer_procedure() LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN CALL pg_flux.apply_each(); END';
CREATE FUNCTION plain_function() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL pg_flux.apply_each(); END';
CREATE PROCEDURE plain_procedure() LANGUAGE plpgsql AS 'BEGIN CALL pg_flux.apply_each(); END';
CREATE PROCEDURE set_procedure() LANGUAGE plpgsql SET work_mem = '5MB' AS 'BEGIN CALL pg_flux.apply_each(); END';
CREATE PROCEDURE sql_procedure() LANGUAGE sql AS 'CALL pg_flux.apply_each()';
SQL
	foreach my $call ('SELECT definer_function()', 'CALL definer_procedure()', 'SELECT plain_function()', 'CALL plain_procedure()', 'CALL set_procedure()', 'CALL sql_procedure()', 'DO $$ BEGIN CALL pg_flux.apply_each(); END $$', 'BEGIN; CALL pg_flux.apply_each(); COMMIT')
	{
		foreach my $user ('boss', 'deployer')
		{
			my $result = sql($node, "$call;", user => $user, patience => 15);
			is_refused($result, '(?:25001|0A000|2D000)', qr/apply_each.*\nDETAIL: .*\nHINT: /s, "$call by $user is refused, with a hint");
			is(tables($node), '', "$call by $user: nothing ran");
		}
	}
	is_idle($node, 'after all refusals');
	is(call($node, 'apply_each')->{status}, 0, 'called by itself it works');
}

# A role whose rights end: clear errors, nothing half done.
{
	reset_all();
	$node->safe_psql('postgres', 'CREATE ROLE leaver LOGIN; GRANT USAGE ON SCHEMA pg_flux TO leaver; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA pg_flux TO leaver; GRANT CREATE ON SCHEMA public TO leaver');
	my $session = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'leaver', '-v', 'VERBOSITY=verbose' ]);
	$session->query(q{SELECT pg_flux.register('m.sql', 'CREATE TABLE one (); VACUUM one;')});
	$node->safe_psql('postgres', 'ALTER ROLE leaver NOLOGIN');
	$session->{stderr} = '';
	$session->query('CALL pg_flux.apply_each()');
	isnt(status($node), 'm.sql|partial', 'a caller who may no longer log in: whole or not at all') or diag($session->{stderr});
	$session->query('SELECT 1');
	$session->quit;
	is_idle($node, 'a caller who may no longer log in');
}

# A limit of connections counts clients, not workers.
{
	reset_all();
	$node->safe_psql('postgres', 'ALTER ROLE deployer CONNECTION LIMIT 1');
	my $file = quoted('CREATE TABLE one (); VACUUM one;');
	my $result = sql($node, "SELECT pg_flux.register('m.sql', $file);\nCALL pg_flux.apply_each();", user => 'deployer');
	is($result->{status}, 0, 'CONNECTION LIMIT 1') or diag($result->{err});
}

done_testing();
