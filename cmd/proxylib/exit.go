package main

import "errors"

// The exit codes, besides 0 for success and 1 for wrong use and whatever else goes wrong.
const (
	exitRefused     = 2
	exitUnreachable = 3
	exitDenied      = 4
	exitDepends     = 5
)

// exitHelp describes the exit codes to users.
const exitHelp = `Exit codes: 0 success, 1 wrong use or another failure, 2 a policy or request is refused,
3 the server cannot be reached, 4 explain: denied, 5 explain: depends on the request.`

// exitError is an error that ends the program with a code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }

func (e *exitError) Unwrap() error { return e.err }

// refused is an error that ends the program with exitRefused; nil stays nil.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitRefused, err}
}

// exitCode is the code with which the program ends after an error.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	}
	return 1
}
