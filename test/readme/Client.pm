# Registers nasty files with the script for the client, and compares what is stored byte by byte.
package Client;
use strict;
use warnings;

# Every byte of UTF-8 text that could mean something to a shell, to psql or to SQL. As a comment it may stand anywhere.
my $nasty = join "\n", '/*', q('), q(''), q("), q($), q($$), q($body$), q(\\), q(\\\\), q(\\'), q(\\q), q(\\.), q(\\! touch pwned), q(`touch pwned`),
    q($(touch pwned)), q(:body), q(:'body'), q(:"body"), q(:{?body}), q(%s %n %d), q(;), q(--), q(help), q(quit), q(#!/bin/sh),
    "tab\there", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\x98", "\xE2\x80\xA8", "\x01\x1b\x7f", "blanks at the end  ", '*/', '';

my %files = (
    '001_plain.sql'               => "SELECT 1;\n",
    '002_no_line_end.sql'         => 'SELECT 2;',
    '003_line_ends.sql'           => "\n\n  SELECT 3;\n\n\n\n",
    '004_crlf.sql'                => "-- +migrate Up\r\nSELECT 'a\r\nb';\r\n-- +migrate Down\r\nSELECT 5;\r\n",
    '005_bom.sql'                 => "\xEF\xBB\xBFSELECT 6;\n",
    '005_bom_undo.sql'            => "\xEF\xBB\xBFSELECT 7;\r\n",
    '006_nasty.sql'               => "${nasty}SELECT 8;\n",
    '006_nasty_undo.sql'          => "SELECT '${\ ($nasty =~ s/'/''/gr)}';",
    '007_empty_undo.sql.sql'      => "SELECT 9;\n",
    '008_empty.sql'               => "SELECT 10;\n",
    '008_empty_undo.sql'          => '',
    '009_long_line.sql'           => "SELECT '" . ('x\\' x 1_500_000) . "';\n",
    '010_many_lines.sql'          => "SELECT 11; -- it's a line\n" x 60_000,
    '011_dollars.sql'             => "DO \$\$ BEGIN PERFORM '\$1'; END \$\$;\n",
    'it\'s "12" $(x) `y` \'\'.sql' => "SELECT 12;\n",
    'it\'s "12" $(x) `y` \'\'_undo.sql' => "SELECT 13;\n",
    '-f.sql'                      => "SELECT 14;\n",
    '[a-z]*?.sql'                 => "SELECT 15;\n",
    ' blanks  .sql'               => "SELECT 16;\n",
    ":'filename' %s \xC3\xA4.sql" => "SELECT 17;\n",
);

sub check {
    my ($script, $database) = @_;
    # A server that can has it off, which decides what a backslash in a string is.
    my $can = Harness::psql($database, "SELECT current_setting('server_version_num')::int < 190000") eq 't';
    Harness::psql($database, "ALTER DATABASE $database SET standard_conforming_strings = off") if $can;
    my %seen;
    for my $shell (grep { my ($path) = Harness::run("realpath \"\$(command -v $_)\""); $path && !$seen{$path}++ } qw(sh dash bash)) {
        Harness::psql($database, 'TRUNCATE pg_flux.migration, pg_flux.applied, pg_flux.partial');
        nasty_directory($script, $database, $shell);
    }
    failures($script, $database);
    Harness::psql($database, "ALTER DATABASE $database RESET standard_conforming_strings");
}

sub nasty_directory {
    my ($script, $database, $shell) = @_;
    my $directory = directory_with("-nasty 'dir' \$x \\ $shell", \%files);
    mkdir "$directory/directory.sql" or die $!;
    write_file("$directory/.hidden.sql", 'no SQL');
    write_file("$directory/README.md", 'no SQL');

    my @names = sort grep { !/_undo\.sql$/ } keys %files;
    my ($output, $status) = register($shell, $script, $directory, $database);
    my @lines = sort grep { !/^(WARNING|DETAIL)/ } split /\n/, $output;
    Harness::is(join("\n", @lines, $status), join("\n", sort(map { "added  $_" } @names), 0), "$shell: registers a nasty directory");
    my $stored = Harness::psql($database, <<'END');
SELECT encode(convert_to(filename, 'UTF8'), 'hex'), encode(convert_to(body, 'UTF8'), 'hex'), coalesce(encode(convert_to(undo, 'UTF8'), 'hex'), 'none')
FROM pg_flux.migration;
END
    my %stored = map { $_->[0] => [$_->[1], $_->[2]] } map { [split /\|/, $_, -1] } split /\n/, $stored;
    for my $name (@names) {
        my $undo = $files{$name =~ s/\.sql$/_undo.sql/r};
        my $expected = join ' ', as_stored($files{$name}), defined $undo ? as_stored($undo) : 'none';
        Harness::ok(join(' ', @{$stored{unpack 'H*', $name} || []}) eq $expected, "$shell: $name is stored byte by byte");
    }
    Harness::ok(!-e 'pwned', "$shell: nothing in it was run");

    ($output, $status) = register($shell, $script, $directory, $database);
    Harness::is(scalar(() = $output =~ /^unchanged  /mg), scalar(@names), "$shell: the second time all are unchanged");
    unlink "$directory/.hidden.sql";
}

# A failure registers nothing, and the exit status says so.
sub failures {
    my ($script, $database) = @_;
    my %wrong = (
        'a file that the server refuses' => [{'a.sql' => 'SELECT 1;', 'b.sql' => 'SELEC 2;', 'c.sql' => 'SELECT 3;'}, 3, qr/syntax error.*migration "b\.sql"/s],
        'a file that is not UTF-8'       => [{'a.sql' => "SELECT 1;", 'b.sql' => "SELECT '\xE4';"}, 3, qr/invalid byte sequence/],
        'an undo file alone'             => [{'a.sql' => 'SELECT 1;', 'b_undo.sql' => 'SELECT 2;'}, 1, qr/b_undo\.sql has no migration/],
        'a zero byte'                    => [{'a.sql' => 'SELECT 1;', 'b.sql' => "SELECT 2;\0SELECT 3;"}, 1, qr/b\.sql has a zero byte/],
    );
    for my $what (sort keys %wrong) {
        my ($files, $expected_status, $message) = @{$wrong{$what}};
        Harness::psql($database, 'TRUNCATE pg_flux.migration, pg_flux.applied, pg_flux.partial');
        my ($output, $status) = register('sh', $script, directory_with($what, $files), $database);
        my $count = Harness::psql($database, 'SELECT count(*) FROM pg_flux.migration');
        Harness::ok($status == $expected_status && $output =~ $message && $count == 0, "$what: status $expected_status, nothing registered",
            "status $status, $count registered", $output);
    }
    my ($output, $status) = register('sh', $script, Harness::directory() . '/nowhere', $database);
    Harness::ok($status == 1 && $output =~ /no directory/, 'no directory: status 1', $output);
    ($output, $status) = register('sh', $script, directory_with('nothing', {}), $database);
    Harness::ok($status == 0 && $output =~ /^no migration files in .*nothing$/, 'an empty directory: nothing to do', $output);
    ($output, $status) = Harness::run("sh '$script' -d '$database'");
    Harness::ok($status == 1 && $output =~ /usage/, 'no directory given: the usage', $output);
    ($output, $status) = register('sh', $script, directory_with('no connection', {'a.sql' => 'SELECT 1;'}), 'pg_flux_no_such_database');
    Harness::is($status, 2, 'no connection: status 2');
}

sub register {
    my ($shell, $script, $directory, $database) = @_;
    return Harness::run("$shell " . join ' ', map { "'" . s/'/'\\''/gr . "'" } $script, $directory, '-d', $database);
}

sub directory_with {
    my ($name, $files) = @_;
    my $directory = Harness::directory() . "/$name";
    mkdir $directory or die "$directory: $!";
    write_file("$directory/$_", $files->{$_}) for keys %$files;
    return $directory;
}

sub write_file {
    my ($path, $content) = @_;
    open my $file, '>:raw', $path or die "$path: $!";
    print $file $content;
    close $file or die "$path: $!";
}

# Without byte order mark and with LF line ends, in hexadecimal.
sub as_stored {
    my ($content) = @_;
    $content =~ s/^\xEF\xBB\xBF//;
    $content =~ s/\r+\n/\n/g;
    return unpack 'H*', $content;
}

1;
