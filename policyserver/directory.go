package policyserver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/proxylib/proxylib/policyserver/cnp"
	"github.com/proxylib/proxylib/policyserver/store"
)

// settleFiles is the time for which the directory has to be left alone before it is read, and maxWait the longest time
// for which that is put off.
const (
	settleFiles = 50 * time.Millisecond
	maxWait     = time.Second
)

// maxDirectory is the most, in bytes, that the files of a directory may hold.
const maxDirectory = 256 << 20

// watcher keeps what the directory holds in force. All of its files are one change: a mistake in one refuses all.
type watcher struct {
	server *Server
	events *fsnotify.Watcher
	done   chan struct{}
}

// watch reads the directory and starts to watch it. A directory that can not be used is an error only where nothing is
// kept of it from before.
func watch(s *Server) (*watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("policy directory %s: watch: %w", s.config.Directory, err)
	}
	if err := events.Add(s.config.Directory); err != nil {
		return nil, errors.Join(fmt.Errorf("policy directory %s: watch: %w", s.config.Directory, err), events.Close())
	}
	w := &watcher{s, events, make(chan struct{})}
	if err := w.load(); err != nil && !s.has(store.Directory) {
		return nil, errors.Join(err, events.Close())
	}
	go w.run()
	return w, nil
}

// close stops watching and waits until that is done.
func (w *watcher) close() {
	// The error would be about resources of a watcher that nobody uses any more.
	_ = w.events.Close()
	<-w.done
}

func (w *watcher) run() {
	defer close(w.done)
	timer := time.NewTimer(0)
	timer.Stop()
	defer timer.Stop()
	var since time.Time
	wait := func() {
		if since.IsZero() {
			since = time.Now()
		}
		timer.Reset(max(0, min(settleFiles, maxWait-time.Since(since))))
	}
	for {
		select {
		case _, open := <-w.events.Events:
			if !open {
				return
			}
			wait()
		case err, open := <-w.events.Errors:
			if !open {
				return
			}
			w.server.config.Log.WithError(err).Warn("policy directory: events were missed, reading it again")
			wait()
		case <-timer.C:
			since = time.Time{}
			// The reason is logged and kept for the status.
			_ = w.load()
		}
	}
}

// load puts what the directory holds in force.
func (w *watcher) load() error {
	content, err := readDirectory(w.server.config.Directory)
	if err != nil {
		w.server.Refuse(store.Directory, err)
		return err
	}
	_, err = w.server.Apply(Change{Source: store.Directory, Put: *content, Replace: true})
	return err
}

// readDirectory decodes the files of a directory whose names end in .yaml, .yml or .json and begin with no dot.
func readDirectory(path string) (*cnp.Content, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("policy directory: %w", err)
	}
	all, size, errs := &cnp.Content{}, 0, []error(nil)
	for _, entry := range entries {
		extension := filepath.Ext(entry.Name())
		if strings.HasPrefix(entry.Name(), ".") || !slices.Contains([]string{".yaml", ".yml", ".json"}, extension) {
			continue
		}
		text, err := readFile(filepath.Join(path, entry.Name()), maxDirectory-size)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		size += len(text)
		content, err := cnp.Decode(text, strings.TrimSuffix(entry.Name(), extension))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", filepath.Join(path, entry.Name()), err))
			continue
		}
		all.Policies = append(all.Policies, content.Policies...)
		all.Endpoints = append(all.Endpoints, content.Endpoints...)
	}
	return all, errors.Join(append(errs, all.Unique())...)
}

func readFile(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err == nil && len(text) > limit {
		err = fmt.Errorf("%s: the directory holds more than %d bytes", path, maxDirectory)
	}
	return text, err
}
