package envoy

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Memcached is a running memcached.
type Memcached struct {
	process *Process
	// Addr is where it listens.
	Addr string
}

// StartMemcached runs the distribution's memcached on a free loopback port, and returns when it serves. dir is for its
// log; args are added to its command line.
func StartMemcached(dir string, args ...string) (*Memcached, error) {
	return StartMemcachedAt(dir, "memcached", args...)
}

// StartMemcachedAt runs the memcached of the given program.
func StartMemcachedAt(dir, program string, args ...string) (*Memcached, error) {
	portFile := filepath.Join(dir, "memcached.port")
	args = append([]string{"-l", "127.0.0.1", "-p", "-1", "-U", "0"}, args...)
	if os.Geteuid() == 0 {
		args = append(args, "-u", "root")
	}
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "MEMCACHED_PORT_FILENAME="+portFile)
	p, err := Run(command, filepath.Join(dir, "memcached.log"))
	if err != nil {
		return nil, fmt.Errorf("%w: run make deps", err)
	}
	m := &Memcached{process: p}
	err = p.Until(10*time.Second, func() bool { return m.serves(portFile) })
	if err != nil {
		p.Stop()
		return nil, err
	}
	return m, nil
}

// serves reads where it listens and tries a connection.
func (m *Memcached) serves(portFile string) bool {
	text, err := os.ReadFile(portFile)
	if err != nil {
		return false
	}
	_, port, found := strings.Cut(strings.TrimSpace(string(text)), "TCP INET: ")
	if !found {
		return false
	}
	m.Addr = net.JoinHostPort("127.0.0.1", port)
	conn, err := net.Dial("tcp", m.Addr)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Stop ends it.
func (m *Memcached) Stop() error { return m.process.Stop() }
