// Benchtable reads the output of "go test -bench" from standard input and prints it as one table: a row for each
// benchmark, and of several runs the median, the minimum and the maximum.
package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	t, err := read(in)
	if err != nil {
		return err
	}
	return t.print(out)
}

// table holds all runs of each benchmark.
type table struct {
	machine string
	// names of benchmarks and units, each in the order of their appearance.
	names, units []string
	values       map[string]map[string][]float64
}

// read takes the benchmarks of all packages. Output that says that one has failed is an error.
func read(in io.Reader) (*table, error) {
	t := &table{values: map[string]map[string][]float64{}}
	reader := benchfmt.NewReader(in, "standard input")
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.Result:
			t.add(record)
		case *benchfmt.SyntaxError:
			return nil, record
		}
	}
	if err := reader.Err(); err != nil {
		return nil, err
	}
	if len(t.names) == 0 {
		return nil, fmt.Errorf("there is no benchmark in the input")
	}
	return t, nil
}

func (t *table) add(r *benchfmt.Result) {
	t.machine = fmt.Sprintf("%s/%s, %s", r.GetConfig("goos"), r.GetConfig("goarch"), r.GetConfig("cpu"))
	name := path.Base(r.GetConfig("pkg")) + "." + string(r.Name)
	if t.values[name] == nil {
		t.names = append(t.names, name)
		t.values[name] = map[string][]float64{}
	}
	for _, v := range r.Values {
		if !slices.Contains(t.units, v.Unit) {
			t.units = append(t.units, v.Unit)
		}
		t.values[name][v.Unit] = append(t.values[name][v.Unit], v.Value)
	}
}

func (t *table) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\n\nbenchmark\t%s\t\n", t.machine, strings.Join(t.units, "\t"))
	for _, name := range t.names {
		fmt.Fprint(w, name)
		for _, unit := range t.units {
			fmt.Fprintf(w, "\t%s", cell(t.values[name][unit], unit))
		}
		fmt.Fprint(w, "\t\n")
	}
	return w.Flush()
}

// cell is the median, and what the runs lie between if they differ.
func cell(values []float64, unit string) string {
	if len(values) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(values))
	class := benchunit.ClassOf(unit)
	show := func(v float64) string { return benchunit.Scale(v, class) }
	least, greatest := sorted[0], sorted[len(sorted)-1]
	if least == greatest {
		return show(least)
	}
	return fmt.Sprintf("%s (%s…%s)", show(sorted[len(sorted)/2]), show(least), show(greatest))
}
