package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/proxylib/proxylib/accesslog/jsonline"
)

// accessLog follows the access log.
type accessLog struct {
	file   *os.File
	reader *bufio.Reader
	// begun is the line that has not been written to its end.
	begun string
	// lastDenied is the last entry of a denial, as it stands in the file.
	lastDenied string
}

func openAccessLog(path string) (*accessLog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &accessLog{file: f, reader: bufio.NewReader(f)}, nil
}

// nextVerdict waits for the next entry that is about a request. Those about replies and closed connections are passed over.
func (j *accessLog) nextVerdict() (*jsonline.Line, error) {
	for {
		line, err := j.next()
		if err != nil || line.Type != "response" && line.Type != "closed" {
			return line, err
		}
	}
}

func (j *accessLog) next() (*jsonline.Line, error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, err := j.reader.ReadString('\n')
		j.begun += text
		if errors.Is(err, io.EOF) {
			continue
		}
		if err != nil {
			return nil, err
		}
		line := &jsonline.Line{}
		if err := json.Unmarshal([]byte(j.begun), line); err != nil {
			return nil, fmt.Errorf("access log: %q: %w", j.begun, err)
		}
		if line.Type == "denied" {
			j.lastDenied = j.begun
		}
		j.begun = ""
		return line, nil
	}
	return nil, errors.New("the access log has no entry for the request")
}

// entryText is what an entry says of the verdict.
func entryText(line *jsonline.Line) string {
	return strings.TrimSpace(fmt.Sprintf("%-8s%s %s", line.Type, line.Fields["command"], line.Fields["keys"]))
}
