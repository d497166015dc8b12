package filewatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// scope is what is to be reported of a file or folder. What is asked for in several scopes adds up.
type scope uint32

const (
	// inFolder reports which entries of a folder come and go.
	inFolder scope = unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO
	// inLastFolder reports as well which of them have been written. That they are being written is not asked for: the
	// folder may hold a file that is written to all the time, such as a log.
	inLastFolder = inFolder | unix.IN_CLOSE_WRITE
	// inDirectory is for a folder all of whose files count.
	inDirectory = inLastFolder | unix.IN_MODIFY
	// inFile reports what happens to a file itself, however it was reached.
	inFile scope = unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF
)

// notifier is an instance of inotify.
type notifier struct {
	fd      int
	file    *os.File
	reports chan event
	stop    chan struct{}
	running sync.WaitGroup
}

// openNotifier opens an instance of inotify, of which a user has a limited number.
func openNotifier() (*notifier, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	n := &notifier{fd: fd, file: os.NewFile(uintptr(fd), "inotify"), reports: make(chan event), stop: make(chan struct{})}
	n.running.Go(n.run)
	return n, nil
}

func (n *notifier) events() <-chan event {
	if n == nil {
		return nil
	}
	return n.reports
}

// add watches a file or folder, and returns the number of the watch: -1 if the file or folder is not there or is not
// ours to watch. An error is one of the system's limits.
func (n *notifier) add(path string, what scope) (watch int32, err error) {
	if n == nil {
		return -1, nil
	}
	number, err := unix.InotifyAddWatch(n.fd, path, uint32(what)|unix.IN_MASK_ADD)
	switch {
	case err == nil:
		return int32(number), nil
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.ENOMEM):
		return -1, fmt.Errorf("inotify: %s: %w", path, err)
	}
	return -1, nil
}

func (n *notifier) remove(watch int32) {
	if n != nil {
		// The system has removed it already if the file is gone.
		_, _ = unix.InotifyRmWatch(n.fd, uint32(watch))
	}
}

// close stops the reports. Nothing may be added or removed any more.
func (n *notifier) close() {
	if n == nil {
		return
	}
	close(n.stop)
	// Nothing was written that could be lost.
	_ = n.file.Close()
	n.running.Wait()
}

func (n *notifier) run() {
	buffer := make([]byte, 64<<10)
	for {
		length, err := n.file.Read(buffer)
		if err != nil {
			return
		}
		for rest := buffer[:length]; len(rest) >= unix.SizeofInotifyEvent; {
			var e event
			e, rest = decode(rest)
			select {
			case n.reports <- e:
			case <-n.stop:
				return
			}
		}
	}
}

// decode decodes the first event: the number of the watch, what happened, a cookie, the length of the name, the name.
func decode(text []byte) (e event, rest []byte) {
	word := func(i int) uint32 { return binary.NativeEndian.Uint32(text[4*i:]) }
	mask, end := word(1), unix.SizeofInotifyEvent+int(word(3))
	name, _, _ := bytes.Cut(text[unix.SizeofInotifyEvent:end], []byte{0})
	return event{
		watch: int32(word(0)), name: string(name),
		done:    mask&(unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO) != 0,
		written: mask&unix.IN_MODIFY != 0,
		lost:    mask&unix.IN_Q_OVERFLOW != 0,
	}, text[end:]
}
