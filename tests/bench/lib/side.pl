# side.pl: `perl side.pl OPERATION`: a worker of lib_bench.py with perl's File::Temp.
use strict;
use warnings;
use File::Temp;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my %operations = (
	file      => sub { my $file = File::Temp->new(DIR => $ENV{TMPDIR}) },
	directory => sub { my $dir  = File::Temp->newdir(DIR => $ENV{TMPDIR}) },
	atomic    => sub {
		my $file = File::Temp->new(DIR => $ENV{TMPDIR}, UNLINK => 0);
		print $file 'x' x 1024;
		close $file;
		rename $file->filename, "$ENV{TMPDIR}/perl-target" or die;
	},
);
my $run = $operations{$ARGV[0]} or die "no such operation\n";

$| = 1;
while (my $line = <STDIN>) {
	my $start = clock_gettime(CLOCK_MONOTONIC);
	$run->() for 1 .. $line;
	printf "%d\n", (clock_gettime(CLOCK_MONOTONIC) - $start) * 1e9;
}
