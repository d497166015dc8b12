package instance

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/proxylib/proxylib/accesslog/otlp"
	"github.com/proxylib/proxylib/accesslog/sink"
	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// AccessLog is a reader of the access log as it is configured.
type AccessLog = filterconfig.AccessLog

// output returns the reader that a configuration means. It opens nothing.
func output(l *AccessLog) (sink.Output, error) {
	o := sink.Output{Config: sink.Config{Socket: l.Socket}}
	var err error
	if o.Kinds, o.Filter, err = l.Wants(); err != nil {
		return o, err
	}
	if l.OTLP != "" {
		if err := otlp.CheckEndpoint(l.OTLP); err != nil {
			return o, fmt.Errorf("otlp: %w", err)
		}
	}
	switch l.File {
	case "":
	case "stdout":
		o.Writer = os.Stdout
	case "stderr":
		o.Writer = os.Stderr
	default:
		o.File = l.File
	}
	return o, nil
}

// logs returns all readers.
func (c *Config) logs() []AccessLog {
	var logs []AccessLog
	if c.AccessLogFile != "" {
		logs = append(logs, AccessLog{File: c.AccessLogFile, Log: c.LogKinds})
	}
	if c.AccessLogSocket != "" {
		logs = append(logs, AccessLog{Socket: c.AccessLogSocket, Log: c.LogKinds})
	}
	if c.AccessLogServer {
		logs = append(logs, AccessLog{Server: true, Log: c.LogKinds})
	}
	return append(logs, c.AccessLogs...)
}

// checkLogs returns an error if readers of the access log are not configured as they can be.
func (c *Config) checkLogs() error {
	for _, l := range c.logs() {
		if _, err := output(&l); err != nil {
			return fmt.Errorf("access_log: %w", err)
		}
		if l.Server && c.XDSAddress == "" {
			return errors.New("the access log is to go to the policy server, and none is named; name one")
		}
	}
	return filterconfig.CheckRedact(c.Redact)
}

// redactKey returns the key for hashes.
func (c *Config) redactKey() ([]byte, error) {
	if c.RedactKeyFile == "" {
		return processKey, nil
	}
	key, err := os.ReadFile(c.RedactKeyFile)
	if err != nil {
		return nil, fmt.Errorf("redact_key_file: %w", err)
	}
	return key, nil
}

// processKey is the key for hashes where none is configured: values can be compared as long as the process lives.
var processKey = func() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return key
}()

// openLog opens the access log, and has the instance log to it.
func (o *Opener) openLog(config Config, shared *host.InstanceConfig) (accessLog, error) {
	logs := config.logs()
	if len(logs) == 0 {
		return nothing{}, nil
	}
	key, err := config.redactKey()
	if err != nil {
		return nil, err
	}
	outputs := make([]sink.Output, len(logs))
	for i := range logs {
		if outputs[i], err = output(&logs[i]); err != nil {
			return nil, err
		}
		outputs[i].QueueBytes, outputs[i].Log = config.Limits.LogQueueBytes, shared.Log
		if logs[i].Server {
			outputs[i].Server = o.logServer(&config)
		}
		if logs[i].OTLP == "" {
			continue
		}
		outputs[i].Sink, err = otlp.New(otlp.Config{Endpoint: logs[i].OTLP, Headers: logs[i].Headers, Service: "proxylib", Parser: meaning})
		if err != nil {
			return nil, fmt.Errorf("access log: %w", err)
		}
	}
	log, err := sink.OpenOutputs(outputs, config.Redact, key)
	if err != nil {
		return nil, err
	}
	// Entries go to the logger inside without a call in between, which would copy them.
	shared.AccessLog, shared.LogKinds = log.Logger, log.Kinds()
	return log, nil
}

// meaning returns what the fields of a parser stand for.
func meaning(parser string) otlp.Parser {
	p := proxylib.Registered(parser)
	if p == nil {
		return otlp.Parser{}
	}
	attributes := map[string]string{}
	for _, f := range p.LogFields {
		if f.Attribute != "" {
			attributes[f.Name] = f.Attribute
		}
	}
	return otlp.Parser{System: p.System, Attributes: attributes}
}
