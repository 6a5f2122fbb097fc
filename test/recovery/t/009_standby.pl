# A physical standby: looking works, changing is refused.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = new_server('primary', init => [ allows_streaming => 1 ]);
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

register($primary, 'm1.sql', 'CREATE TABLE one ();', 'DROP TABLE one;');
register($primary, 'm2.sql', 'CREATE TABLE two (); VACUUM two; SELECT 1/0;', 'VACUUM two; DROP TABLE two;');
register($primary, 'm3.sql', 'CREATE TABLE three ();', 'DROP TABLE three;');
is(call($primary, 'apply_each', '1')->{status}, 0, 'one is applied on the primary');

sub replayed
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	return;
}
replayed();

# Looking.
my %looks = (
	'SELECT status, filename, down FROM pg_flux.status()' => "applied|m1.sql|t\npending|m2.sql|t\npending|m3.sql|t",
	q{SELECT filename, number, autocommit, statement FROM pg_flux.plan(2, 'up')} => "m2.sql|1|f|CREATE TABLE two ()\nm2.sql|2|t|VACUUM two\nm2.sql|3|f|SELECT 1/0\nm3.sql|1|f|CREATE TABLE three ()",
	'SELECT filename, statement FROM pg_flux.plan()' => 'm1.sql|DROP TABLE one',
	q{SELECT * FROM pg_flux.progress('m2.sql')} => '',
	'SELECT filename, outcome FROM pg_flux.rollback(1, dry_run => true)' => 'm1.sql|would roll back',
	q{SELECT filename, outcome FROM pg_flux.rollback_to('m1.sql', dry_run => true)} => '',
	'CALL pg_flux.apply_each(dry_run => true)' => '',
	'CALL pg_flux.rollback_each(dry_run => true)' => '',
	q{CALL pg_flux.rollback_to_each('m1.sql', dry_run => true)} => '');
foreach my $look (sort keys %looks)
{
	my $result = sql($standby, "$look;");
	is($result->{status}, 0, "$look works on a standby") or diag($result->{err});
	is($result->{out}, $looks{$look}, "$look: what it shows");
	is($result->{out}, sql($primary, "$look;")->{out}, "$look: as on the primary");
}
like(sql($standby, 'CALL pg_flux.apply_each(dry_run => true);')->{err}, qr/would apply m2\.sql.*would apply m3\.sql/s, 'a dry run of a procedure tells');
is_refused(sql($standby, 'SELECT pg_flux.apply(dry_run => true)'), 'PF010', qr/VACUUM/, 'a dry run of apply() refuses as on the primary');

# Changing.
foreach my $change (
	q{SELECT pg_flux.register('x.sql', 'SELECT 1')}, q{SELECT pg_flux.unregister('m3.sql')}, q{SELECT pg_flux.repair('m1.sql', 'SELECT 1')},
	q{SELECT pg_flux.load('/tmp')}, 'SELECT pg_flux.apply()', 'SELECT pg_flux.rollback()', q{SELECT pg_flux.rollback_to('m1.sql')},
	q{SELECT pg_flux.baseline('m3.sql')}, q{SELECT pg_flux.unbaseline('m3.sql')}, 'SELECT pg_flux.prune_history(now())',
	'CALL pg_flux.apply_each()', 'CALL pg_flux.rollback_each()', q{CALL pg_flux.rollback_to_each('m1.sql')}, q{CALL pg_flux.apply_each(resume => 'retry')})
{
	my ($function) = $change =~ /(pg_flux\.\w+)/;
	my $result = sql($standby, "\\set ON_ERROR_STOP 0\n$change;\n\\set ON_ERROR_STOP 1\nSELECT 'works';", patience => 20);
	like($result->{err}, qr/ERROR:  25006: cannot execute \Q$function\E(\(\))? during recovery\n/, "$change is refused");
	is($result->{out}, 'works', "$change: the session works");
	is_refused(sql($primary, "SET default_transaction_read_only = on;\n$change;", patience => 20), '25006', qr/cannot execute \Q$function\E(\(\))? in a read-only transaction/, "$change is refused in a read-only transaction of the primary");
}
is_idle($standby, 'the standby');

# What happens on the primary shows.
is_refused(call($primary, 'apply_each', '1'), '22012', qr/division/, 'one is partial on the primary');
replayed();
is(status($standby), "m1.sql|applied\nm2.sql|partial\nm3.sql|pending", 'status() of a partial one');
is(progress($standby, 'm2.sql'), 'done done failed', 'progress() of a partial one');

# In its turn a primary, it goes on.
$primary->stop;
$standby->promote;
is(value($standby, q{SELECT pg_flux.register('m2.sql', 'CREATE TABLE two (); VACUUM two; SELECT 1;', 'VACUUM two; DROP TABLE two;')}), 'updated', 'promoted: the text is mended');
is(call($standby, 'apply_each')->{status}, 0, 'promoted: it goes on');
is(status($standby), "m1.sql|applied\nm2.sql|applied\nm3.sql|applied", 'promoted: all are applied');
is(call($standby, 'rollback_each', '3')->{status}, 0, 'promoted: and rolled back');
is(tables($standby), '', 'promoted: nothing is left');

done_testing();
