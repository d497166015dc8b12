package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// follow prints what the library says of the policy in Envoy's log from now on, until ended is closed.
func follow(path string, to io.Writer, ended <-chan struct{}) {
	log, err := os.Open(path)
	if err != nil {
		fmt.Fprintf(to, "Envoy's log cannot be shown: %v\n", err)
		return
	}
	defer log.Close()
	if _, err := log.Seek(0, io.SeekEnd); err != nil {
		fmt.Fprintf(to, "Envoy's log cannot be shown: %v\n", err)
		return
	}
	lines := bufio.NewReader(log)
	begun := ""
	for {
		text, err := lines.ReadString('\n')
		begun += text
		if err == nil {
			if said := aboutPolicy(begun); said != "" {
				fmt.Fprintf(to, "\n%s\n", said)
			}
			begun = ""
			continue
		}
		select {
		case <-ended:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// aboutPolicy returns what a line of Envoy's log says of the policy, or "".
func aboutPolicy(line string) string {
	_, said, found := strings.Cut(strings.TrimSpace(line), "] proxylib: ")
	if !found || !strings.HasPrefix(said, "policy ") {
		return ""
	}
	return said
}
