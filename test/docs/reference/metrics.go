package reference

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/policyserver"
	"github.com/proxylib/proxylib/policyserver/rest"
)

// metric is a counter, a gauge or a histogram that is published.
type metric struct{ name, kind, labels, meaning string }

func (s source) metricsPage() (string, error) {
	var b strings.Builder
	heading(&b, "Reference of the metrics", "What the library publishes in Envoy, and what `proxylib serve` and the command line publish at `/metrics`.")
	err := errors.Join(s.inEnvoy(&b), s.published(&b))
	return b.String(), err
}

func metricsTable(b *strings.Builder, list []metric) {
	var rows [][]string
	for _, m := range list {
		rows = append(rows, []string{code(m.name), m.kind, m.labels, prose(m.meaning)})
	}
	table(b, []string{"name", "kind", "labels", "meaning"}, rows)
}

// declarations are how a language declares tables of metrics: what finds a table of a kind, and an entry with its comment.
type declarations struct{ table, entry *regexp.Regexp }

var (
	inC = declarations{
		regexp.MustCompile(`(?ms)^static const char \*const (\w+)_names\[.*?^\};`),
		regexp.MustCompile(`((?:\t// [^\n]*\n)*)\t\[\w+\] = "([^"]+)",`),
	}
	inGo = declarations{
		regexp.MustCompile(`(?ms)^var (\w+)Names = \[\.\.\.\]string\{.*?^\}`),
		regexp.MustCompile(`((?:\t// [^\n]*\n)*)\t\w+: "([^"]+)",`),
	}
	slashes = regexp.MustCompile(`(?m)^\t// `)
)

// inEnvoy writes the metrics that the hosts declare.
func (s source) inEnvoy(b *strings.Builder) error {
	network, errNetwork := s.declared("hosts/envoy/shim.c", inC)
	health, errHealth := s.declared("hosts/envoy/health.c", inC)
	http, errHTTP := s.declared("hosts/envoy/http.c", inC)
	plugin, errPlugin := s.declared("hosts/wasm/metrics.go", inGo)
	if err := errors.Join(errNetwork, errHealth, errHTTP, errPlugin); err != nil {
		return err
	}
	b.WriteString("\n## In Envoy\n\nThe names follow `dynamicmodulescustom.`, and in 1.37.0 `dynamic_module_network_filter.`; " +
		"[hosts/envoy/README.md](../hosts/envoy/README.md#what-envoy-shows) has the tags, and says how often each is brought up to date.\n\n")
	build := metric{
		"proxylib_build.VERSION.REVISION", "gauge", "`proxylib_version`, `proxylib_revision`, with the tags of Envoy's bootstrap",
		"1; version and commit of the library, with an underscore for each dot",
	}
	metricsTable(b, append(append(network, health...), build))
	b.WriteString("\nThose of an HTTP filter, beside those above which begin with `proxylib_` and are of all filters of the process:\n\n")
	metricsTable(b, http)
	b.WriteString("\nThose of the [Wasm plugin](wasm.md), which follow `wasmcustom.`:\n\n")
	build.meaning = "1; version and commit of the module, with an underscore for each dot"
	metricsTable(b, append(plugin, build))
	return nil
}

// declared returns the metrics in the tables of a file, each with a comment before it.
func (s source) declared(path string, by declarations) (list []metric, err error) {
	text, err := os.ReadFile(filepath.Join(s.root, path))
	if err != nil {
		return nil, err
	}
	for _, found := range by.table.FindAllStringSubmatch(string(text), -1) {
		for _, entry := range by.entry.FindAllStringSubmatch(found[0], -1) {
			m := metric{name: entry[2], kind: found[1], meaning: sentence(slashes.ReplaceAllString(entry[1], ""))}
			if m.meaning == "" {
				err = errors.Join(err, fmt.Errorf("%s: no comment says what %s means", path, m.name))
			}
			if strings.HasPrefix(m.name, ".") {
				m.name, m.labels = "proxylib.STAT_PREFIX"+m.name, "`proxylib_filter`, with the tags of Envoy's bootstrap"
			}
			if m.kind == "total" {
				m.kind = "counter"
			}
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no metrics are found", path)
	}
	return list, err
}

// published writes the metrics of "/metrics": those that a server shows, and those that the code declares as collectors.
func (s source) published(b *strings.Builder) error {
	shown, err := shown()
	if err != nil {
		return err
	}
	declared, err := s.collectors()
	if err != nil {
		return err
	}
	for _, m := range declared {
		if !slices.ContainsFunc(shown, func(other metric) bool { return other.name == m.name }) {
			shown = append(shown, m)
		}
	}
	slices.SortFunc(shown, func(a, b metric) int { return cmp.Compare(a.name, b.name) })
	b.WriteString("\n## At /metrics\n\n")
	metricsTable(b, shown)
	return nil
}

var (
	help   = regexp.MustCompile(`(?m)^# HELP (proxylib_\w+) (.*)\n# TYPE \w+ (\w+)\n(.*)$`)
	labels = regexp.MustCompile(`(\w+)="`)
)

// shown returns the metrics that a policy server shows.
func shown() ([]metric, error) {
	dir, err := os.MkdirTemp("", "reference")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	log := logrus.New()
	log.SetOutput(io.Discard)
	server, err := policyserver.Open(policyserver.Config{State: filepath.Join(dir, "state.db"), Log: log})
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	admit := func(*http.Request) (policyserver.Actor, error) { return policyserver.Actor{}, nil }
	rest.Handler(server, admit, nil).ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/metrics", nil))
	var list []metric
	for _, found := range help.FindAllStringSubmatch(w.Body.String(), -1) {
		m := metric{name: found[1], meaning: found[2], kind: found[3]}
		for _, label := range labels.FindAllStringSubmatch(found[4], -1) {
			m.labels = strings.TrimPrefix(m.labels+", "+code(label[1]), ", ")
		}
		list = append(list, m)
	}
	if len(list) < 10 {
		return nil, errors.Join(fmt.Errorf("/metrics shows only %d metrics: %d %s", len(list), w.Code, w.Body), server.Close())
	}
	return list, server.Close()
}

var options = regexp.MustCompile(`^(Counter|Gauge|Histogram|Summary)Opts$`)

// collectors returns the metrics that are declared with their options anywhere in the code.
func (s source) collectors() (list []metric, err error) {
	dirs := map[string]bool{}
	err = filepath.WalkDir(s.root, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{"build", ".git", "testdata", "test"}, entry.Name()):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			dirs[filepath.Dir(path)] = true
		}
		return nil
	})
	for dir := range dirs {
		below, errBelow := filepath.Rel(s.root, dir)
		f, errOpen := s.open(below)
		if err = errors.Join(err, errBelow, errOpen); err != nil {
			return nil, err
		}
		f.each(func(n ast.Node) {
			if call, is := n.(*ast.CallExpr); is && len(call.Args) > 0 {
				list = append(list, collector(call)...)
			}
		})
	}
	return list, err
}

// collector returns the metric that a call makes: its options, and the names of its labels.
func collector(call *ast.CallExpr) []metric {
	given, is := call.Args[0].(*ast.CompositeLit)
	if !is {
		return nil
	}
	kind, is := given.Type.(*ast.SelectorExpr)
	if !is || !options.MatchString(kind.Sel.Name) {
		return nil
	}
	m := metric{kind: strings.ToLower(options.FindStringSubmatch(kind.Sel.Name)[1])}
	for _, item := range given.Elts {
		if pair, is := item.(*ast.KeyValueExpr); is {
			switch text, _ := textOf(pair.Value); pair.Key.(*ast.Ident).Name {
			case "Name":
				m.name = text
			case "Help":
				m.meaning = text
			}
		}
	}
	if len(call.Args) > 1 {
		if list, is := call.Args[1].(*ast.CompositeLit); is {
			for _, item := range list.Elts {
				label, _ := textOf(item)
				m.labels = strings.TrimPrefix(m.labels+", "+code(label), ", ")
			}
		}
	}
	if !strings.HasPrefix(m.name, "proxylib_") {
		return nil
	}
	return []metric{m}
}
