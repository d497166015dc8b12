package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/test/load/processor"
)

// tick is the unit of /proc/stat.
const tick = time.Second / 100

// usage is the time that the processors have been busy, and how much of it with us.
type usage struct {
	total, busy, ours time.Duration
}

// usageNow counts from the start of the machine.
func usageNow() (usage, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return usage{}, err
	}
	u, err := processors(string(text))
	if err != nil {
		return usage{}, err
	}
	pids, err := family()
	if err != nil {
		return usage{}, err
	}
	if u.ours, err = processor.Time(pids...); err != nil {
		return usage{}, err
	}
	ended, err := endedTime(pids...)
	u.ours += ended
	return u, err
}

// processors reads the first line of /proc/stat, of which the fourth and fifth number count when there was nothing to
// do. What the host of a virtual machine has taken away counts as busy.
func processors(stat string) (usage, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return usage{}, fmt.Errorf("/proc/stat begins with %q", line)
	}
	var u usage
	for i, field := range fields[1:9] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return usage{}, fmt.Errorf("/proc/stat: %w", err)
		}
		u.total += time.Duration(n) * tick
		if i != 3 && i != 4 {
			u.busy += time.Duration(n) * tick
		}
	}
	return u, nil
}

// others is the share of the machine that others have taken since before.
func (u usage) others(before usage) float64 {
	foreign := (u.busy - before.busy) - (u.ours - before.ours)
	return max(0, float64(foreign)/float64(u.total-before.total))
}
