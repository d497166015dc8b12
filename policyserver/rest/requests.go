package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/proxylib/proxylib/policyserver/live"
)

const (
	// beatEvery is how often a follower is sent a line although there is no entry, so that a broken connection is noticed.
	beatEvery = 10 * time.Second
	// lineTime is the time that a follower has to read what is sent to it.
	lineTime = 30 * time.Second
)

// present is the line after which entries are new; a follower may see it again.
const present = `{"present":true}` + "\n"

// requests sends the entries of access logs that are kept, and with follow=true those after them, as JSON lines.
func (h *handler) requests(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	last := -1
	if text := query.Get("last"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			fail(w, http.StatusBadRequest, errors.New("last: want a number of entries"))
			return
		}
		last = n
	}
	w.Header().Set("Cache-Control", "no-store")
	if query.Get("follow") != "true" {
		w.Header().Set("Content-Type", "application/x-ndjson")
		_ = writeLast(w, h.server.Live.Kept(), last)
		return
	}
	kept, f, ok := h.server.Live.Follow()
	if !ok {
		fail(w, http.StatusServiceUnavailable, errors.New("too many follow the entries already"))
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	s := &lineStream{w, http.NewResponseController(w)}
	// A server that is tested without a connection has no deadlines.
	_ = s.control.SetReadDeadline(time.Time{})
	if writeLast(s, kept, last) != nil || s.flush(present) != nil {
		return
	}
	s.follow(r, f)
}

func writeLast(w interface{ Write([]byte) (int, error) }, lines [][]byte, last int) error {
	if last >= 0 {
		lines = lines[max(0, len(lines)-last):]
	}
	for _, line := range lines {
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// lineStream writes lines to a client that may be slow, or gone.
type lineStream struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write gives the client a time to read.
func (s *lineStream) Write(line []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(lineTime))
	return s.ResponseWriter.Write(line)
}

// flush sends a last line and all before it.
func (s *lineStream) flush(line string) error {
	if _, err := s.Write([]byte(line)); err != nil {
		return err
	}
	return s.control.Flush()
}

// follow writes new entries until the client or the server ends.
func (s *lineStream) follow(r *http.Request, f *live.Follower) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		text := present
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
		case line, open := <-f.Lines:
			if !open {
				return
			}
			text = ""
			if s.writeAll(line, f) != nil {
				return
			}
		}
		if n := f.Missed(); n > 0 {
			text += fmt.Sprintf(`{"missed":%d}`+"\n", n)
		}
		if s.flush(text) != nil {
			return
		}
	}
}

// writeAll writes a line and those that wait after it.
func (s *lineStream) writeAll(line []byte, f *live.Follower) error {
	for n := len(f.Lines); ; n-- {
		if _, err := s.Write(line); err != nil || n <= 0 {
			return err
		}
		if line = <-f.Lines; line == nil {
			return nil
		}
	}
}
