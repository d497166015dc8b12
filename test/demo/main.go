// Demo runs memcached behind a stock Envoy that has loaded build/libproxylib.so, sends it requests, and prints each with
// its reply and its line in the access log. It fails if any verdict is not the expected one.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	version := flag.String("envoy", "1.40.0", "version of Envoy")
	hold := flag.Bool("hold", false, "leave everything running until Ctrl-C or SIGTERM")
	flag.Parse()
	if err := run(*version, *hold); err != nil {
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

func run(version string, hold bool) (err error) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)

	s, err := openSetup(version)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	s.describe()

	played := make(chan error, 1)
	go func() { played <- s.play() }()
	select {
	case err := <-played:
		if err != nil || !hold {
			return err
		}
	case <-interrupted:
		return errors.New("interrupted")
	}
	s.explainHold()
	ended := make(chan struct{})
	defer close(ended)
	go follow(s.envoyLog(), os.Stdout, ended)
	<-interrupted
	return nil
}

// patience is how long the demo waits for anything that should come at once.
const patience = 10 * time.Second
