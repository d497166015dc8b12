package server

import (
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

//go:embed lite.js
var lite []byte

// Lite is a PGlite: PostgreSQL in WebAssembly, whose clients share one session.
type Lite struct {
	// Addr is where it listens.
	Addr string

	folder  string
	process *envoy.Process
}

// StartLite starts a PGlite of the packages in a folder. The caller stops it.
func StartLite(packages string) (*Lite, error) {
	port, err := envoy.FreePort()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pglite")
	if err != nil {
		return nil, err
	}
	l := &Lite{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), folder: folder}
	if err := l.start(packages, port); err != nil {
		_ = l.Stop()
		return nil, err
	}
	return l, nil
}

func (l *Lite) start(packages string, port int) (err error) {
	script := filepath.Join(l.folder, "lite.js")
	if err := os.WriteFile(script, lite, 0o600); err != nil {
		return err
	}
	c := exec.Command("node", script, strconv.Itoa(port))
	c.Env = append(os.Environ(), "NODE_PATH="+packages)
	if l.process, err = envoy.Run(c, filepath.Join(l.folder, "log")); err != nil {
		return fmt.Errorf("%w: run test/deps/pglite", err)
	}
	return l.process.Until(time.Minute, func() bool {
		_, err := l.Query("SELECT 1")
		return err == nil
	})
}

// Query returns what queries of a superuser return, in the session of all clients: a line for each row, with | between columns.
func (l *Lite) Query(text string) (string, error) { return Ask(l.Addr, text) }

// Stop stops the server, and removes its files.
func (l *Lite) Stop() error {
	var err error
	if l.process != nil {
		err = l.process.Stop()
	}
	_ = os.RemoveAll(l.folder)
	return err
}
