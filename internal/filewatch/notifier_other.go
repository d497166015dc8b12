//go:build !linux

package filewatch

import "errors"

// scope is what is to be reported of a file or folder.
type scope uint32

const (
	inFolder scope = iota
	inLastFolder
	inDirectory
	inFile
)

// notifier is not there on this system.
type notifier struct{}

func openNotifier() (*notifier, error) { return nil, errors.New("this system has no inotify") }

func (*notifier) events() <-chan event             { return nil }
func (*notifier) add(string, scope) (int32, error) { return -1, nil }
func (*notifier) remove(int32)                     {}
func (*notifier) close()                           {}
