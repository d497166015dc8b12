package parsertest

import (
	"fmt"
	"strings"
	"testing"
)

// failures collects the runs of a case that did not come out as wanted, so that they are reported once.
type failures struct {
	runs int
	// list has the first run with each problem, and how many runs have it.
	list []*failure
}

// failure is a run that did not come out as wanted.
type failure struct {
	where, problem, behind string
	runs                   int
}

// maxProblems is the number of different problems of one case that are reported.
const maxProblems = 3

// add notes a run and its problem, which is empty if there is none.
func (f *failures) add(h *hostKind, how segmentation, problem string, got outcome) {
	f.runs++
	if problem == "" {
		return
	}
	for _, known := range f.list {
		if known.problem == problem {
			known.runs++
			return
		}
	}
	f.list = append(f.list, &failure{where: h.name + ", " + how.name, problem: problem, behind: got.describe(), runs: 1})
}

// report reports the first problem with all that is behind it, and others by what they are.
func (f *failures) report(tb testing.TB, parser string) {
	tb.Helper()
	if len(f.list) == 0 {
		return
	}
	failed := 0
	for _, problem := range f.list {
		failed += problem.runs
	}
	first := f.list[0]
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s:\n%s\n%s\n", parser, first.where, strings.TrimSuffix(first.problem, "\n"), first.behind)
	fmt.Fprintf(&b, "  the same in %d of %d runs; %d runs fail", first.runs, f.runs, failed)
	for _, other := range f.list[1:min(len(f.list), maxProblems)] {
		fmt.Fprintf(&b, "\n%s (%d runs):\n%s", other.where, other.runs, strings.TrimSuffix(other.problem, "\n"))
	}
	if more := len(f.list) - maxProblems; more > 0 {
		fmt.Fprintf(&b, "\nand %d other ways to fail", more)
	}
	tb.Error(b.String())
}

// maxDescribed is the number of lines of the log, and of operations, that are shown: the last ones.
const maxDescribed = 8

// describe shows what came of a run.
func (o outcome) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  what came of it:\n    connection %s\n", state(o.closed))
	fmt.Fprintf(&b, "    to server  %s\n    to client  %s\n", excerpt(o.toServer, len(o.toServer)), excerpt(o.toClient, len(o.toClient)))
	describeLines(&b, "access log", o.log)
	describeLines(&b, "operations", o.ops)
	return strings.TrimSuffix(b.String(), "\n")
}

func describeLines(b *strings.Builder, what string, lines []string) {
	from := max(0, len(lines)-maxDescribed)
	fmt.Fprintf(b, "    %s, %d lines\n", what, len(lines))
	if from > 0 {
		b.WriteString("      …\n")
	}
	for _, line := range lines[from:] {
		fmt.Fprintf(b, "      %.300s\n", line)
	}
}
