package parsertest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxylib/proxylib/datapath"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib/host"
)

// observingChangesNothing plays the transcripts, and garbage, on connections that are only watched.
func (k *conformance) observingChangesNothing() error {
	scripts := k.scripts
	for _, text := range garbage() {
		scripts = append(scripts, k.scripts[0].with(Client(text)), k.scripts[0].with(Server(text), Client(text)))
	}
	seen := false
	for _, s := range scripts {
		for _, how := range s.short() {
			log, err := s.observe(how)
			if err != nil {
				return fmt.Errorf("%s: %w\n  transcript: %s", how.name, err, inOneLine(s.steps))
			}
			seen = seen || len(log.Lines) > 0
		}
	}
	if !seen {
		return errors.New("nothing is logged of any transcript")
	}
	return nil
}

// observe plays the script on a connection that is only watched.
func (s *script) observe(how segmentation) (*Log, error) {
	log := &Log{protocol: s.Protocol, without: s.without}
	instance := host.NewInstance(host.InstanceConfig{ID: 1, Observe: true, Policies: new(policy.Store), AccessLog: log})
	instance.Policies().Replace(s.start)
	info := s.conn.info()
	pauses := s.newPauses()
	info.Protocol, info.New, info.Wake = s.Protocol, s.newParser, pauses.wake
	conn, err := host.NewConnection(instance, s.Name, info)
	if err != nil {
		return log, nil
	}
	observer := datapath.NewObserver(conn, datapath.Limits{})
	defer observer.Close()
	var plan datapath.Plan
	for i, t := range how.turns {
		if t.resumes != nil {
			if t.resumes.carryOut(conn) {
				observer.Resume(&plan)
			}
			continue
		}
		pieces := append(how.pieces(i, t.data), "")
		for j, piece := range pieces {
			var chunks [][]byte
			if piece != "" {
				chunks = [][]byte{[]byte(piece)}
			}
			observer.Data(t.reply, t.end && j == len(pieces)-1, chunks, &plan)
			pauses.await(conn, func() { observer.Resume(&plan) })
			if !plan.Leave || len(plan.Out)+len(plan.Reverse) > 0 || plan.Close || plan.Wait || plan.Drop > 0 || plan.StartTLS {
				return nil, fmt.Errorf("observing changes the stream: %+v", plan)
			}
		}
	}
	for _, line := range log.Lines {
		if strings.HasPrefix(line, "Denied") {
			return nil, fmt.Errorf("logged as denied, but passed: %s", line)
		}
	}
	if len(log.closed) > 0 {
		return nil, fmt.Errorf("logged as closed, but open: %q", log.closed)
	}
	if strings.Contains(conn.Failure(), "panicked") {
		return nil, errors.New(conn.Failure())
	}
	return log, nil
}
