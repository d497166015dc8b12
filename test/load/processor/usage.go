package processor

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/stat.
const tick = time.Second / 100

// Usage is the time that the processors have been busy, and how much of it with us.
type Usage struct {
	total, busy, ours time.Duration
}

// UsageNow counts from the start of the machine.
func UsageNow() (Usage, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Usage{}, err
	}
	u, err := processors(string(text))
	if err != nil {
		return Usage{}, err
	}
	pids, err := family()
	if err != nil {
		return Usage{}, err
	}
	if u.ours, err = Time(pids...); err != nil {
		return Usage{}, err
	}
	ended, err := endedTime(pids...)
	u.ours += ended
	return u, err
}

// processors reads the first line of /proc/stat, of which the fourth and fifth number count when there was nothing to
// do. What the host of a virtual machine has taken away counts as busy.
func processors(stat string) (Usage, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return Usage{}, fmt.Errorf("/proc/stat begins with %q", line)
	}
	var u Usage
	for i, field := range fields[1:9] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return Usage{}, fmt.Errorf("/proc/stat: %w", err)
		}
		u.total += time.Duration(n) * tick
		if i != 3 && i != 4 {
			u.busy += time.Duration(n) * tick
		}
	}
	return u, nil
}

// Others is the share of the machine that others have taken since before.
func (u Usage) Others(before Usage) float64 {
	foreign := (u.busy - before.busy) - (u.ours - before.ours)
	return max(0, float64(foreign)/float64(u.total-before.total))
}
