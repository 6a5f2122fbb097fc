# pg_dump carries the migrations, what is applied, what is half done and the history; pg_flux survives its neighbours.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
$node->safe_psql('postgres', <<'SQL');
CREATE ROLE deployer LOGIN;
GRANT USAGE ON SCHEMA pg_flux TO deployer;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA pg_flux TO deployer;
GRANT CREATE ON SCHEMA public TO deployer;
SQL

register($node, 'a_baselined.sql', 'CREATE TABLE a ();', 'DROP TABLE a;');
$node->safe_psql('postgres', q{CREATE TABLE a (); SELECT pg_flux.baseline('a_baselined.sql')});
register($node, 'b_applied.sql', "CREATE TABLE b (note text DEFAULT 'tab\t, back\\slash, \xc3\xa9, \$f\$');\n-- the end", "DROP TABLE b;\n");
register($node, 'c_no_down.sql', 'CREATE TABLE c ();');
register($node, 'd_both.sql', "-- +migrate Up\nCREATE TABLE d ();\n-- +migrate Down\nDROP TABLE d;\n");
is(call($node, 'apply_each')->{status}, 0, 'some are applied');
# Gaps in the sequences, as life leaves them.
is(call($node, 'rollback_each')->{status}, 0, 'one is rolled back');
is(call($node, 'apply_each')->{status}, 0, 'and applied again');
register($node, 'e_partial.sql', "CREATE TABLE e ();\nCREATE UNIQUE INDEX CONCURRENTLY ON twice (id);\nCREATE TABLE e2 ();", 'DROP TABLE e2; DROP TABLE e;');
$node->safe_psql('postgres', 'CREATE TABLE twice AS SELECT 1 AS id FROM generate_series(1, 2)');
is_refused(call($node, 'apply_each'), '23505', qr/invalid index/, 'one is partial');
value($node, q{SELECT pg_flux.register('f_pending.sql', 'CREATE TABLE f ()', 'DROP TABLE f')}, user => 'deployer');

# All that pg_flux tells of a database.
sub told
{
	my ($where, $database) = @_;
	return value($where, <<'SQL', database => $database);
SELECT * FROM pg_flux.status();
SELECT * FROM pg_flux.progress('e_partial.sql');
SELECT * FROM pg_flux.history ORDER BY id;
SELECT * FROM pg_flux.migration ORDER BY 1;
SELECT * FROM pg_flux.applied ORDER BY 1;
SELECT changes FROM pg_flux.state;
SELECT number, in_doubt, doubted, indexes_before FROM pg_flux.partial ORDER BY 1;
SQL
}
my $before = told($node, 'postgres');
like($before, qr/^applied\|a_baselined.*^applied\|b_applied.*^applied\|c_no_down.*^applied\|d_both.*^partial\|e_partial.*^pending\|f_pending/ms, 'every state is there');

my $directory = PostgreSQL::Test::Utils::tempdir();
my %ways = (
	plain => [ [ '-Fp' ], [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f' ] ],
	inserts => [ [ '-Fp', '--inserts' ], [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f' ] ],
	custom => [ [ '-Fc' ], [ 'pg_restore', '--exit-on-error' ] ],
	one => [ [ '-Fc' ], [ 'pg_restore', '--single-transaction' ] ],
	directory => [ [ '-Fd', '-j2' ], [ 'pg_restore', '--exit-on-error', '-j2' ] ]);

foreach my $way (sort keys %ways)
{
	my ($dump, $restore) = @{ $ways{$way} };
	my $file = "$directory/$way.dump";
	$node->command_ok([ 'pg_dump', @$dump, '-f', $file, $node->connstr('postgres') ], "$way: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE $way TEMPLATE template0");
	$node->command_ok([ @$restore, $file, '-d', $node->connstr($way) ], "$way: restored") if $way !~ /plain|inserts/;
	$node->command_ok([ @$restore, $file, '-d', $node->connstr($way) ], "$way: restored") if $way =~ /plain|inserts/;
	is(told($node, $way), $before, "$way: it tells the same");

	my %in = (database => $way);
	is_refused(sql($node, 'SELECT pg_flux.apply()', %in), 'PF011', qr/e_partial/, "$way: the partial one is known");
	# What was left invalid is no part of a dump, so the index is built.
	value($node, 'TRUNCATE twice', %in);
	my $result = call($node, 'apply_each', '1', %in);
	is($result->{status}, 0, "$way: it goes on") or diag($result->{err});
	is(value($node, q{SELECT indisvalid FROM pg_index WHERE indrelid = 'twice'::regclass}, %in), 't', "$way: its index is valid");
	$result = sql($node, 'SELECT filename, outcome FROM pg_flux.apply();', user => 'deployer', %in);
	is($result->{status}, 0, "$way: the deployer applies the pending one, no sequence collides") or diag($result->{err});
	is(sql($node, q{SELECT pg_flux.register('g_new.sql', 'CREATE TABLE g ()', 'DROP TABLE g'); SELECT count(*) FROM pg_flux.apply()}, %in)->{status}, 0, "$way: a new one is registered and applied");
	is(value($node, 'SELECT count(*) = count(DISTINCT sequence) AND (SELECT count(*) = count(DISTINCT id) FROM pg_flux.history) FROM pg_flux.applied', %in), 't', "$way: numbers are unique");
	is(value($node, 'SELECT filename FROM pg_flux.applied ORDER BY sequence DESC LIMIT 3', %in), "g_new.sql\nf_pending.sql\ne_partial.sql", "$way: the newest are the last");
	value($node, q{SELECT pg_flux.register('f_pending.sql', 'CREATE TABLE f ()', 'DROP TABLE f')}, %in);
	$result = call($node, 'rollback_each', '7', %in);
	is($result->{status}, 0, "$way: all are rolled back") or diag($result->{err});
	is(value($node, q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'}, %in), 'a c twice', "$way: their Downs ran");
	is(value($node, q{SELECT string_agg(status, ' ') FROM pg_flux.status()}, %in), 'applied pending applied pending pending pending pending', "$way: status at the end");
}
is(told($node, 'postgres'), $before, 'the database that was dumped is as before');

# A cluster where the registrar's role is missing ---------------------------------------------------------------------------

{
	my $other = new_server('other');
	$node->command_ok([ 'pg_dump', '-Fc', '--no-privileges', '-f', "$directory/no_role.dump", $node->connstr('postgres') ], 'dumped for another cluster');
	$other->safe_psql('postgres', 'CREATE DATABASE here TEMPLATE template0');
	$other->command_ok([ 'pg_restore', '--exit-on-error', '-d', $other->connstr('here'), "$directory/no_role.dump" ], 'restored where a role is missing');
	my %in = (database => 'here');
	is(told($other, 'here'), $before, 'it tells the same');
	is(call($other, 'apply_each', q{1, resume => 'skip'}, %in)->{status}, 0, 'what others registered goes on');
	foreach my $run ('SELECT pg_flux.apply()', 'CALL pg_flux.apply_each()', 'SELECT pg_flux.apply(dry_run => true)')
	{
		is_refused(sql($other, $run, %in), '42501', qr/"deployer", which does not exist.*HINT:  Review its text/s, "$run: a text whose author is missing is not run");
	}
	is(value($other, q{SELECT pg_flux.register('f_pending.sql', 'CREATE TABLE f ()', 'DROP TABLE f')}, %in), 'unchanged', 'reviewed and registered again');
	is(sql($other, 'SELECT pg_flux.apply()', %in)->{status}, 0, 'it runs');
	$other->stop;
}

# DROP SCHEMA public CASCADE ----------------------------------------------------------------------------------------------------

{
	$node->safe_psql('postgres', 'CREATE DATABASE neighbour TEMPLATE template0');
	my %in = (database => 'neighbour');
	value($node, q{SET client_min_messages = error; CREATE EXTENSION pg_flux; CREATE SCHEMA aside; SELECT pg_flux.register('m1.sql', 'CREATE TABLE aside.kept ()', 'DROP TABLE aside.kept');
		SELECT pg_flux.register('m2.sql', 'CREATE TABLE public.one ()', 'DROP TABLE IF EXISTS public.one'); SELECT pg_flux.apply()}, %in);
	value($node, 'SET client_min_messages = error; DROP SCHEMA public CASCADE', %in);
	is(value($node, 'SELECT status, filename, down FROM pg_flux.status()', %in), "applied|m1.sql|t\napplied|m2.sql|t", 'pg_flux is still there without public');
	is(value($node, 'SELECT filename, statement FROM pg_flux.plan(2)', %in), "m2.sql|DROP TABLE IF EXISTS public.one\nm1.sql|DROP TABLE aside.kept", 'every Down too');
	value($node, 'CREATE SCHEMA public', %in);
	is(value($node, 'SET client_min_messages = error; SELECT filename, outcome FROM pg_flux.rollback(2)', %in), "m2.sql|rolled back\nm1.sql|rolled back", 'and they run');
	is(value($node, q{SELECT extname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE nspname = 'pg_catalog' ORDER BY 1}, %in), "pg_flux\nplpgsql", 'it hangs on no schema that goes');
}

done_testing();
