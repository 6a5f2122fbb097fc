# Logical replication of all tables, with the extension on both sides: each side keeps its own migrations.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = new_server('publisher', init => [ allows_streaming => 'logical' ]);
my $subscriber = new_server('subscriber', init => [ allows_streaming => 'logical' ]);

foreach my $node ($publisher, $subscriber)
{
	$node->safe_psql('postgres', 'CREATE TABLE data (id int PRIMARY KEY)');
	register($node, 'm1.sql', 'CREATE TABLE one (id int PRIMARY KEY);', 'DROP TABLE one;');
}
# Different in text, in what is applied, in history; with rows of the same keys.
register($publisher, 'm2.sql', 'CREATE TABLE two (id int PRIMARY KEY);', 'DROP TABLE two;');
is(call($publisher, 'apply_each')->{status}, 0, 'the publisher applies');
register($publisher, 'm3.sql', 'CREATE TABLE three (); VACUUM three; SELECT 1/0;', 'DROP TABLE three;');
isnt(call($publisher, 'apply_each')->{status}, 0, 'and has a partial one');
register($subscriber, 'm2.sql', 'SELECT 2;');
register($subscriber, 's.sql', 'SELECT 3;');
$subscriber->safe_psql('postgres', q{SELECT pg_flux.apply(1); CREATE TABLE two (id int PRIMARY KEY); CREATE TABLE three ()});
$publisher->safe_psql('postgres', 'INSERT INTO data SELECT generate_series(1, 10); CREATE PUBLICATION p FOR ALL TABLES');

sub rows
{
	return value($subscriber, <<'SQL');
SELECT * FROM pg_flux.migration ORDER BY 1;
SELECT * FROM pg_flux.applied ORDER BY 1;
SELECT * FROM pg_flux.history ORDER BY 1;
SELECT * FROM pg_flux.partial ORDER BY 1, 2;
SELECT * FROM pg_flux.state;
SQL
}
my $before = rows();
# Since 19 there are more kinds of them.
my $errors = q{SELECT coalesce(sum(value::bigint), 0) FROM pg_stat_subscription_stats AS s, jsonb_each_text(to_jsonb(s)) WHERE key LIKE '%error_count'};

my $connection = $publisher->connstr('postgres') =~ s/'/''/gr;
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p");
$subscriber->wait_for_subscription_sync($publisher, 's');
is(value($subscriber, 'SELECT count(*) FROM data'), 10, 'other tables are copied');
cmp_ok(value($subscriber, q{SELECT count(*) FROM pg_subscription_rel WHERE srrelid::regclass::text LIKE 'pg_flux.%'}), '>=', 5, 'the tables of pg_flux are subscribed to');
is(rows(), $before, 'the rows of the subscriber are as before');

# Everything that changes rows of pg_flux, on the publisher.
foreach my $change (
	q{SELECT pg_flux.register('m2.sql', 'CREATE TABLE two (id int PRIMARY KEY);', 'DROP TABLE IF EXISTS two;')},
	q{SELECT pg_flux.register('m3.sql', 'CREATE TABLE three (); VACUUM three; SELECT 1;', 'DROP TABLE three;')},
	'CALL pg_flux.apply_each()', 'SELECT pg_flux.rollback(2)', 'SELECT pg_flux.apply()', q{SELECT pg_flux.register('s.sql', 'SELECT 9', 'SELECT 9')},
	'CALL pg_flux.apply_each()', 'CALL pg_flux.rollback_each()', q{SELECT pg_flux.unregister('s.sql')}, q{SELECT pg_flux.repair('m1.sql', 'CREATE TABLE one (id int PRIMARY KEY, more int);')},
	'SELECT pg_flux.prune_history(now())')
{
	my $result = sql($publisher, "$change;");
	diag($result->{err}) if $result->{status} != 0 && $result->{err} !~ /PF010/;
}
$publisher->safe_psql('postgres', 'UPDATE pg_flux.state SET changes = 1000; UPDATE pg_flux.migration SET undo = NULL; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history');
$publisher->safe_psql('postgres', 'INSERT INTO data VALUES (11)');
$publisher->wait_for_catchup('s');
is(value($subscriber, 'SELECT count(*) FROM data'), 11, 'later changes arrive');
is(rows(), $before, 'those of pg_flux change nothing');
is(value($subscriber, $errors), 0, 'without an error');

# The subscriber goes its own way, while changes arrive.
is(sql($subscriber, 'SELECT pg_flux.apply()')->{status}, 0, 'the subscriber applies its own');
register($publisher, 's.sql', 'SELECT 5;');
is(call($publisher, 'apply_each')->{status}, 0, 'the publisher too');
$publisher->safe_psql('postgres', 'INSERT INTO data VALUES (12)');
$publisher->wait_for_catchup('s');
is(status($subscriber), "m1.sql|applied\nm2.sql|applied\ns.sql|applied", 'status of the subscriber');
is(value($subscriber, q{SELECT string_agg(body, '') FROM pg_flux.migration WHERE filename > 'm2'}), 'SELECT 2;SELECT 3;', 'its texts are its own');
is(call($subscriber, 'rollback_each', '3')->{status}, 0, 'and it rolls back');
is(value($subscriber, 'SELECT count(*) FROM data'), 12, 'the subscription goes on');
is(value($subscriber, $errors), 0, 'without an error at the end');

# A session that acts as a replica is no logical replication.
{
	my $result = sql($publisher, "SET session_replication_role = replica;\nSELECT pg_flux.register('z.sql', 'SELECT 1');\nSELECT pg_flux.apply();");
	is($result->{status}, 0, 'session_replication_role = replica') or diag($result->{err});
	like(status($publisher), qr/^z\.sql\|applied$/m, 'changes what it should');
}

done_testing();
