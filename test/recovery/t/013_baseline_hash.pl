# A dump has the same baseline hash wherever it is restored.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
$node->safe_psql('postgres', 'CREATE ROLE reader; CREATE ROLE writer; CREATE DATABASE rich TEMPLATE template0;');
$node->safe_psql('rich', "CREATE EXTENSION pg_flux;\n" . slurp_file("$FindBin::RealBin/../rich_schema.sql"));

$node->safe_psql('rich', q{CREATE TABLE shop.U&"Gr\00F6\00DFe" (U&"\00E4" text DEFAULT U&'\00FC'); COMMENT ON TABLE shop.U&"Gr\00F6\00DFe" IS U&'\00E9'});

# The hash, by the refusal of a migration that has another.
sub hash_of
{
	my ($database) = @_;
	my $result = sql($node, q{BEGIN; SELECT pg_flux.register('0.sql', E'-- pg-flux-baseline-hash: sha256:0\nSELECT 1'); SELECT pg_flux.apply(1, true);}, database => $database);
	return $result->{err} =~ /database is (sha256:[0-9a-f]{64})/ ? $1 : "none: $result->{err}";
}
my $hash = hash_of('rich');
like($hash, qr/^sha256:/, 'there is a hash');

my $directory = PostgreSQL::Test::Utils::tempdir();
# How it is dumped, how it is restored, and into what.
my %ways = (
	plain => [ ['-Fp'], [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f' ], '' ],
	custom => [ ['-Fc'], [ 'pg_restore', '--exit-on-error' ], '' ],
	directory => [ ['-Fd'], [ 'pg_restore', '--exit-on-error' ], '' ],
	parallel => [ [ '-Fd', '-j', '2' ], [ 'pg_restore', '--exit-on-error', '-j', '2' ], '' ],
	latin1 => [ ['-Fc'], [ 'pg_restore', '--exit-on-error' ], q{ENCODING 'LATIN1' LOCALE 'C'} ],
	utf8_again => [ [ '-Fd', '-j', '2' ], [ 'pg_restore', '--exit-on-error', '-j', '2' ], q{ENCODING 'UTF8' LOCALE 'C.UTF-8'} ]);
my $from = 'rich';
foreach my $way (qw(plain custom directory parallel latin1 utf8_again))
{
	my ($dump, $restore, $into) = @{ $ways{$way} };
	$node->command_ok([ 'pg_dump', @$dump, '-f', "$directory/$way", $node->connstr($from) ], "$way: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE $way TEMPLATE template0 $into");
	$node->command_ok([ @$restore, "$directory/$way", '-d', $node->connstr($way) ], "$way: restored");
	is(hash_of($way), $hash, "$way: the same hash");
	# The next one is the dump of a restored dump.
	$from = $way;
}

# Owners and rights count: where a dump leaves them out, the hash is another.
$node->safe_psql('postgres', 'CREATE DATABASE ownerless TEMPLATE template0');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--no-owner', "$directory/custom", '-d', $node->connstr('ownerless') ], 'restored without owners');
isnt(hash_of('ownerless'), $hash, 'without owners: another hash');

# Whom a sequence belongs to, and what belongs to an extension.
foreach my $change (
	'ALTER SEQUENCE shop.numbers OWNED BY NONE',
	'ALTER SEQUENCE shop.numbers OWNED BY shop.orders.id',
	'ALTER FUNCTION shop.twice NO DEPENDS ON EXTENSION hstore',
	'ALTER EXTENSION hstore DROP FUNCTION shop.akeys(shop.hstore)',
	'ALTER TYPE shop.address DROP ATTRIBUTE street CASCADE; ALTER TYPE shop.address ADD ATTRIBUTE street text CASCADE')
{
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS changed');
	$node->safe_psql('postgres', 'CREATE DATABASE changed TEMPLATE rich');
	$node->safe_psql('changed', $change);
	isnt(hash_of('changed'), $hash, "another hash: $change");
}
# What another session has for the time being.
my $other = $node->background_psql('rich');
$other->query_safe('CREATE TEMPORARY TABLE mine (id serial, b int GENERATED ALWAYS AS IDENTITY); COMMENT ON TABLE mine IS $$x$$; CREATE TYPE pg_temp.label AS ENUM ($$a$$)');
is(hash_of('rich'), $hash, 'temporary objects do not count');
$other->quit;
done_testing();
