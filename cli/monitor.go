package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/proxylib/proxylib/accesslog/traffic"
	"github.com/proxylib/proxylib/cli/monitor"
	"github.com/proxylib/proxylib/internal/address"
)

// monitorFlags say what is shown of which log, and how.
type monitorFlags struct {
	server          serverFlags
	sockets, files  []string
	filter          filterFlags
	follow, stats   bool
	last            int
	form, colour    string
	record, metrics string
}

func newMonitorCommand() *cobra.Command {
	const short = "Show the access logs of libraries as they come, or afterwards"
	f := &monitorFlags{}
	cmd := &cobra.Command{
		Use: "monitor", Short: short,
		Long: describe(short, `Entries come from sockets, files and the policy server, from any of them at once. --socket listens as a Cilium agent
does; give libraries its path as the socket of their access log. --file reads JSON lines, of a library or of --record.
Without both, or with --server, they come from the policy server, to which libraries send them if their access log says
"server".

Conditions of one name are alternatives, those of different names must all hold, and --not before a condition reverses
it. In texts, * stands for anything.`),
		Example: `  proxylib monitor --socket /run/proxylib/access.sock
  proxylib monitor --follow --verdict denied
  proxylib monitor --file /var/log/proxylib.json --since 10m --field command=get --not --from 10.0.0.0/8
  proxylib monitor --socket /run/proxylib/access.sock --stats --record today.json`,
		Args: cobra.NoArgs, ValidArgsFunction: cobra.NoFileCompletions,
		RunE: untilInterrupted(f.run),
	}
	f.server.register(cmd)
	f.filter.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sockets, "socket", nil, "path of a Unix socket (unixpacket) to receive entries on; it is created")
	flags.StringArrayVar(&f.files, "file", nil, "file of JSON lines, or - for the standard input")
	flags.BoolVarP(&f.follow, "follow", "f", false, "go on with new entries of files, also when they are rotated, and of the server")
	flags.IntVar(&f.last, "last", 0, "of the entries that are there already, show this many at most")
	flags.StringVarP(&f.form, "output", "o", "compact", strings.Join(monitor.Forms, ", "))
	flags.StringVar(&f.colour, "color", "auto", "auto: on a terminal, unless NO_COLOR is set; always; never")
	flags.BoolVar(&f.stats, "stats", false, "show numbers in place of entries; on a terminal each second")
	flags.StringVar(&f.record, "record", "", "file to which the entries are appended as JSON lines")
	registerMetrics(cmd, &f.metrics)
	completeFlag(cmd, "output", cobra.FixedCompletions(monitor.Forms, cobra.ShellCompDirectiveNoFileComp))
	completeFlag(cmd, "color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *monitorFlags) run(ctx context.Context, cmd *cobra.Command) (err error) {
	c := monitor.Config{Last: f.last}
	if c.Sources, err = f.sources(cmd); err != nil {
		return err
	}
	if c.Filter, err = f.filter.filter(time.Now()); err != nil {
		return err
	}
	if f.last < 0 {
		return fmt.Errorf("--last %d: want a number of entries", f.last)
	}
	colours, err := colours(f.colour, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	show, err := f.show(cmd.OutOrStdout(), colours, &c)
	if err != nil {
		return err
	}
	closeRecord, err := f.recorder(&c)
	if err != nil {
		return err
	}
	closeMetrics, err := f.serveMetrics(cmd, &c)
	if err != nil {
		return errors.Join(err, closeRecord())
	}
	defer func() { err = errors.Join(err, show(), closeRecord(), closeMetrics()) }()
	return monitor.Run(ctx, c)
}

// show sets what shows entries, and returns what is to be done at the end.
func (f *monitorFlags) show(out io.Writer, colours bool, c *monitor.Config) (end func() error, err error) {
	printer, err := monitor.NewPrinter(out, f.form, colours)
	if err != nil {
		return nil, fmt.Errorf("--output %q: %w", f.form, err)
	}
	if !f.stats {
		c.Take = printer.Print
		return func() error { return nil }, nil
	}
	var began time.Time
	if f.follow || len(f.sockets) > 0 {
		began = time.Now()
	}
	stats := monitor.NewStats(began, colours)
	c.Take = func(e *traffic.Entry) error {
		stats.Add(e)
		return nil
	}
	if !isTerminal(out) {
		return func() error { return stats.Write(out, time.Now()) }, nil
	}
	c.Every = time.Second
	c.Tick = func() error {
		var screen writer
		screen.WriteString(clearScreen)
		if err := stats.Write(&screen, time.Now()); err != nil {
			return err
		}
		_, err := screen.WriteTo(out)
		return err
	}
	return c.Tick, nil
}

// clearScreen moves to the first line of a terminal and removes what is below.
const clearScreen = "\x1b[H\x1b[J"

// recorder makes c append entries to a file.
func (f *monitorFlags) recorder(c *monitor.Config) (end func() error, err error) {
	if f.record == "" {
		return func() error { return nil }, nil
	}
	file, err := os.OpenFile(f.record, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--record: %w", err)
	}
	record, err := monitor.NewPrinter(file, "json", false)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	c.Take = both(record.Print, c.Take)
	return file.Close, nil
}

// both returns what does one thing and, if it succeeds, another.
func both(first, second func(*traffic.Entry) error) func(*traffic.Entry) error {
	return func(e *traffic.Entry) error {
		if err := first(e); err != nil {
			return err
		}
		return second(e)
	}
}

// serveMetrics makes c count entries for Prometheus.
func (f *monitorFlags) serveMetrics(cmd *cobra.Command, c *monitor.Config) (end func() error, err error) {
	if f.metrics == "" {
		return func() error { return nil }, nil
	}
	metrics := traffic.NewMetrics()
	take := c.Take
	c.Take = func(e *traffic.Entry) error {
		metrics.Add(e)
		return take(e)
	}
	return listenMetrics(cmd, f.metrics, metrics)
}

// listenMetrics serves metrics to Prometheus on this machine.
func listenMetrics(cmd *cobra.Command, at string, collectors ...prometheus.Collector) (end func() error, err error) {
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		return nil, fmt.Errorf("--metrics %q: %w", at, err)
	}
	if !address.Local(host) {
		return nil, fmt.Errorf("--metrics %q: nothing is asked of clients there: want an address of this machine, such as 127.0.0.1:9913", at)
	}
	registry := prometheus.NewRegistry()
	for _, c := range collectors {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: responseTime, IdleTimeout: responseTime}
	fmt.Fprintf(cmd.ErrOrStderr(), "Metrics are at http://%s/metrics.\n", listener.Addr())
	done := make(chan struct{})
	go func() {
		defer close(done)
		// It ends when the server is closed.
		_ = server.Serve(listener)
	}()
	return func() error {
		err := server.Close()
		<-done
		return err
	}, nil
}

// sources are where entries come from.
func (f *monitorFlags) sources(cmd *cobra.Command) (sources []monitor.Source, err error) {
	for _, path := range f.sockets {
		sources = append(sources, monitor.Socket{Path: path})
	}
	for _, path := range f.files {
		if path == "-" {
			input := io.NopCloser(cmd.InOrStdin())
			sources = append(sources, monitor.Stream{
				Label: "standard input", Live: f.follow, Open: func(context.Context) (io.ReadCloser, error) { return input, nil },
			})
			continue
		}
		sources = append(sources, monitor.File{Path: path, Follow: f.follow})
	}
	if len(sources) > 0 && !cmd.Flags().Changed("server") {
		return sources, nil
	}
	client, err := f.server.client()
	if err != nil {
		return nil, err
	}
	query := url.Values{"follow": {strconv.FormatBool(f.follow)}}
	return append(sources, monitor.Stream{Label: "policy server", Open: func(ctx context.Context) (io.ReadCloser, error) {
		return client.stream(ctx, "/v1/requests?"+query.Encode())
	}}), nil
}

// colours reports whether output is coloured.
func colours(when string, out io.Writer) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", nil
	}
	return false, fmt.Errorf("--color %q: want auto, always or never", when)
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
