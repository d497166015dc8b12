package store

import (
	"fmt"
	"runtime/debug"
)

// DamagedError says that a state file cannot be used, and what to do.
type DamagedError struct {
	// Path is the file, Reason what is wrong with it.
	Path, Reason string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("state file %s: is damaged, or is of another program: %s; restore it from a backup, or move it away "+
		"to start without policies and endpoints that came by the API, and with new numbers of identities", e.Path, e.Reason)
}

// damage is what is wrong with a file.
type damage string

func (d damage) Error() string { return string(d) }

func damaged(format string, values ...any) error { return damage(fmt.Sprintf(format, values...)) }

// guarded calls a function that reads the file as memory, and makes an error of what it meets where the file was cut or
// overwritten since it was checked.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = damaged("it changed while it was open: %v", cause)
		}
	}()
	return do()
}
