package envoy

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopTime is how long a server may take to exit before it is killed.
const stopTime = 10 * time.Second

// Process is a server that we started, in a process group of its own: Ctrl-C in a terminal reaches only us.
type Process struct {
	command *exec.Cmd
	logPath string
	ended   chan struct{}
	result  error
}

// Run runs a command whose output goes to logPath.
func Run(command *exec.Cmd, logPath string) (*Process, error) {
	// What others may empty meanwhile does not go on at the old place.
	log, err := os.OpenFile(logPath, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(command.Path), err)
	}
	p := &Process{command: command, logPath: logPath, ended: make(chan struct{})}
	go func() {
		p.result = command.Wait()
		close(p.ended)
	}()
	return p, nil
}

// Until polls a condition, and gives up when the process ends or the time is over.
func (p *Process) Until(limit time.Duration, condition func() bool) error {
	deadline := time.Now().Add(limit)
	for !condition() {
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended: %w\n%s", p.name(), p.failure(), p.Log())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not ready after %v\n%s", p.name(), limit, p.Log())
		}
	}
	return nil
}

// Stop ends the process and waits for that. The error is nil only if it exited by itself on our request.
func (p *Process) Stop() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s had ended already: %w\n%s", p.name(), p.failure(), p.Log())
	default:
	}
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		if p.result != nil {
			return fmt.Errorf("%s: %w\n%s", p.name(), p.result, p.Log())
		}
		return nil
	case <-time.After(stopTime):
	}
	p.command.Process.Kill()
	<-p.ended
	return fmt.Errorf("%s did not end within %v and was killed\n%s", p.name(), stopTime, p.Log())
}

// PID is the number of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

func (p *Process) name() string { return filepath.Base(p.command.Path) }

func (p *Process) failure() error {
	if p.result != nil {
		return p.result
	}
	return errors.New("exit status 0")
}

// Log returns what the process has printed.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
