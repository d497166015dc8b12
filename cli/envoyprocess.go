package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/proxylib/proxylib/cli/envoyconfig"
)

const (
	// envoyStart is how long Envoy may take until it serves, envoyEnd how long until it ends.
	envoyStart, envoyEnd = 30 * time.Second, 10 * time.Second
	// envoyPoll is how often it is asked whether it serves.
	envoyPoll = 50 * time.Millisecond
)

// envoyProcess is an Envoy that runs.
type envoyProcess struct {
	command *exec.Cmd
	// dir holds its files.
	dir string
	// ended is closed when it has ended; result says how.
	ended  chan struct{}
	result error
}

// startEnvoy runs Envoy with a library. Its standard output is that of the filter's access log.
func startEnvoy(program, library string, s *envoyconfig.Settings, accessLog, log io.Writer) (e *envoyProcess, err error) {
	e = &envoyProcess{ended: make(chan struct{})}
	if e.dir, err = os.MkdirTemp("", "proxylib-run-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(e.dir))
		}
	}()
	text, err := envoyconfig.Render("envoy", s)
	if err != nil {
		return nil, err
	}
	// Envoy looks for the module by a name of its own.
	if err := errors.Join(os.WriteFile(e.path("envoy.yaml"), text, 0o600), os.Symlink(library, e.path(libraryName))); err != nil {
		return nil, err
	}
	e.command = exec.Command(program, "-c", e.path("envoy.yaml"), "--use-dynamic-base-id", "--log-level", "warning",
		"--component-log-level", "dynamic_modules:info", "--admin-address-path", e.path("admin"), "--drain-time-s", "1")
	e.command.Env = append(os.Environ(), "ENVOY_DYNAMIC_MODULES_SEARCH_PATH="+e.dir)
	e.command.Stdout, e.command.Stderr = accessLog, log
	// Ctrl-C on a terminal goes to the whole group of processes: Envoy is ended by us, after what it has to say.
	e.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := e.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		e.result = e.command.Wait()
		close(e.ended)
	}()
	return e, nil
}

func (e *envoyProcess) path(name string) string { return filepath.Join(e.dir, name) }

// ready waits until Envoy serves, and returns the address that it listens on.
func (e *envoyProcess) ready(ctx context.Context) (string, error) {
	for deadline := time.Now().Add(envoyStart); time.Now().Before(deadline); {
		if addr, ok := e.listener(ctx); ok {
			return addr, nil
		}
		select {
		case <-e.ended:
			return "", fmt.Errorf("envoy has ended: %w; its messages are above", e.result)
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(envoyPoll):
		}
	}
	return "", fmt.Errorf("envoy does not serve after %v", envoyStart)
}

// listener asks Envoy where it listens. It reports false while it does not serve.
func (e *envoyProcess) listener(ctx context.Context) (string, bool) {
	admin, err := os.ReadFile(e.path("admin"))
	if err != nil || len(admin) == 0 {
		return "", false
	}
	if _, err := get(ctx, string(admin), "/ready"); err != nil {
		return "", false
	}
	body, err := get(ctx, string(admin), "/listeners?format=json")
	if err != nil {
		return "", false
	}
	var listeners struct {
		Statuses []struct {
			Address struct {
				Socket struct {
					Address string `json:"address"`
					Port    int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if json.Unmarshal(body, &listeners) != nil || len(listeners.Statuses) != 1 {
		return "", false
	}
	socket := listeners.Statuses[0].Address.Socket
	return net.JoinHostPort(socket.Address, strconv.Itoa(socket.Port)), true
}

// get returns what Envoy's admin interface sends for a path.
func get(ctx context.Context, admin, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, envoyEnd)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+admin+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

// wait waits until Envoy ends by itself, which is an error, or the context does.
func (e *envoyProcess) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-e.ended:
		return fmt.Errorf("envoy has ended: %w", e.result)
	}
}

// stop ends Envoy.
func (e *envoyProcess) stop() error {
	// It fails if Envoy has ended.
	_ = e.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-e.ended:
		return e.result
	case <-time.After(envoyEnd):
		return errors.Join(errors.New("envoy does not end and is killed"), e.command.Process.Kill())
	}
}

// close ends Envoy if it runs, and removes its files.
func (e *envoyProcess) close() {
	select {
	case <-e.ended:
	default:
		_ = e.command.Process.Kill()
		<-e.ended
	}
	_ = os.RemoveAll(e.dir)
}
