# No background worker is free: a clear error, before anything ran.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', conf => "max_worker_processes = 0\nmax_logical_replication_workers = 0\n");
register($node, 'm1.sql', 'CREATE TABLE one ();', 'DROP TABLE one;');
register($node, 'm2.sql', 'CREATE TABLE two (); VACUUM two;', 'VACUUM two; DROP TABLE two;');

my $result = call($node, 'apply_each');
is_refused($result, '53000', qr/no background worker is free\nDETAIL: .*\nHINT: .*max_worker_processes/, 'no worker slot at all');
unlike($result->{err}, qr/apply m1\.sql/, 'nothing is announced');
is(tables($node), '', 'nothing ran, the migrations before it included');
is(status($node), "m1.sql|pending\nm2.sql|pending", 'all are pending');
is(history($node), '', 'no history');
is_idle($node, 'no worker slot at all');
$result = sql($node, "\\set ON_ERROR_STOP 0\nCALL pg_flux.apply_each();\nSELECT 'works';");
like($result->{out}, qr/works/, 'the session works afterwards');

is(call($node, 'apply_each', '1')->{status}, 0, 'what needs no worker runs');
is(tables($node), 'one', 'and did its work');
is(call($node, 'apply_each', 'dry_run => true')->{status}, 0, 'a dry run needs none');
is(call($node, 'rollback_each')->{status}, 0, 'a rollback that needs no worker runs');

# All are taken: by other procedures, whose worker waits for us.
$node->append_conf('postgresql.conf', "max_worker_processes = 2\n");
$node->restart;
$node->safe_psql('postgres', 'CREATE DATABASE other1');
$node->safe_psql('postgres', 'CREATE DATABASE other2');
my @runs;
my @holders;
foreach my $database ('other1', 'other2')
{
	$node->safe_psql($database, q{CREATE EXTENSION pg_flux; CREATE TABLE big (); SELECT pg_flux.register('m.sql', 'VACUUM big')});
	my $holder = $node->background_psql($database);
	$holder->query_safe($_) foreach 'BEGIN', 'LOCK TABLE big';
	push @holders, $holder;
	push @runs, begin_sql($node, 'CALL pg_flux.apply_each();', database => $database);
}
wait_until($node, q{(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_flux worker' AND wait_event = 'relation') = 2});
is_refused(call($node, 'apply_each'), '53000', qr/no background worker is free/, 'every slot is taken');
is(tables($node), '', 'nothing ran');
is(status($node), "m1.sql|pending\nm2.sql|pending", 'all are pending');
foreach my $holder (@holders)
{
	$holder->query_safe('ROLLBACK');
	$holder->quit;
}
is(finish($_)->{status}, 0, 'those who had them are not disturbed') foreach @runs;
is(call($node, 'apply_each')->{status}, 0, 'when they are free again it works');
is(status($node), "m1.sql|applied\nm2.sql|applied", 'all are applied');
is(call($node, 'rollback_each', '2')->{status}, 0, 'and the way back');

# Many runs after each other leave no slot taken.
foreach my $round (1 .. 5)
{
	is(call($node, 'apply_each')->{status}, 0, "up $round");
	is(call($node, 'rollback_each', '2')->{status}, 0, "down $round");
}
is_idle($node, 'at the end');

done_testing();
