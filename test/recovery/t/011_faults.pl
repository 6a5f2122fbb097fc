# What goes wrong in production: time limits, deadlocks, a full lock table, a full disk, no memory. Afterwards the session
# works and the database is as before.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', conf => "jit = off\n");
$node->safe_psql('postgres', 'CREATE TABLE x (id int); CREATE TABLE y (id int)');

sub reset_all
{
	my ($text, $down) = @_;
	$node->safe_psql('postgres', 'DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history');
	register($node, 'm1.sql', 'CREATE TABLE one ();', 'DROP TABLE one;');
	register($node, 'm2.sql', $text, $down // 'SELECT 1;');
	return;
}

# as_before NAME, RESULT: the session went on, and nothing is to be seen of the run.
sub as_before
{
	my ($name, $result) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($result->{out}, qr/^works$/m, "$name: the session works");
	is(status($node), "m1.sql|pending\nm2.sql|pending", "$name: status");
	is(tables($node), 'x y', "$name: tables");
	is(history($node), '', "$name: history");
	is_idle($node, $name);
	return;
}

# fails NAME, SQLSTATE, PATTERN, BEFORE: apply() with both migrations.
sub fails
{
	my ($name, $sqlstate, $pattern, $before) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = sql($node, "$before\n\\set ON_ERROR_STOP 0\nSELECT pg_flux.apply();\n\\echo state :LAST_ERROR_SQLSTATE\nSELECT 'works';");
	like($result->{out}, qr/^state $sqlstate$/m, "$name: SQLSTATE");
	like($result->{err}, $pattern, "$name: the error");
	as_before($name, $result);
	return;
}

reset_all('SELECT pg_sleep(600);');
fails('statement_timeout', '57014', qr/statement timeout\nCONTEXT:  .*migration "m2\.sql", Up section, statement 1/s, q{SET statement_timeout = '300ms';});

{
	reset_all('LOCK TABLE x;');
	my $other = hold($node, 'LOCK TABLE x');
	fails('lock_timeout', '55P03', qr/lock timeout\nCONTEXT:  .*migration "m2\.sql", Up section, statement 1/s, q{SET lock_timeout = '300ms';});
	release($other);
}

{
	reset_all('SELECT 1;');
	my $result = sql($node, "SET idle_in_transaction_session_timeout = '200ms';\nBEGIN;\nSELECT count(*) FROM pg_flux.apply();\n\\! sleep 1\nCOMMIT;");
	is_refused($result, '25P03', qr/idle-in-transaction/, 'idle_in_transaction_session_timeout');
	as_before('idle_in_transaction_session_timeout', { out => 'works' });
	# A caller who waits for its worker is not idle.
	reset_all('VACUUM x; SELECT pg_sleep(1); VACUUM y;');
	$result = sql($node, "SET idle_in_transaction_session_timeout = '200ms'; SET idle_session_timeout = '200ms';\nCALL pg_flux.apply_each();");
	is($result->{status}, 0, 'a caller of apply_each() is not idle') or diag($result->{err});
	$node->safe_psql('postgres', 'DROP TABLE one');
}

{
	reset_all('LOCK TABLE x; SELECT pg_advisory_xact_lock_shared(1); LOCK TABLE y;');
	my $gate = hold($node, 'SELECT pg_advisory_xact_lock(1)');
	my $run = begin_sql($node, "SET deadlock_timeout = '10ms';\n\\set ON_ERROR_STOP 0\nSELECT pg_flux.apply();\nSELECT 'works';", as => 'run');
	wait_until($node, q{EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'run' AND wait_event = 'advisory')});
	my $other = begin_sql($node, "SET deadlock_timeout = '100s';\nBEGIN;\nLOCK TABLE y;\nLOCK TABLE x;\nSELECT 'mine';", as => 'other');
	wait_until($node, q{EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'other' AND wait_event = 'relation')});
	release($gate);
	my $result = finish($run);
	like($result->{err}, qr/40P01: deadlock detected.*migration "m2\.sql", Up section, statement 3/s, 'deadlock');
	is(finish($other)->{out}, 'mine', 'deadlock: the other session goes on');
	as_before('deadlock', $result);
}

# No memory for one statement: the backend may not have more than it has.
SKIP:
{
	my ($out, $err);
	skip 'there is no prlimit', 5 unless eval { IPC::Run::run([ 'prlimit', '--version' ], '>', \$out, '2>', \$err) };
	reset_all(q{SELECT count(*) FROM (SELECT array_agg(i) OVER () FROM generate_series(1, 30000000) i) AS all_of_them;});
	my $session = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query('SELECT count(*) FROM pg_flux.status()');
	$session->query(q{SET work_mem = '1GB'});
	my ($size) = slurp_file("/proc/$pid/status") =~ /VmSize:\s+(\d+) kB/;
	IPC::Run::run([ 'prlimit', '--pid', $pid, '--as=' . ($size + 64 * 1024) * 1024 ]);
	$session->{stderr} = '';
	$session->query('SELECT pg_flux.apply()');
	like($session->{stderr}, qr/53200: out of memory/, 'out of memory');
	unlike($session->{stderr}, qr/rollback_each|apply_each/, 'out of memory: no hint that would not help');
	as_before('out of memory', { out => $session->query(q{SELECT 'works'}) });
	$session->quit;
}

# No file may grow above 32 MB: nearly what a full disk is to a statement, and it needs no file system of its own.
SKIP:
{
	my ($out, $err);
	skip 'there is no prlimit', 5 unless eval { IPC::Run::run([ 'prlimit', '--version' ], '>', \$out, '2>', \$err) };
	foreach my $procedure (0, 1)
	{
		my $name = $procedure ? 'a file that cannot grow, with apply_each()' : 'a file that cannot grow';
		reset_all(q{CREATE TABLE two AS SELECT repeat('x', 1000) AS note FROM generate_series(1, 60000);});
		my $session = $node->background_psql('postgres', on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
		my $pid = $session->query('SELECT pg_backend_pid()');
		IPC::Run::run([ 'prlimit', '--pid', $pid, '--fsize=' . 32 * 1024 * 1024 ]);
		$session->{stderr} = '';
		$session->query($procedure ? 'CALL pg_flux.apply_each()' : 'SELECT pg_flux.apply()');
		like($session->{stderr}, qr/could not (extend|write).*migration "m2\.sql", Up section, statement 1/s, $name);
		my $works = $session->query(q{SELECT 'works'});
		$session->quit;
		if ($procedure)
		{
			is(status($node), "m1.sql|applied\nm2.sql|pending", "$name: what was committed stays");
			is(tables($node), 'one x y', "$name: tables");
			is($works, 'works', "$name: the session works");
			is_idle($node, $name);
			$node->safe_psql('postgres', 'DROP TABLE one');
		}
		else
		{
			as_before($name, { out => $works });
		}
	}
}
$node->stop;

# A full disk: a tablespace on 16 MB of memory, in name spaces of the server's own.
{
	my $disk = PostgreSQL::Test::Utils::tempdir();
	my $programs = PostgreSQL::Test::Utils::tempdir();
	# First as root of a name space, which may mount, then as oneself again, since the server refuses root.
	my $there = qq{unshare -rm sh -c 'mount -t tmpfs -o size=16m tmpfs $disk && exec unshare -U --map-user=$> "\$\@"' sh};
	my ($pg_ctl) = grep { -x } map { "$_/pg_ctl" } split /:/, $ENV{PATH};
	append_to_file("$programs/pg_ctl", qq{#!/bin/sh\nexec $there $pg_ctl "\$\@"\n});
	chmod 0755, "$programs/pg_ctl";
	my ($out, $err);
	if (eval { IPC::Run::run([ 'sh', '-c', "$there true" ], '>', \$out, '2>', \$err) })
	{
		{
			local $ENV{PATH} = "$programs:$ENV{PATH}";
			$node = new_server('full', conf => "jit = off\n");
		}
		$node->safe_psql('postgres', 'CREATE TABLE x (id int); CREATE TABLE y (id int)');
		$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$disk'");
		my $large = q{CREATE TABLE two TABLESPACE small AS SELECT repeat('x', 1000) AS note FROM generate_series(1, 60000);};
		reset_all($large);
		fails('a full disk', '53100', qr/No space left on device.*migration "m2\.sql", Up section, statement 1/s, '');
		reset_all("$large VACUUM x;");
		my $result = sql($node, "\\set ON_ERROR_STOP 0\nCALL pg_flux.apply_each();\n\\echo state :LAST_ERROR_SQLSTATE\nSELECT 'works';");
		like($result->{out}, qr/^state 53100\nworks$/m, 'a full disk, in a worker: SQLSTATE, and the session works');
		is(status($node), "m1.sql|applied\nm2.sql|pending", 'a full disk, in a worker: what was committed stays');
		is(tables($node), 'one x y', 'a full disk, in a worker: tables');
		is_idle($node, 'a full disk, in a worker');
		is(value($node, q{SELECT pg_flux.register('m2.sql', 'CREATE TABLE two TABLESPACE small AS SELECT 1', 'DROP TABLE two')}), 'updated', 'a full disk: with a smaller text');
		is(call($node, 'apply_each')->{status}, 0, 'a full disk: there is room again');
		is(call($node, 'rollback_each', '2')->{status}, 0, 'a full disk: and it rolls back');
		$node->stop;
	}
	else
	{
		print { Test::More->builder->output } "left out: a full disk (no user name spaces are allowed here)\n";
	}
}

# The lock table -----------------------------------------------------------------------------------------------------------

{
	$node = new_server('small', conf => "max_locks_per_transaction = 10\nmax_connections = 10\nmax_wal_senders = 0\n");
	my $many = 3000;
	$node->safe_psql('postgres', <<"SQL");
SET client_min_messages = error;
SELECT pg_flux.register(to_char(i, 'FM00000') || '.sql', format('CREATE TABLE t%s (id int)', i), format('DROP TABLE t%s', i)) FROM generate_series(1, $many) i;
SQL
	my $result = sql($node, "SET client_min_messages = warning;\n\\set ON_ERROR_STOP 0\nSELECT count(*) FROM pg_flux.apply();\n\\echo state :LAST_ERROR_SQLSTATE\nSELECT 'works';");
	like($result->{out}, qr/^state 53200\nworks$/m, 'apply() of too many: SQLSTATE, and the session works');
	like($result->{err}, qr/out of shared memory\nHINT: .*max_locks_per_transaction.*CALL pg_flux\.apply_each\(\)/, 'apply() of too many: both hints');
	is(value($node, 'SELECT count(*) FROM pg_flux.applied'), 0, 'apply() of too many: nothing is applied');
	is(value($node, q{SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'}), 0, 'apply() of too many: no table is left');
	is_idle($node, 'apply() of too many');

	$result = sql($node, "SET client_min_messages = warning;\nCALL pg_flux.apply_each();");
	is($result->{status}, 0, 'apply_each() of as many') or diag($result->{err});
	is(value($node, 'SELECT count(*) FROM pg_flux.applied'), $many, 'all are applied');
	$result = sql($node, "SET client_min_messages = warning;\n\\set ON_ERROR_STOP 0\nSELECT count(*) FROM pg_flux.rollback($many);\n\\echo state :LAST_ERROR_SQLSTATE\nSELECT 'works';");
	like($result->{out}, qr/^state 53200\nworks$/m, 'rollback() of too many: SQLSTATE, and the session works');
	like($result->{err}, qr/out of shared memory\nHINT: .*CALL pg_flux\.rollback_each\(\)/, 'rollback() of too many: the hint');
	is(value($node, 'SELECT count(*) FROM pg_flux.applied'), $many, 'rollback() of too many: all stay applied');
	is_idle($node, 'rollback() of too many');
	$result = sql($node, "SET client_min_messages = warning;\nCALL pg_flux.rollback_each($many);");
	is($result->{status}, 0, 'rollback_each() of as many') or diag($result->{err});
	is(value($node, q{SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'}), 0, 'all are rolled back');
	is_idle($node, 'rollback_each() of as many');
	$node->stop;
}

# 5,000 with the settings of initdb.
{
	$node = new_server('default');
	my $many = 5000;
	$node->safe_psql('postgres', <<"SQL");
SET client_min_messages = error;
SELECT pg_flux.register(to_char(i, 'FM00000') || '.sql', format('CREATE TABLE t%s (id int PRIMARY KEY, note text)', i), format('DROP TABLE t%s', i)) FROM generate_series(1, $many) i;
SQL
	my $result = sql($node, 'CALL pg_flux.apply_each();', patience => 120);
	is($result->{status}, 0, '5,000 are applied') or diag(substr $result->{err}, -500);
	note("apply_each: $result->{seconds} s");
	$result = sql($node, "CALL pg_flux.rollback_each($many);", patience => 120);
	is($result->{status}, 0, 'rollback_each() of 5,000') or diag(substr $result->{err}, -500);
	note("rollback_each: $result->{seconds} s");
	like($result->{err}, qr/rollback 00001\.sql .*\(5000\/5000\).*Rolled back 5000 migration/s, 'with counts');
	is(value($node, q{SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'}), 0, 'all tables are gone');
	is(value($node, q{SELECT count(*) FROM pg_flux.history WHERE action = 'rollback'}), $many, 'the history has all');
	is_idle($node, '5,000');
	cmp_ok($result->{seconds}, '<', 60, 'in a minute');
}

done_testing();
