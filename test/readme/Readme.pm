# The parts of the README that tests look at.
package Readme;
use strict;
use warnings;

# The text, and its fenced blocks, each with what stands after the fence, the number of its first line, and its lines.
sub read_file {
    my ($path) = @_;
    open my $file, '<', $path or die "$path: $!\n";
    my @lines = <$file>;
    chomp @lines;
    my (@blocks, $block);
    for my $number (1 .. @lines) {
        my $line = $lines[$number - 1];
        if ($line =~ /^```(.*)/) {
            if ($block) {
                push @blocks, $block;
                $block = undef;
            } else {
                $block = {info => $1, line => $number + 1, lines => []};
            }
        } elsif ($block) {
            push @{$block->{lines}}, $line;
        }
    }
    die "$path: a fence is not closed\n" if $block;
    return {text => join("\n", @lines), lines => \@lines, blocks => \@blocks};
}

# The rows of the table whose first column is headed so, each a list of cells.
sub table {
    my ($readme, $heading) = @_;
    my (@rows, $inside);
    for my $line (@{$readme->{lines}}) {
        $inside = 1 if $line =~ /^\| \Q$heading\E \|/;
        last if $inside && $line !~ /^\|/;
        push @rows, [map { s/^\s+|\s+$//gr } $line =~ /\|([^|]*)(?=\|)/g] if $inside && $line !~ /^\|-/;
    }
    return @rows;
}

1;
