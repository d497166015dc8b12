package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/proxylib/proxylib/cli/capture"
	"github.com/proxylib/proxylib/internal/transcript"
)

// opener makes what takes recorded connections.
type opener interface {
	// open is called for each connection that is recorded from its beginning.
	open(capture.Flow) capture.Conversation
}

// recordStats count what is recorded.
type recordStats = capture.Stats

// record is a capture or a transcript that can be played once.
type record struct {
	path  string
	from  io.ReadCloser
	in    *bufio.Reader
	port  uint16
	cases *transcript.File
	// log: it is an access log, which the caller reads from in.
	log bool
	// progress is where the progress is shown; nil shows none. size is that of the file.
	progress io.Writer
	size     int64
}

// openRecord opens a capture or a transcript. What the flags do not say it takes from there.
func openRecord(cmd *cobra.Command, path string, f *recordFlags) (*record, error) {
	r := &record{path: path, from: io.NopCloser(cmd.InOrStdin()), port: f.port}
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		r.from = file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			r.size = info.Size()
		}
	}
	r.in = bufio.NewReader(r.from)
	beginning, _ := r.in.Peek(4)
	var err error
	switch {
	case capture.Is(beginning):
		r.progress = terminal(cmd.ErrOrStderr())
		err = r.choosePort()
	case f.logs && isLog(beginning):
		r.log = true
	default:
		err = r.readTranscript(f)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// terminal returns a writer that is a terminal, else nil.
func terminal(w io.Writer) io.Writer {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return w
	}
	return nil
}

func (r *record) close() { _ = r.from.Close() }

// choosePort takes the port that all connections of a capture are to, if nobody has said one.
func (r *record) choosePort() error {
	if r.port != 0 {
		return nil
	}
	if r.size == 0 {
		return errors.New("--port: connections to which port? a capture that is not a file cannot be searched for one")
	}
	file, err := os.Open(r.path)
	if err != nil {
		return err
	}
	defer file.Close()
	ports, err := capture.Ports(file)
	if err != nil || len(ports) == 0 {
		return err
	}
	if len(ports) > 1 {
		var list []string
		for _, port := range slices.Sorted(maps.Keys(ports)) {
			list = append(list, fmt.Sprintf("%d (%s)", port, number(uint64(ports[port]), "connection")))
		}
		return fmt.Errorf("--port: connections to which port? the capture has %s", strings.Join(list[:min(len(list), maxPortsShown)], ", "))
	}
	for port := range ports {
		r.port = port
	}
	return nil
}

// maxPortsShown is the number of ports that an error lists.
const maxPortsShown = 20

// maxTranscript is the size in bytes of the largest transcript.
const maxTranscript = 64 << 20

// readTranscript reads a text that is not a capture.
func (r *record) readTranscript(f *recordFlags) error {
	text, err := io.ReadAll(io.LimitReader(r.in, maxTranscript+1))
	if err != nil {
		return err
	}
	if len(text) > maxTranscript {
		return fmt.Errorf("it is not a capture, and longer than the %d bytes that a transcript may have", maxTranscript)
	}
	if r.cases, err = transcript.Parse(r.path, string(text)); err != nil {
		return fmt.Errorf("it is neither a capture (pcap, pcapng) nor a transcript: %w", err)
	}
	for _, s := range r.cases.Cases[0].Settings {
		switch {
		case s.Key == "parser" && f.parser == "":
			f.parser = s.Value
		case s.Key == "config" && f.config == "":
			f.config = s.Value
		}
	}
	return nil
}

// play hands over all connections.
func (r *record) play(to opener) (recordStats, error) {
	if r.cases != nil {
		return r.playTranscript(to), nil
	}
	from := io.Reader(r.in)
	if r.progress != nil && r.size > 0 {
		p := &progress{from: r.in, to: r.progress, size: r.size}
		defer p.done()
		from = p
	}
	stats, err := capture.Read(from, capture.Options{Port: r.port, Open: to.open})
	if err != nil {
		err = fmt.Errorf("%s: %w", r.path, err)
	}
	return stats, err
}

// transcriptFlow is that of a transcript, which has no addresses: that which tests of parsers have.
var transcriptFlow = capture.Flow{
	Client: netip.MustParseAddrPort("127.0.0.2:20000"), Server: netip.MustParseAddrPort("127.0.0.1:10000"),
}

// playTranscript hands over each case as a connection.
func (r *record) playTranscript(to opener) (stats recordStats) {
	for i := range r.cases.Cases {
		conversation := to.open(transcriptFlow)
		stats.Connections++
		for _, s := range r.cases.Cases[i].Steps() {
			reply := s.Kind == transcript.ServerSends || s.Kind == transcript.ServerEnds
			end := s.Kind == transcript.ClientEnds || s.Kind == transcript.ServerEnds
			if s.Kind != transcript.NewPolicy && s.Kind != transcript.Resumes {
				conversation.Data(time.Time{}, reply, end, []byte(s.Text))
			}
		}
		conversation.Close("")
	}
	return stats
}

// progress shows on a terminal how much of a file has been read.
type progress struct {
	from       io.Reader
	to         io.Writer
	read, size int64
	shown      time.Time
}

// progressPeriod is the time between two lines of progress.
const progressPeriod = 200 * time.Millisecond

// Read implements [io.Reader].
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	p.read += int64(n)
	if now := time.Now(); now.Sub(p.shown) > progressPeriod {
		if !p.shown.IsZero() {
			fmt.Fprintf(p.to, "\r%3d %% of %d MiB", 100*p.read/p.size, p.size>>20)
		}
		p.shown = now
	}
	return n, err
}

// done removes the line.
func (p *progress) done() { fmt.Fprint(p.to, "\r\x1b[K") }
