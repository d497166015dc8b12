package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuTime returns how long the threads of a process have been on a processor. Threads that have ended do not count.
func cpuTime(pid int) (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		ran, err := onProcessor(string(text))
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		total += ran
	}
	return total, nil
}

// onProcessor takes the first of the three numbers of a schedstat file: nanoseconds on a processor.
func onProcessor(schedstat string) (time.Duration, error) {
	first, _, _ := strings.Cut(schedstat, " ")
	n, err := strconv.ParseInt(first, 10, 64)
	return time.Duration(n), err
}
