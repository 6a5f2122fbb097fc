# The databases of the cases, by psql and pg_dump.
package Database;
use strict;
use warnings;
use File::Temp qw(tempfile);

$ENV{PGOPTIONS} = join ' ', $ENV{PGOPTIONS} || (), '-c client_min_messages=error';
$ENV{LC_ALL} = 'C';
$ENV{PGCLIENTENCODING} = 'UTF8';
$ENV{PGTZ} = 'UTC';

# What a program prints, to both outputs; what goes in is text. Dies with that when it fails.
sub output_of {
    my ($input, @command) = @_;
    my ($in, $in_path) = tempfile(UNLINK => 1);
    binmode $in, ':encoding(UTF-8)';
    print $in $input;
    close $in;
    my $process = open my $pipe, '-|';
    die "fork: $!" unless defined $process;
    if ($process == 0) {
        open STDIN, '<', $in_path or die "$in_path: $!";
        open STDERR, '>&', \*STDOUT or die "stderr: $!";
        exec @command or die "$command[0]: $!";
    }
    binmode $pipe, ':encoding(UTF-8)';
    my $output = do { local $/; <$pipe> };
    my $ok = close $pipe;
    unlink $in_path;
    $output = '' unless defined $output;
    die $output unless $ok;
    return $output;
}

sub run {
    my ($database, $sql) = @_;
    return output_of($sql, qw(psql -X -q -At -v ON_ERROR_STOP=1 -d), $database);
}

# A literal of SQL.
sub quote {
    my ($text) = @_;
    $text =~ s/'/''/g;
    return "'$text'";
}

sub create {
    my ($name, $template) = @_;
    my $of = defined $template ? "TEMPLATE \"$template\"" : "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";
    run('postgres', "CREATE DATABASE \"$name\" $of STRATEGY file_copy;");
    return $name;
}

sub drop {
    my ($name) = @_;
    run('postgres', "DROP DATABASE IF EXISTS \"$name\" WITH (FORCE);");
}

# Drops what an earlier run may have left, too.
sub drop_all {
    my @roles = @_;
    drop($_) for split /\n/, run('postgres', q(SELECT datname FROM pg_database WHERE datname LIKE 'flux\_judge\_%';));
    run('postgres', join '', map { "DROP ROLE IF EXISTS $_;\n" } @roles);
}

sub create_roles {
    my %roles = map { $_ => 1 } @_;
    run('postgres', join '', map { "CREATE ROLE $_;\n" } sort keys %roles);
}

# Schema and rows as pg_dump writes them, pg_flux's own left out; rows sorted, since a row that left and came back moves.
sub dump_of {
    my ($database) = @_;
    my (@schema, @rows, @table);
    my $in_rows = 0;
    for my $line (split /\n/, output_of('', 'pg_dump', '-d', $database, '-N', 'pg_flux')) {
        if ($in_rows) {
            $in_rows = $line ne '\\.';
            $in_rows ? push @table, $line : push @rows, sort splice @table;
        } elsif ($line =~ /^COPY .* FROM stdin;$/) {
            $in_rows = 1;
            push @rows, $line;
        } elsif ($line =~ /^SELECT pg_catalog\.setval/) {
            push @rows, $line;
        } elsif ($line !~ /^(--|$|\\(un)?restrict)/) {
            push @schema, $line;
        }
    }
    return {schema => with_sorted_rights(@schema), rows => \@rows};
}

# An object's rights stand in the order in which they were granted, which says nothing.
sub with_sorted_rights {
    my (@lines, @rights);
    for my $line (@_, undef) {
        if (defined $line && $line =~ /^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) /) {
            push @rights, $line;
        } else {
            push @lines, sort splice @rights;
            push @lines, $line if defined $line;
        }
    }
    return \@lines;
}

1;
