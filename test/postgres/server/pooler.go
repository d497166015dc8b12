package server

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/proxylib/proxylib/test/envoy"
)

// Pooler is a PgBouncer before a server.
type Pooler struct {
	// Addr is where it listens.
	Addr string

	folder  string
	process *exec.Cmd
}

// PoolerConfig is how a pooler is started.
type PoolerConfig struct {
	// Program is that of PgBouncer, and Server the address of what it is before.
	Program, Server string
	// Mode is the pool_mode, and Settings are further lines of the configuration.
	Mode, Settings string
}

// StartPooler starts a PgBouncer with two connections to the server for each user, which lets everybody in. The caller stops it.
func StartPooler(c PoolerConfig) (*Pooler, error) {
	folder, err := os.MkdirTemp("", "pgbouncer")
	if err != nil {
		return nil, err
	}
	p := &Pooler{folder: folder}
	if err := p.start(c); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Pooler) start(c PoolerConfig) error {
	host, port, err := net.SplitHostPort(c.Server)
	if err != nil {
		return err
	}
	own, err := envoy.FreePort()
	if err != nil {
		return err
	}
	p.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(own))
	users, config := filepath.Join(p.folder, "users.txt"), filepath.Join(p.folder, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\n"+
		"auth_type = trust\nauth_file = %s\npool_mode = %s\ndefault_pool_size = 2\nserver_tls_sslmode = disable\n"+
		"ignore_startup_parameters = extra_float_digits\n%s\n", host, port, own, users, c.Mode, c.Settings)
	if os.Geteuid() == 0 {
		text += "user = nobody\n"
	}
	for name, content := range map[string]string{config: text, users: "\"postgres\" \"\"\n\"scram\" \"p\"\n\"limited\" \"\"\n"} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(p.folder, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(p.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	p.process = exec.Command(c.Program, config)
	p.process.Stdout, p.process.Stderr = log, log
	if err := p.process.Start(); err != nil {
		p.process = nil
		return err
	}
	for end := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", p.Addr)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(log.Name())
			return fmt.Errorf("PgBouncer does not listen: %w\n%s", err, said)
		}
	}
}

// Stop ends the pooler, and removes its files.
func (p *Pooler) Stop() {
	if p.process != nil {
		_ = p.process.Process.Signal(syscall.SIGTERM)
		_ = p.process.Wait()
	}
	_ = os.RemoveAll(p.folder)
}

// Ask returns what queries of a superuser return through an address, such as that of a pooler: a line for each row.
func Ask(address, text string) (string, error) { return AskIn(address, "postgres", text) }

// AskIn is Ask in another database than postgres.
func AskIn(address, database, text string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	return query(host, port, database, text)
}
