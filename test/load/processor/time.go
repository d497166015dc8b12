// Package processor reads how long processes have been on a processor, for the programs that measure under load.
package processor

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Time returns how long the threads of processes have been on a processor. Threads that have ended do not count.
func Time(pids ...int) (time.Duration, error) {
	var total time.Duration
	for _, pid := range pids {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
		if err != nil {
			return 0, err
		}
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
	}
	return total, nil
}

// onProcessor takes the first of the three numbers of a schedstat file: nanoseconds on a processor.
func onProcessor(schedstat string) (time.Duration, error) {
	first, _, _ := strings.Cut(schedstat, " ")
	n, err := strconv.ParseInt(first, 10, 64)
	return time.Duration(n), err
}
