package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// MiB is 2^20 bytes.
const MiB = 1 << 20

// Resident returns the resident memory of Envoy, in bytes: that of its own heap, and of the library's.
func (s *Setup) Resident() int {
	s.TB.Helper()
	bytes, err := Resident(s.Proxy.PID())
	if err != nil {
		s.TB.Fatal(err)
	}
	return bytes
}

// Resident returns the resident memory of a process, in bytes.
func Resident(pid int) (int, error) {
	kilobytes, err := status(pid, "VmRSS")
	return kilobytes << 10, err
}

// Threads returns how many threads a process has.
func Threads(pid int) (int, error) { return status(pid, "Threads") }

// status reads a number of /proc/PID/status.
func status(pid int, field string) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "\n"+field+":")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0, fmt.Errorf("/proc/%d/status has no %s", pid, field)
	}
	return strconv.Atoi(words[0])
}

// Allocated returns the memory, in bytes, that Envoy itself has in use. The library's is not in it.
func (s *Setup) Allocated() int {
	s.TB.Helper()
	var memory struct {
		Allocated int `json:",string"`
	}
	if err := json.Unmarshal([]byte(s.Admin("GET", "/memory")), &memory); err != nil || memory.Allocated == 0 {
		s.TB.Fatalf("the admin interface does not tell the memory: %v", err)
	}
	return memory.Allocated
}

// Files returns how many files and sockets Envoy has open.
func (s *Setup) Files() int {
	s.TB.Helper()
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.Proxy.PID()))
	if err != nil {
		s.TB.Fatal(err)
	}
	return len(open)
}
