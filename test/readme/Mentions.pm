# Everything that can be called, read or raised is in the README, and nothing that does not exist.
package Mentions;
use strict;
use warnings;

sub check {
    my ($readme, $checkout, $database) = @_;
    my $text = $readme->{text};
    routines($text, $database);
    columns($text, $database);
    sqlstates($text, $checkout, $database);
    links($readme, $checkout);
}

sub routines {
    my ($text, $database) = @_;
    $text =~ s{\s+}{ }g;
    my %exists;
    my $routines = Harness::psql($database, <<'END');
SELECT proname, prorettype = 'trigger'::regtype, pg_get_function_arguments(oid) FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace ORDER BY 1;
END
    for (split /\n/, $routines) {
        my ($name, $is_trigger, $arguments) = split /\|/, $_, 3;
        $exists{$name} = 1;
        my $call = "pg_flux.$name(" . short($arguments) . ')';
        Harness::ok(index($text, $call) >= 0, "names $call");
    }
    my %named = map { $_ => 1 } $text =~ /pg_flux\.(\w+)\(/g;
    Harness::ok($exists{$_}, "pg_flux.$_() exists") for sort grep { !$exists{$_} } keys %named;
}

# As the README writes types and defaults.
sub short {
    my ($arguments) = @_;
    $arguments =~ s/::\w+//g;
    $arguments =~ s/\bIN //g;
    $arguments =~ s/\binteger\b/int/g;
    $arguments =~ s/\bboolean\b/bool/g;
    $arguments =~ s/\btimestamp with time zone\b/timestamptz/g;
    return $arguments;
}

sub columns {
    my ($text, $database) = @_;
    my $columns = Harness::psql($database, <<'END');
SELECT DISTINCT name FROM (
  SELECT unnest(proargnames) FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace
  UNION ALL SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid IN
    (SELECT oid FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r')) AS names (name) ORDER BY 1;
END
    my @missing = grep { $text !~ /\b\Q$_\E\b/ } split /\n/, $columns;
    Harness::is("@missing", '', 'names every column and argument');
    my $tables = Harness::psql($database, "SELECT relname FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind = 'r'");
    @missing = grep { $text !~ /`pg_flux\.\Q$_\E`/ } split /\n/, $tables;
    Harness::is("@missing", '', 'names every table');
}

# Those of our own, and those that the comments of the functions tell of.
sub sqlstates {
    my ($text, $checkout, $database) = @_;
    open my $file, '<', "$checkout/src/postgres/sqlstate.h" or die "sqlstate.h: $!\n";
    my @codes = map { join '', /'(.)'/g } grep { /MAKE_SQLSTATE/ } <$file>;
    my $comments = Harness::psql($database, "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE pronamespace = 'pg_flux'::regnamespace");
    push @codes, $comments =~ /\b(PF\d{3}|\d[0-9A-Z]{4})\b/g;
    my %seen;
    for my $code (sort grep { !$seen{$_}++ } @codes) {
        Harness::ok($text =~ /^\| `$code` \|/m, "has SQLSTATE $code in its table");
    }
}

sub links {
    my ($readme, $checkout) = @_;
    my %anchors = map { s/[^\w\s-]//gr =~ s/\s/-/gr => 1 } map { lc } map { /^#+ (.*)/ ? $1 : () } @{$readme->{lines}};
    for my $link ($readme->{text} =~ /\]\(([^)]+)\)/g) {
        my $good = $link =~ /^#(.*)/ ? $anchors{$1} : -e "$checkout/$link";
        Harness::ok($good, "link $link leads somewhere");
    }
}

1;
