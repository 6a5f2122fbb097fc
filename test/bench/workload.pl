#!/usr/bin/perl
# The migrations of the benchmark: a cycle of four, each with its exact reverse.
#
#   workload.pl files N DIRECTORY   in every tool's format, a subdirectory for each
#   workload.pl table N             rows (sequence, filename, up, down) for COPY
#   workload.pl calls N             SELECT pg_flux.register(…) for each
#   workload.pl inserts N           INSERT INTO bench.plain … for each: the same texts, merely kept
#   workload.pl body COUNT BYTES    one migration whose Down has COUNT statements, of about BYTES bytes altogether
use strict;
use warnings;

# Milliseconds since 1970: node-pg-migrate wants its versions so, the others take any number.
sub version { return 1_700_000_000_000 + $_[0] }
sub name    { return sprintf '%s_%s', version($_[0]), (qw(trigger table column enum))[$_[0] % 4] }

# (a) a table with 6 columns and 2 indexes
sub table_up {
  my ($i) = @_;
  return <<"END";
CREATE TABLE t_$i (
    id bigint NOT NULL,
    name text NOT NULL,
    email text,
    amount numeric(12,2) NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX t_${i}_name ON t_$i (name);
CREATE INDEX t_${i}_created_at ON t_$i (created_at);
END
}
sub table_down { return "DROP TABLE t_$_[0];\n" }

# (b) a column of that table, and an index on it
sub column_up {
  my ($i, $t) = ($_[0], $_[0] - 1);
  return "ALTER TABLE t_$t ADD COLUMN note_$i text;\nCREATE INDEX t_${t}_note_$i ON t_$t (note_$i);\n";
}
sub column_down {
  my ($i, $t) = ($_[0], $_[0] - 1);
  return "DROP INDEX t_${t}_note_$i;\nALTER TABLE t_$t DROP COLUMN note_$i;\n";
}

# (c) an enum type and a table that uses it
sub enum_up {
  my ($i) = @_;
  return <<"END";
CREATE TYPE state_$i AS ENUM ('new', 'active', 'closed');
CREATE TABLE u_$i (
    id bigint NOT NULL,
    state state_$i NOT NULL DEFAULT 'new'
);
END
}
sub enum_down { return "DROP TABLE u_$_[0];\nDROP TYPE state_$_[0];\n" }

# (d) a function and a trigger of it on the first table
sub trigger_up {
  my ($i, $t) = ($_[0], $_[0] - 3);
  return <<"END";
CREATE FUNCTION touch_$i() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    NEW.created_at := now();
    RETURN NEW;
END;
\$\$;
CREATE TRIGGER touch_$i BEFORE UPDATE ON t_$t FOR EACH ROW EXECUTE FUNCTION touch_$i();
END
}
sub trigger_down {
  my ($i, $t) = ($_[0], $_[0] - 3);
  return "DROP TRIGGER touch_$i ON t_$t;\nDROP FUNCTION touch_$i();\n";
}

my @up   = (\&trigger_up,   \&table_up,   \&column_up,   \&enum_up);
my @down = (\&trigger_down, \&table_down, \&column_down, \&enum_down);
sub up   { return $up[$_[0] % 4]->($_[0]) }
sub down { return $down[$_[0] % 4]->($_[0]) }

# The file of pg_flux and sql-migrate, who share a format.
sub marked {
  my ($i) = @_;
  my $up = up($i);
  # Only sql-migrate needs to be told where a function ends.
  $up =~ s/^(CREATE FUNCTION.*?^\$\$;\n)/-- +migrate StatementBegin\n$1-- +migrate StatementEnd\n/ms;
  return "-- +migrate Up\n$up\n-- +migrate Down\n" . down($i);
}

sub spew {
  my ($path, $text) = @_;
  open my $file, '>', $path or die "$path: $!\n";
  print $file $text;
  close $file or die "$path: $!\n";
  return;
}

sub write_files {
  my ($n, $directory) = @_;
  mkdir "$directory/$_"
    for qw(marked dbmate node-pg-migrate sqitch sqitch/deploy sqitch/revert);
  my $plan = "%syntax-version=1.0.0\n%project=bench\n\n";
  for my $i (1 .. $n) {
    my ($name, $up, $down) = (name($i), up($i), down($i));
    spew("$directory/marked/$name.sql",          marked($i));
    spew("$directory/dbmate/$name.sql",          "-- migrate:up\n$up\n-- migrate:down\n$down");
    spew("$directory/node-pg-migrate/$name.sql", "-- Up Migration\n$up\n-- Down Migration\n$down");
    # As `sqitch add` makes them.
    spew("$directory/sqitch/deploy/$name.sql", "-- Deploy bench:$name to pg\n\nBEGIN;\n\n$up\nCOMMIT;\n");
    spew("$directory/sqitch/revert/$name.sql", "-- Revert bench:$name from pg\n\nBEGIN;\n\n$down\nCOMMIT;\n");
    $plan .= "$name 2026-01-01T00:00:00Z Bench <bench\@example.org>\n";
  }
  spew("$directory/sqitch/sqitch.plan", $plan);
  spew("$directory/sqitch/sqitch.conf", "[core]\n\tengine = pg\n");
  return;
}

sub copy_value {
  my ($value) = @_;
  $value =~ s/\\/\\\\/g;
  $value =~ s/\n/\\n/g;
  return $value;
}

my ($what, @arguments) = @ARGV;
if ($what eq 'files') {
  write_files(@arguments);
} elsif ($what eq 'table') {
  print join("\t", $_, map { copy_value($_) } name($_) . '.sql', marked($_), up($_), down($_)), "\n"
    for 1 .. $arguments[0];
} elsif ($what eq 'calls') {
  printf "SELECT pg_flux.register('%s.sql', \$bench\$%s\$bench\$);\n", name($_), marked($_) for 1 .. $arguments[0];
} elsif ($what eq 'inserts') {
  printf "INSERT INTO bench.plain VALUES ('%s.sql', \$bench\$%s\$bench\$);\n", name($_), marked($_) for 1 .. $arguments[0];
} elsif ($what eq 'body') {
  my ($count, $bytes) = @arguments;
  srand 1;
  my $length = $bytes / $count > 60 ? $bytes / $count - 60 : 1;
  print "-- +migrate Up\nCREATE TABLE IF NOT EXISTS big (id int, note text);\n-- +migrate Down\n";
  for my $i (1 .. $count) {
    my $note = '';
    $note .= sprintf '%x ', rand 2**20 while length $note < $length;
    print "DELETE FROM big WHERE id = $i AND note = '", substr($note, 0, $length), "';\n";
  }
} else {
  die "workload.pl: no such thing as $what\n";
}
