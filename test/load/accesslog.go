package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// accessLog is the file that the filter writes, which is emptied again and again so that it stays small.
type accessLog struct{ path string }

// settle waits until nothing more is written, at most for some seconds, and returns how many lines there are, of which
// none is left. There is none if the log is switched off.
func (l accessLog) settle() (lines uint64, err error) {
	size := int64(-1)
	for range 100 {
		info, err := os.Stat(l.path)
		if errors.Is(err, os.ErrNotExist) {
			return 0, nil
		}
		if err != nil {
			return 0, fmt.Errorf("access log: %w", err)
		}
		if info.Size() == size {
			break
		}
		size = info.Size()
		time.Sleep(100 * time.Millisecond)
	}
	if lines, err = countLines(l.path); err != nil {
		return 0, err
	}
	return lines, os.Truncate(l.path, 0)
}

func countLines(path string) (uint64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var lines uint64
	buf := make([]byte, 1<<20)
	for {
		n, err := file.Read(buf)
		lines += uint64(bytes.Count(buf[:n], []byte{'\n'}))
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
