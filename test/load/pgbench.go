package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/test/load/processor"
)

// pgbench is the program of that name, and the folder for what it logs.
type pgbench struct{ program, dir string }

// command returns the program with arguments, for the server at an address.
func (p *pgbench) command(addr string, args ...string) (*exec.Cmd, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	c := exec.Command(p.program, append(args, "-h", host, "-p", port, "-U", "postgres", "postgres")...)
	c.Env = append(os.Environ(), "PGSSLMODE=disable", "PGGSSENCMODE=disable")
	return c, nil
}

// initialize makes the tables of pgbench, past the proxy.
func (p *pgbench) initialize(addr string) error {
	c, err := p.command(addr, "-i", "-q")
	if err != nil {
		return err
	}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pgbench -i: %w\n%s", err, out)
	}
	return nil
}

// measure has pgbench execute its prepared SELECT through an address. It measures whole seconds, without the time in which it
// connects. pid is that of Envoy.
func (p *pgbench) measure(r row, addr string, length time.Duration, pid int) (cell, error) {
	log := filepath.Join(p.dir, "pgbench")
	command, err := p.command(addr, "-S", "-M", "prepared", "-n", "-c", strconv.Itoa(r.connections),
		"-T", strconv.Itoa(max(1, int(math.Ceil(length.Seconds())))), "-l", "--log-prefix", log)
	if err != nil {
		return cell{}, err
	}
	before, err := processor.Read(pid)
	if err != nil {
		return cell{}, err
	}
	out, err := command.CombinedOutput()
	if err != nil {
		return cell{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	after, err := processor.Read(pid)
	if err != nil {
		return cell{}, err
	}
	c, err := report(string(out))
	if err != nil {
		return cell{}, err
	}
	times, err := p.times(log)
	if err != nil {
		return cell{}, err
	}
	if times.total != c.requests {
		return cell{}, fmt.Errorf("pgbench has logged %d transactions of %d", times.total, c.requests)
	}
	c.p50, c.p99 = times.quantile(0.50), times.quantile(0.99)
	c.cpu, c.others = (after.Process-before.Process)/time.Duration(c.requests), after.Others(before.Usage)
	return c, nil
}

var (
	processed = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)$`)
	failed    = regexp.MustCompile(`(?m)^number of failed transactions: 0 `)
	rate      = regexp.MustCompile(`(?m)^tps = ([0-9.]+) \(without initial connection time\)$`)
)

// report reads what pgbench prints.
func report(out string) (c cell, err error) {
	n, tps := processed.FindStringSubmatch(out), rate.FindStringSubmatch(out)
	if n != nil && n[1] == "0" {
		return cell{}, errors.New("pgbench has made no transaction: measure for longer, with -seconds")
	}
	if n == nil || tps == nil || !failed.MatchString(out) {
		return cell{}, fmt.Errorf("pgbench has failed, or prints something else than expected:\n%s", out)
	}
	if c.requests, err = strconv.ParseUint(n[1], 10, 64); err != nil {
		return cell{}, err
	}
	c.rate, err = strconv.ParseFloat(tps[1], 64)
	return c, err
}

// times reads how long each transaction took, and removes the log.
func (p *pgbench) times(prefix string) (*histogram, error) {
	files, err := filepath.Glob(prefix + ".*")
	if err != nil {
		return nil, err
	}
	times := newHistogram()
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			took, err := transactionTime(lines.Text())
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			times.add(took)
		}
		if err := lines.Err(); err != nil {
			return nil, err
		}
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// transactionTime reads a line of the log, of which the third number has microseconds.
func transactionTime(line string) (time.Duration, error) {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return 0, fmt.Errorf("the line %q has too few numbers", line)
	}
	n, err := strconv.ParseInt(fields[2], 10, 64)
	return time.Duration(n) * time.Microsecond, err
}
