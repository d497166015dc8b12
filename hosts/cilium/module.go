package cilium

import (
	"errors"
	"io"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/handle"
	"github.com/proxylib/proxylib/hosts/internal/instance"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// module is the host without its C part.
type module struct {
	log         *logrus.Logger
	instances   instance.Opener
	connections handle.Table[host.Connection]
	// observed are the connections that are only watched.
	observed handle.Table[observed]
	// unknown holds the names of parsers that cannot be used and have been reported, so that clients cannot fill the log.
	unknown sync.Map
}

func newModule(output io.Writer) *module {
	log := logrus.New()
	log.SetOutput(output)
	return &module{log: log, instances: instance.Opener{Output: output}}
}

// open returns the number of the instance for the parameters, or 0, and a line in the log, if they cannot be used.
func (m *module) open(params [][2]string, debug bool) uint64 {
	config, err := parseParams(params, debug)
	if err == nil {
		var i *host.Instance
		if i, err = m.instances.Open(config); err == nil {
			return i.ID()
		}
	}
	m.log.WithField("error", policy.Reason(err)).Error("proxylib: the parameters are refused")
	return 0
}

// connect makes a connection. A number that is in use is an error of the host: the new connection is refused and the old
// one goes on. So is a missing inject buffer: the host would never look at another one.
func (m *module) connect(instanceID uint64, parser string, info host.ConnectionInfo) proxylib.FilterResult {
	i := m.instances.Get(instanceID)
	if i == nil {
		return proxylib.INVALID_INSTANCE
	}
	if !usable(info.OrigBuf) || !usable(info.ReplyBuf) {
		i.Log().WithField("connection", info.Id).Error("proxylib: connection refused: the host gave no buffer for injected bytes")
		return proxylib.UNKNOWN_ERROR
	}
	info.Protocol = m.instances.Protocol(instanceID, parser)
	if i.Observes() {
		return m.observe(i, strings.Clone(parser), info)
	}
	c, err := host.NewConnection(i, parser, info)
	if err != nil {
		return m.refused(i, strings.Clone(parser), err)
	}
	if m.observed.Get(info.Id) != nil || !m.connections.Put(info.Id, c) {
		c.Close()
		return inUse(i, info.Id)
	}
	return proxylib.OK
}

// inUse refuses a connection whose number another one has.
func inUse(i *host.Instance, id uint64) proxylib.FilterResult {
	i.Log().WithField("connection", id).Error("proxylib: connection refused: its number is in use by an open connection")
	return proxylib.UNKNOWN_ERROR
}

func usable(buffer *[]byte) bool { return buffer != nil && *buffer != nil }

func (m *module) refused(i *host.Instance, parser string, err error) proxylib.FilterResult {
	var result proxylib.FilterResult
	if !errors.As(err, &result) {
		result = proxylib.UNKNOWN_ERROR
	}
	var cannot *proxylib.CannotPauseError
	pauses := errors.As(err, &cannot)
	if result != proxylib.UNKNOWN_PARSER && !pauses {
		return result
	}
	if _, known := m.unknown.LoadOrStore(parser, true); known {
		return result
	}
	log := i.Log().WithField("parser", parser)
	if pauses {
		log.Error("proxylib: connections are refused: " + cannot.Error())
		return result
	}
	log.Errorf("proxylib: connections are refused: unknown parser; this library has %s", strings.Join(proxylib.ParserNames(), ", "))
	return result
}

// data judges bytes. ops is the host's: it is filled up to its capacity and never grown.
func (m *module) data(id uint64, reply, endStream bool, data [][]byte, ops *[]host.FilterOp) proxylib.FilterResult {
	c := m.connections.Get(id)
	if c == nil {
		return m.observedData(id, reply, endStream, data, ops)
	}
	if c.Failure() != "" {
		// The host has not closed the connection, as it must. A parser that has failed is not called again.
		return proxylib.PARSER_ERROR
	}
	filled, result := c.OnData(reply, endStream, data, (*ops)[:0])
	*ops = (*ops)[:len(filled)]
	if reason := c.Failure(); reason != "" {
		c.HostInstance().Log().WithField("connection", id).WithField("client", c.SrcAddr).Debug("connection closed: " + reason)
	}
	return result
}

func (m *module) close(id uint64) {
	if c := m.connections.Delete(id); c != nil {
		c.Close()
		return
	}
	if o := m.observed.Delete(id); o != nil {
		o.engine.Close()
	}
}

// panicked logs a panic outside of a parser, at most once a period: a defect of ours, which must not end the process.
func (m *module) panicked(where string, cause any) {
	m.instances.Panics.Raise(func(since, total uint64) {
		m.log.WithFields(logrus.Fields{
			"function": where, "panics": since, "panics_total": total, "stack": string(debug.Stack()),
		}).Errorf("proxylib: panic: %v", cause)
	})
}
