# Bad input of every kind, in one session for each database: every call ends as it should, with the right SQLSTATE or well,
# the session works, the database is as before, and no memory stays behind.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', conf => "statement_timeout = '1min'\nlog_min_error_statement = panic\n");
my $files = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE template0 ENCODING '$_'") foreach 'latin1', 'sql_ascii';

# The cases ------------------------------------------------------------------------------------------------------------------

# database => [ [NAME, SQLSTATE, STATEMENT…] … ]: the last statement, or the first that fails, ends so; 00000 is success.
my %cases = (postgres => [], latin1 => [], sql_ascii => []);

sub add
{
	my ($database, @more) = @_;
	push @{ $cases{$database} }, @more;
	return;
}

# NULL for each parameter, where it means nothing.
add('postgres', map { [ "$_->[1]: NULL", @$_ ] } (
	[ '22004', 'SELECT pg_flux.register(NULL, NULL, NULL)' ],
	[ '22004', q{SELECT pg_flux.register(NULL, 'SELECT 1')} ],
	[ '22004', q{SELECT pg_flux.register('x.sql', NULL)} ],
	[ '00000', q{SELECT pg_flux.register('x.sql', 'SELECT 1', NULL)} ],
	[ '22004', q{SELECT pg_flux.repair(NULL, 'SELECT 1')} ],
	[ '22004', q{SELECT pg_flux.repair('a.sql', NULL)} ],
	[ '22004', 'SELECT pg_flux.unregister(NULL)' ],
	[ '22004', 'SELECT pg_flux.load(NULL)' ],
	[ '22004', 'SELECT pg_flux.baseline(NULL)' ],
	[ '22004', 'SELECT pg_flux.unbaseline(NULL)' ],
	[ '22004', 'SELECT pg_flux.progress(NULL)' ],
	[ '22004', 'SELECT pg_flux.rollback_to(NULL)' ],
	[ '22004', q{SELECT pg_flux.rollback_to('a.sql', NULL)} ],
	[ '22004', 'CALL pg_flux.rollback_to_each(NULL)' ],
	[ '22004', q{CALL pg_flux.rollback_to_each('a.sql', NULL)} ],
	[ '22004', 'SELECT pg_flux.prune_history(NULL)' ],
	[ '22004', 'SELECT pg_flux.verify(NULL)' ],
	[ '22004', q{SELECT pg_flux.verify('a.sql', NULL)} ],
	[ '22004', q{SELECT pg_flux.generate(NULL, 'SELECT 1')} ],
	[ '22004', q{SELECT pg_flux.generate('x', NULL)} ],
	[ '22004', q{SELECT pg_flux.generate('x', 'SELECT 1', dry_run => NULL)} ],
	[ '00000', q{SELECT pg_flux.generate('x', 'SELECT 1', NULL, NULL)} ],
	[ '22004', 'SELECT pg_flux.generate_down(NULL)' ],
	[ '22004', q{SELECT pg_flux.generate_down('a.sql', NULL)} ],
	[ '00000', 'SELECT pg_flux.apply(NULL)' ],
	[ '22004', 'SELECT pg_flux.apply(1, NULL)' ],
	[ '22004', 'SELECT pg_flux.apply(1, false, NULL)' ],
	[ '22004', 'CALL pg_flux.apply_each(1, NULL)' ],
	[ '22004', 'CALL pg_flux.apply_each(1, false, NULL)' ],
	[ '22023', 'SELECT pg_flux.rollback(NULL)' ],
	[ '22004', 'SELECT pg_flux.rollback(1, NULL)' ],
	[ '22023', 'CALL pg_flux.rollback_each(NULL)' ],
	[ '22004', 'CALL pg_flux.rollback_each(1, NULL)' ],
	[ '22023', 'SELECT pg_flux.plan(NULL)' ],
	[ '22004', 'SELECT pg_flux.plan(1, NULL)' ],
	[ '00000', q{SELECT pg_flux.plan(NULL, 'up')} ]));

# How many.
foreach my $n (0, -1, -2147483648, 2147483647, 2147483648)
{
	my $state = $n < 1 ? '22023' : $n > 2147483647 ? '42883' : '00000';
	add('postgres', map { [ $_, $state, $_ ] } (
		"SELECT pg_flux.apply($n)", "SELECT pg_flux.apply($n, dry_run => true)", "SELECT pg_flux.rollback($n)",
		"SELECT pg_flux.rollback($n, dry_run => true)", "SELECT pg_flux.plan($n)", "SELECT pg_flux.plan($n, 'up')",
		"CALL pg_flux.apply_each($n, dry_run => true)", "CALL pg_flux.rollback_each($n, dry_run => true)"));
	add('postgres', map { [ $_, $state, $_ ] } ("CALL pg_flux.apply_each($n)", "CALL pg_flux.rollback_each($n)")) if $state ne '00000';
}

# Words and times.
add('postgres', map { [ $_->[1], @$_ ] } (
	[ '22023', q{SELECT pg_flux.plan(1, '')} ], [ '22023', q{SELECT pg_flux.plan(1, 'DOWN')} ],
	[ '22023', q{SELECT pg_flux.plan(1, repeat('down', 1000000))} ],
	[ '22023', q{CALL pg_flux.apply_each(resume => '')} ], [ '22023', q{CALL pg_flux.rollback_each(resume => 'Skip')} ],
	[ '22023', q{CALL pg_flux.rollback_to_each('a.sql', resume => repeat('skip', 1000000))} ],
	[ '55000', q{CALL pg_flux.apply_each(resume => 'retry')} ], [ '55000', q{CALL pg_flux.rollback_each(resume => 'skip')} ],
	[ '55000', q{CALL pg_flux.rollback_to_each('a.sql', resume => 'restart')} ],
	[ '00000', q{SELECT pg_flux.prune_history('-infinity')} ], [ '00000', q{SELECT pg_flux.prune_history('infinity')} ],
	[ '00000', q{SELECT pg_flux.prune_history('4714-11-24 00:00:00+00 BC')} ],
	[ '22008', q{SELECT pg_flux.prune_history('294277-01-01')} ],
	[ '00000', 'SELECT pg_flux.status()' ],
	[ '39P01', 'SELECT pg_flux.refuse_during_run()' ], [ '39P01', 'SELECT pg_flux.skip_replicated()' ]));

# File names. No other name than those of @good can be registered; and no name at all is known.
my %good = (
	'a single quote' => q{'it''s.sql'}, 'double quotes' => q{'"x".sql'}, 'dollar signs' => q{'$x$.sql'}, 'percent signs' => q{'%s%n%.sql'},
	'dots' => q{'..x...sql'}, 'a blank' => q{' .sql'}, 'two bytes a letter' => q{'äöü.sql'}, 'four bytes a letter' => q{'🐘.sql'},
	'right to left' => q{U&'\202Ex.sql'}, '255 bytes' => q{repeat('x', 251) || '.sql'}, '255 bytes in letters' => q{repeat('ä', 125) || 'x.sql'});
my %bad = (
	'nothing' => q{''}, 'a blank alone' => q{' '}, 'no end' => q{'x'}, 'the end alone' => q{'.sql'}, 'an undo file' => q{'a_undo.sql'},
	'a slash' => q{'x/a.sql'}, 'a slash in front' => q{'/a.sql'}, 'two dots' => q{'../a.sql'}, 'a backslash' => q{'..\a.sql'},
	'a line end' => q{E'a\n.sql'}, 'a line end behind' => q{E'a.sql\n'}, 'a carriage return' => q{E'a.sql\r'}, 'an escape' => q{E'\x1B[2J.sql'},
	'256 bytes' => q{repeat('x', 252) || '.sql'}, '256 bytes in letters' => q{repeat('ä', 126) || '.sql'},
	'a megabyte' => q{repeat('x', 1048576) || '.sql'}, 'a megabyte of letters' => q{repeat('🐘', 262144) || '.sql'},
	'a megabyte of quotes' => q{repeat('''', 1048576)}, 'a megabyte of line ends' => q{repeat(E'\n', 1048576)});
foreach my $name (sort keys %good, sort keys %bad)
{
	my $text = $good{$name} // $bad{$name};
	my $state = defined $good{$name} ? '00000' : '22023';
	add('postgres',
		[ "register: a name with $name", $state, "SELECT pg_flux.register($text, 'SELECT 1')" ],
		map { [ "$_: a name with $name", '42704', /each/ ? "CALL pg_flux.$_($text)" : "SELECT pg_flux.$_($text)" ] }
		  qw(unregister baseline unbaseline progress verify generate_down rollback_to rollback_to_each));
	add('postgres', [ "repair: a name with $name", $state eq '00000' ? '42704' : $state, "SELECT pg_flux.repair($text, 'SELECT 1')" ]);
}
add('postgres',
	[ 'load: nothing', '58P01', q{SELECT pg_flux.load('')} ],
	[ 'load: nowhere', '58P01', q{SELECT pg_flux.load('../../nowhere')} ],
	[ 'load: a line end', '58P01', q{SELECT pg_flux.load(E'no\nwhere')} ],
	[ 'load: quotes', '58P01', q{SELECT pg_flux.load('''"$$%s')} ],
	[ 'load: a file', '42809', q{SELECT pg_flux.load('PG_VERSION')} ],
	[ 'load: a megabyte', '22023', q{SELECT pg_flux.load(repeat('x', 1048576))} ],
	[ 'load: a megabyte of directories', '22023', q{SELECT pg_flux.load(repeat('./', 524288))} ]);

# Labels, and Ups that are tried out.
add('postgres', map { [ "generate: $_->[1]", @$_[ 0, 2 ] ] } (
	[ '22023', 'no label', q{SELECT pg_flux.generate('', 'SELECT 1')} ],
	[ '22023', 'a megabyte of label', q{SELECT pg_flux.generate(repeat('x', 1048576), 'SELECT 1')} ],
	[ '00000', 'a label of everything', q{SELECT pg_flux.generate(E'../''"\n\t\u00e4\\x', 'CREATE TABLE generated ()', 'combined')} ],
	[ '22023', 'a format that is none', q{SELECT pg_flux.generate('x', 'SELECT 1', '')} ],
	[ '00000', 'nothing to do', q{SELECT pg_flux.generate('x', '-- nothing', 'combined')} ],
	[ '42601', 'an open quote', q{SELECT pg_flux.generate('x', 'SELECT ''', 'combined')} ],
	[ '54001|42601', 'deep nesting', q{SELECT pg_flux.generate('x', 'SELECT ' || repeat('(', 100000) || '1' || repeat(')', 100000), 'combined')} ],
	[ '42P01', 'an Up that fails', q{SELECT pg_flux.generate('x', 'CREATE TABLE generated (); DROP TABLE missing', 'combined')} ],
	[ 'PF010', 'an Up that takes no transaction', q{SELECT pg_flux.generate('x', 'VACUUM', 'combined')} ],
	[ '55000', 'an Up that calls pg_flux', q{SELECT pg_flux.generate('x', 'SELECT pg_flux.apply()', 'combined')} ]));

# Bytes that are no text.
my %bytes = ('a lone byte' => '\xE4', 'an overlong slash' => '\xC0\xAF', 'a surrogate' => '\xED\xA0\x80', 'too high' => '\xF4\x90\x80\x80', 'cut off' => '\xF0\x9F\x90', 'the highest byte' => '\xFF');
foreach my $name (sort keys %bytes)
{
	my $escaped = $bytes{$name};
	my $raw = $escaped =~ s/\\x(..)/chr hex $1/ger;
	my $hex = $escaped =~ s/\\x//gr;
	add('postgres',
		[ "register: bytes, $name", '22021', "SELECT pg_flux.register('x.sql', convert_from('\\x${hex}', 'UTF8'))" ],
		[ "register: an escape string, $name", '22021', "SELECT pg_flux.register('x.sql', E'SELECT ''$escaped''')" ],
		[ "register: a name of bytes, $name", '22021', "SELECT pg_flux.register(E'$escaped.sql', 'SELECT 1')" ],
		[ "register: a broken client, $name", '22021', "SELECT pg_flux.register('x.sql', 'SELECT ''$raw''')" ],
		[ "register: a name of a broken client, $name", '22021', "SELECT pg_flux.register('$raw.sql', 'SELECT 1')" ],
		[ "load: a broken client, $name", '22021', "SELECT pg_flux.load('$raw')" ]);
	add('sql_ascii',
		[ "register: $name", '00000', "SELECT pg_flux.register('x.sql', E'SELECT ''$escaped'';', 'SELECT \"$raw\"')" ],
		[ "register: a name, $name", '00000', "SELECT pg_flux.register('$raw.sql', 'SELECT 1')" ],
		[ "unregister: a name, $name", '42704', "SELECT pg_flux.unregister(E'$escaped.sql')" ],
		[ "load: $name", '58P01', "SELECT pg_flux.load('$raw')" ]);
}
add('postgres', [ 'register: a zero byte', '22021', q{SELECT pg_flux.register('x.sql', E'SELECT ''\000''')} ]);
my $utf8 = q{SET client_encoding = 'UTF8'};
add('latin1',
	[ 'register: a letter that is there', '00000', $utf8, q{SELECT pg_flux.register('ä.sql', 'SELECT ''ä''')} ],
	[ 'register: a letter that is not', '22P05', $utf8, q{SELECT pg_flux.register('x.sql', 'SELECT ''🐘''')} ],
	[ 'register: a name that is not', '22P05', $utf8, q{SELECT pg_flux.register('🐘.sql', 'SELECT 1')} ],
	[ 'register: broken UTF-8', '22021', $utf8, "SELECT pg_flux.register('x.sql', 'SELECT ''\xE4''')" ],
	[ 'register: any byte is a letter', '00000', "SELECT pg_flux.register(E'\\xFF.sql', E'SELECT ''\\x80\\xFF''')" ],
	[ 'register: a zero byte', '22021', q{SELECT pg_flux.register('x.sql', E'SELECT ''\000''')} ],
	[ 'register: a name of 255 letters', '00000', q{SELECT pg_flux.register(repeat(E'\xE4', 251) || '.sql', 'SELECT 1')} ]);

# Directories with such files, on the server: [NAME, where it can be loaded, CONTENT].
my @directories = (
	[ 'latin1', { sql_ascii => 1 }, "SELECT '\xE4'" ],
	[ 'utf8', { postgres => 1, latin1 => 1, sql_ascii => 1 }, "\xEF\xBB\xBFSELECT '\xC3\xA4'" ],
	[ 'elephant', { postgres => 1, sql_ascii => 1 }, "SELECT '\xF0\x9F\x90\x98'" ],
	[ 'utf16', {}, "\xFF\xFES\0E\0L\0E\0C\0T\0 \x001\0" ],
	[ 'zero', {}, "SELECT 1;\0" ],
	[ 'program', {}, "\x7FELF\x02\x01\x01\0\0\0" ]);
foreach (@directories)
{
	my ($name, $loads, $content) = @$_;
	mkdir "$files/$name" or die;
	append_to_file("$files/$name/1.sql", 'SELECT 1');
	append_to_file("$files/$name/2.sql", $content);
	append_to_file("$files/$name/2_undo.sql", 'SELECT 2');
	add($_, [ "load: $name", $loads->{$_} ? '00000' : $name eq 'elephant' ? '22P05' : '22021', "SELECT pg_flux.load('$files/$name')" ]) foreach keys %cases;
}
mkdir "$files/name" or die;
append_to_file("$files/name/\xE4.sql", 'SELECT 1');
add($_, [ 'load: a name in LATIN1', $_ eq 'sql_ascii' ? '00000' : '22021', "SELECT pg_flux.load('$files/name')" ]) foreach keys %cases;

# Texts that never end, or nest too deep. (The blank: PostgreSQL's scanner takes a time that is quadratic in a run of /*/*/*.)
my %texts = (
	'nothing' => [ 'PF001', q{''} ],
	'blanks' => [ 'PF001', q{repeat(E' \n\t', 1000000)} ],
	'a quote' => [ '42601', q{'SELECT ''x'} ],
	'a quote, a megabyte' => [ '42601', q{'SELECT ''' || repeat('x', 1048576)} ],
	'a quote that escapes its end' => [ '42601', q{$x$SELECT E'\'$x$} ],
	'an identifier' => [ '42601', q{'SELECT "x'} ],
	'an identifier of nothing' => [ '42601', q{'SELECT ""'} ],
	'dollars' => [ '42601', q{'SELECT $$x'} ],
	'dollars with another end' => [ '42601', q{'SELECT $a$x$b$'} ],
	'a comment' => [ '42601', q{'SELECT 1 /* x'} ],
	'a comment in a comment' => [ '42601', q{'SELECT 1 /* /* x */'} ],
	'a million comments' => [ '42601', q{repeat('/* ', 1000000)} ],
	'a million comments, closed' => [ '00000', q{repeat('/* ', 1000000) || repeat('*/', 1000000)} ],
	'a million quotes' => [ '00000', q{'SELECT ' || repeat('''', 1000000)} ],
	'a million and one' => [ '42601', q{'SELECT ' || repeat('''', 1000001)} ],
	'a million dollars' => [ '42601', q{repeat('$', 1000001)} ],
	'a million semicolons' => [ '00000', q{repeat(';', 1000000)} ],
	'a million markers' => [ '00000', q{repeat(E'-- +migrate Up\n', 1000000)} ],
	'a million backslashes' => [ 'PF001', q{repeat('\\', 1000000)} ],
	'parentheses' => [ '42601|54001', q{'SELECT ' || repeat('(', 1000000) || '1' || repeat(')', 1000000)} ],
	'brackets' => [ '42601|54001', q{'SELECT ' || repeat('ARRAY[', 1000000)} ],
	'cases' => [ '42601|54001', q{'SELECT ' || repeat('CASE WHEN ', 1000000)} ],
	'negations' => [ '42601|54001', q{'SELECT ' || repeat('NOT ', 1000000) || 'true'} ],
	'joins' => [ '42601|54001', q{'SELECT 1 FROM ' || repeat('(', 1000000)} ],
	'unknown bytes' => [ '42601', q{E'SELECT \x01\x02\x1F'} ]);
foreach my $name (sort keys %texts)
{
	my ($state, $text) = @{ $texts{$name} };
	add('postgres',
		[ "register: $name", $state, "SELECT pg_flux.register('x.sql', $text)" ],
		[ "repair: $name", $state, "SELECT pg_flux.repair('a.sql', $text)" ]);
	# An undo of nothing is none.
	add('postgres', [ "register an undo: $name", $state eq 'PF001' && $name !~ /backslashes/ || $name =~ /markers/ ? ($name =~ /markers/ ? 'PF001' : '00000') : $state,
		"SELECT pg_flux.register('x.sql', 'SELECT 1', $text)" ]);
}
# What the parser takes and a run does not: it goes down the tree. '0.sql' is the next to run.
my %deep = ('a sum' => q{'SELECT 1' || repeat('+1', 100000)}, 'a union' => q{'SELECT 1' || repeat(' UNION SELECT 1', 20000)}, 'an access' => q{'SELECT (x)' || repeat('.y', 100000)});
foreach my $name (sort keys %deep)
{
	my $state = $name eq 'an access' ? '42703' : '54001';
	my $register = "SELECT pg_flux.register('0.sql', $deep{$name}, $deep{$name})";
	add('postgres',
		[ "register: $name", '00000', $register ],
		[ "plan: $name", '00000', $register, "SELECT pg_flux.plan(1, 'up')" ],
		[ "a dry run: $name", '00000', $register, "SELECT pg_flux.apply(1, dry_run => true)" ],
		[ "apply: $name", $state, $register, "SELECT pg_flux.apply(1)" ],
		[ "rollback: $name", $state, "SELECT pg_flux.register('0.sql', 'SELECT 1', $deep{$name})", 'SELECT pg_flux.apply(1)', 'SELECT pg_flux.rollback(1)' ]);
}

# Much: 50 MB in a literal or a comment, or a hundred thousand statements.
my $many = q{'CREATE TABLE much (a int);' || (SELECT string_agg(format('INSERT INTO much VALUES (%s);', i), E'\n') FROM generate_series(1, 99998) i)};
my @there_and_back = ('SELECT pg_flux.apply(1)', 'SELECT pg_flux.rollback(1)');
add('postgres',
	[ '50 MB in a literal', '00000', q{SELECT pg_flux.register('0.sql', 'CREATE TEMPORARY TABLE much AS SELECT length(''' || repeat('0123456789abcde ', 3276800) || ''') AS size',
		'DO $$ BEGIN ASSERT (SELECT size FROM pg_temp.much) = 52428800; END $$')}, @there_and_back ],
	[ '50 MB in a comment', '00000', q{SELECT pg_flux.register('0.sql', E'SELECT 1; --' || repeat('x', 52428800), '/*' || repeat(E'x\n', 26214400) || '*/ SELECT 2')}, @there_and_back ],
	[ '50 MB with an error at its end', '42601', q{SELECT pg_flux.register('x.sql', 'SELECT ''' || repeat('x', 52428800) || '''; SELEC 2')} ],
	[ '100,000 statements', '00000', "SELECT pg_flux.register('0.sql', $many || 'SELECT 1', 'DO \$\$ BEGIN ASSERT (SELECT count(*) FROM much) = 99998; END \$\$')",
		q{SELECT pg_flux.plan(1, 'up')}, @there_and_back ],
	[ '100,000 statements, the last fails', '22012', "SELECT pg_flux.register('0.sql', $many || 'SELECT 1/0')", 'SELECT pg_flux.apply(1)' ],
	[ '100,000 statements, the last is wrong', '42601', "SELECT pg_flux.register('x.sql', $many || 'SELEC 1')" ]);

# The run --------------------------------------------------------------------------------------------------------------------

# Every row of pg_flux but the counter of changes, and every object of the database.
my $world = q{SELECT md5(concat((SELECT string_agg(m::text, ';' ORDER BY filename) FROM pg_flux.migration m), (SELECT string_agg(a::text, ';' ORDER BY filename) FROM pg_flux.applied a),
  (SELECT string_agg(h::text, ';' ORDER BY id) FROM pg_flux.history h), (SELECT string_agg(p::text, ';' ORDER BY filename, number) FROM pg_flux.partial p),
  (SELECT string_agg(concat_ws(' ', c.oid, relname, relkind, relowner, relfilenode, relacl), ';' ORDER BY c.oid) FROM pg_class c), (SELECT string_agg(a::text, ';' ORDER BY attrelid, attnum) FROM pg_attribute a),
  (SELECT string_agg(p::text, ';' ORDER BY oid) FROM pg_proc p), (SELECT string_agg(n::text, ';' ORDER BY oid) FROM pg_namespace n), (SELECT string_agg(d::text, ';' ORDER BY classid, objid, objsubid, refclassid, refobjid, refobjsubid) FROM pg_depend d)));};
my $memory = 'SELECT sum(used_bytes) FROM pg_backend_memory_contexts;';

# The psql commands that run a case once, and print how it ended, the world and the memory. What works is taken back; a
# procedure that works changes nothing here.
sub once
{
	my (@statements) = @_;
	my ($begin, $end) = $statements[0] =~ /^CALL/ ? ('', '') : ('BEGIN;', 'ROLLBACK;');
	return join "\n", '\o /dev/null', $begin, '\set more true',
	  (map { ('\if :more', "$_;", '\set state :SQLSTATE', '\if :ERROR', '\set more false', '\endif', '\endif') } @statements),
	  $end, 'RESET client_encoding;', '\o', '\echo :state', $world, $memory, '';
}

foreach my $database (sort keys %cases)
{
	my %in = (database => $database);
	$node->safe_psql($database, 'CREATE EXTENSION IF NOT EXISTS pg_flux');
	value($node, <<'SQL', %in);
SET client_min_messages = error;
SELECT pg_flux.register('a.sql', 'CREATE TABLE a ()', 'DROP TABLE a'), pg_flux.register('b.sql', 'SELECT 2'), pg_flux.register('c.sql', 'CREATE TABLE c ()');
SELECT pg_flux.apply(1);
SELECT pg_flux.baseline('b.sql');
SELECT pg_flux.apply(1);
SELECT pg_flux.register('d.sql', 'CREATE TABLE d ()', 'DROP TABLE d');
SQL
	my @cases = @{ $cases{$database} };
	# Twice: what the first call of a kind leaves in the session's caches is no leak.
	my $script = join '', map { my ($name, $state, @statements) = @$_; once(@statements) x 2 } @cases;
	my $result = sql($node, "\\set ON_ERROR_STOP 0\nSET client_min_messages = error;\n$world\n$script", %in, patience => 120);
	my ($before, @lines) = split /\n/, $result->{out};
	foreach my $case (@cases)
	{
		my ($name, $wanted, $statement) = @$case;
		my ($memory_before, $state, $after, $memory_after) = (splice @lines, 0, 6)[ 2 .. 5 ];
		my $growth = ($memory_after // 0) - ($memory_before // 0);
		is(join(', ', ($state // 'no session') =~ /^($wanted)$/ ? 'ends as it should' : $state // 'no session', ($after // '') eq $before ? 'as before' : 'the database differs',
				$growth < 65536 ? 'no memory left behind' : "$growth bytes more"),
			'ends as it should, as before, no memory left behind', "$database, $name ($wanted)")
		  or diag(substr $statement, 0, 1000);
	}
	is(@lines, 0, "$database: that was all");
}

# No routine was forgotten.
my $tried = join ' ', map { @$_[ 2 .. $#$_ ] } @{ $cases{postgres} };
is(join(' ', grep { $tried !~ /pg_flux\.$_\(/ } split /\n/, value($node, q{SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace})), '', 'every routine was tried');

# What the procedures change stays, so they come last.
is(call($node, 'apply_each', '2147483647')->{status}, 0, 'apply_each() of all and more');
is(call($node, 'rollback_each', '2147483647')->{status}, 0, 'rollback_each() of all and more');
is(status($node), "a.sql|pending\nb.sql|applied\nc.sql|applied\nd.sql|pending", 'what has a Down, and was not baselined, is rolled back');
value($node, "SELECT pg_flux.register('0.sql', $many || 'VACUUM much; INSERT INTO much VALUES (0)', 'VACUUM much; DROP TABLE much')");
my $result = call($node, 'apply_each', '1', patience => 120);
is($result->{status}, 0, '100,000 statements in a worker') or diag(substr $result->{err}, 0, 1000);
note("$result->{seconds} s");
is(value($node, 'SELECT count(*) FROM much'), 99_999, 'each ran');
is(call($node, 'rollback_each')->{status}, 0, 'and they are rolled back');
is_idle($node, 'at the end');

done_testing();
