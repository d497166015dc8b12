package filterconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proxylib/proxylib/accesslog"
	"github.com/proxylib/proxylib/proxylib"
)

// AccessLog is a reader of the access log. It has one of File, Socket, OTLP, Envoy and Server.
type AccessLog struct {
	// File takes lines of JSON: a path, "stdout" or "stderr".
	File string `json:"file"`
	// Socket is the path of the unixpacket socket of a Cilium agent, which takes messages.
	Socket string `json:"socket"`
	// OTLP is the URL of an OpenTelemetry collector; see docs/accesslog.md#opentelemetry.
	OTLP string `json:"otlp"`
	// Headers are sent to the collector with each request.
	Headers map[string]string `json:"headers"`
	// Envoy is for a Wasm plugin, which has no other place but Server: Envoy's log, at level info.
	Envoy bool `json:"envoy" default:"false"`
	// Server sends entries to the policy server of policy.xds, to be shown there; see docs/monitor.md#at-the-policy-server.
	Server bool `json:"server" default:"false"`
	// Log says which entries it gets: "exchange", "request" or "both".
	Log string `json:"log" default:"the log of the filter_config"`
	// Verdicts are those of its entries: "allowed", "denied", "audited" and "closed".
	Verdicts []string `json:"verdicts" default:"all"`
	// Parsers are those of its entries.
	Parsers []string `json:"parsers" default:"all"`
	// Sample, such as "1/100", is the part of the requests that are allowed.
	Sample string `json:"sample" default:"all"`
	// Slow, such as "50ms", is how long an exchange that is allowed has to take.
	Slow string `json:"slow" default:"all"`
}

// kinds are the values of Log, but for the default.
var kinds = map[string]accesslog.Kinds{
	"exchange": accesslog.Exchanges, "request": accesslog.Requests, "both": accesslog.Requests | accesslog.Exchanges,
}

// Wants returns which entries the reader gets. The error names the field, and what to write instead.
func (l *AccessLog) Wants() (accesslog.Kinds, accesslog.Filter, error) {
	filter := accesslog.Filter{Verdicts: l.Verdicts, Parsers: l.Parsers}
	given := 0
	for _, place := range []string{l.File, l.Socket, l.OTLP} {
		if place != "" {
			given++
		}
	}
	for _, place := range []bool{l.Envoy, l.Server} {
		if place {
			given++
		}
	}
	if given != 1 {
		return 0, filter, errors.New(`give {"file": PATH, "stdout" or "stderr"}, {"socket": PATH}, {"otlp": URL} or {"server": true}, a list of such, or leave it out`)
	}
	if l.OTLP == "" && len(l.Headers) > 0 {
		return 0, filter, errors.New("headers: are for a collector: give otlp, or leave them out")
	}
	wanted, known := kinds[l.Log]
	switch {
	case known:
	case l.Log != "":
		return 0, filter, fmt.Errorf(`log: %.32q is unknown: give "exchange", "request" or "both"`, l.Log)
	case l.Socket != "":
		wanted = accesslog.Requests
	default:
		wanted = accesslog.Exchanges
	}
	for _, name := range l.Parsers {
		if proxylib.Registered(name) == nil {
			return 0, filter, fmt.Errorf("parsers: %.64q is not in this library", name)
		}
	}
	var err error
	if filter.Sample, err = accesslog.ParseSample(l.Sample); err != nil {
		return 0, filter, err
	}
	if l.Slow != "" {
		if filter.Slow, err = time.ParseDuration(l.Slow); err != nil || filter.Slow <= 0 {
			return 0, filter, fmt.Errorf("slow: %.32q is not a time: give one such as 50ms", l.Slow)
		}
	}
	return wanted, filter, filter.Check(wanted)
}

// AccessLogs are the readers of the access log.
type AccessLogs []AccessLog

// UnmarshalJSON reads an object, which may have both a file and a socket, or a list of objects.
func (l *AccessLogs) UnmarshalJSON(text []byte) error {
	var list []json.RawMessage
	if !bytes.HasPrefix(text, []byte("[")) {
		list = []json.RawMessage{text}
	} else if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*l = nil
	for _, one := range list {
		var log AccessLog
		if err := proxylib.DecodeConfig(one, &log); err != nil {
			return fmt.Errorf("access_log: %w", err)
		}
		*l = append(*l, log.split()...)
	}
	return nil
}

// split returns readers with one place each, of one that may have a file, a socket and the policy server.
func (l AccessLog) split() (all []AccessLog) {
	file, socket, server := l, l, l
	file.Socket, file.Server = "", false
	socket.File, socket.Server = "", false
	server.File, server.Socket = "", ""
	if l.File != "" {
		all = append(all, file)
	}
	if l.Socket != "" {
		all = append(all, socket)
	}
	if l.Server || len(all) == 0 {
		all = append(all, server)
	}
	return all
}

// Envoy reports whether a reader is Envoy's log.
func (l AccessLogs) Envoy() bool {
	return slices.ContainsFunc(l, func(one AccessLog) bool { return one.Envoy })
}

// CheckRedact returns an error if rules for fields of the access log are not known.
func CheckRedact(rules map[string]accesslog.Redaction) error {
	if err := accesslog.CheckRedaction(rules); err != nil {
		return fmt.Errorf("redact: %w", err)
	}
	return nil
}

func (s *Settings) checkAccessLog() error {
	for i := range s.AccessLog {
		if s.AccessLog[i].Log == "" {
			s.AccessLog[i].Log = s.Log
		}
		if _, _, err := s.AccessLog[i].Wants(); err != nil {
			return fmt.Errorf("access_log: %w", err)
		}
		if s.AccessLog[i].Server && s.Policy.XDS == "" {
			return errors.New("access_log.server: is for a policy server: give policy.xds, or leave it out")
		}
	}
	if _, known := kinds[s.Log]; s.Log != "" && !known {
		return fmt.Errorf(`log: %.32q is unknown: give "exchange", "request" or "both"`, s.Log)
	}
	if s.RedactKeyFile != "" && len(s.Redact) == 0 {
		return errors.New("redact_key_file: there is nothing to redact: give redact, or leave it out")
	}
	return CheckRedact(s.Redact)
}
