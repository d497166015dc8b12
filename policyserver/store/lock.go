package store

import (
	"errors"
	"os"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"
)

// lock waits until no other process has a file open for writing, and holds the lock until the file is closed.
func lock(file *os.File, wait time.Duration) error {
	for end := time.Now().Add(wait); ; time.Sleep(wait / 20) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if time.Now().After(end) {
			return berrors.ErrTimeout
		}
	}
}
