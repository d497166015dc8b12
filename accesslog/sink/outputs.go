package sink

import (
	"errors"

	"github.com/proxylib/proxylib/accesslog"
)

// Output is a reader of the access log, with a queue of its own: one that is slow costs others nothing.
type Output struct {
	// Config says where entries go, which should be one place.
	Config
	// Kinds are those of its entries; 0 is [accesslog.Exchanges], or [accesslog.Requests] for a socket.
	Kinds  accesslog.Kinds
	Filter accesslog.Filter
}

// Outputs are the readers of an access log. It is a [accesslog.Logger] for what they want; see Kinds.
type Outputs struct {
	accesslog.Logger
	kinds   accesslog.Kinds
	loggers []*Logger
}

// OpenOutputs opens readers. redact holds, by the names of fields, what happens to them before any reader gets them, and key is
// for its hashes. What has been opened is closed if there is an error, which says what is wrong with which.
func OpenOutputs(outputs []Output, redact map[string]accesslog.Redaction, key []byte) (*Outputs, error) {
	o := &Outputs{}
	var readers accesslog.Several
	for i := range outputs {
		reader, err := o.open(&outputs[i], len(outputs) == 1)
		if err != nil {
			return nil, errors.Join(err, o.Close())
		}
		readers = append(readers, reader)
	}
	if o.Logger = readers; len(readers) == 1 {
		o.Logger = readers[0]
	}
	if len(redact) == 0 {
		return o, nil
	}
	redactor, err := accesslog.NewRedactor(o.Logger, redact, key)
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	o.Logger = redactor
	return o, nil
}

// open opens a reader, and returns what takes its entries. alone: there is no other one, so that all entries are for it.
func (o *Outputs) open(output *Output, alone bool) (accesslog.Logger, error) {
	kinds := output.KindsOf()
	if err := output.Filter.Check(kinds); err != nil {
		return nil, err
	}
	logger, err := Open(output.Config)
	if err != nil {
		return nil, err
	}
	o.loggers = append(o.loggers, logger)
	o.kinds |= kinds
	if alone && output.Filter.PassesAll() {
		return logger.Queue(), nil
	}
	return accesslog.NewFiltered(logger.Queue(), kinds, output.Filter), nil
}

// KindsOf returns the kinds of the entries that the reader gets.
func (o *Output) KindsOf() accesslog.Kinds {
	switch {
	case o.Kinds != 0:
		return o.Kinds
	case o.Socket != "":
		return accesslog.Requests
	}
	return accesslog.Exchanges
}

// Kinds returns the kinds of entries that some reader wants.
func (o *Outputs) Kinds() accesslog.Kinds { return o.kinds }

// Stats counts the entries of each reader, by its name; those of one name are added up.
func (o *Outputs) Stats() map[string]Stats {
	all := map[string]Stats{}
	for _, l := range o.loggers {
		for name, s := range l.Stats() {
			sum := all[name]
			sum.Delivered += s.Delivered
			sum.Lost += s.Lost
			if s.Cause != nil {
				sum.Cause = s.Cause
			}
			all[name] = sum
		}
	}
	return all
}

// Close closes all readers at once; see [Logger.Close].
func (o *Outputs) Close() error {
	closed := make(chan error, len(o.loggers))
	for _, l := range o.loggers {
		go func() { closed <- l.Close() }()
	}
	var err error
	for range o.loggers {
		err = errors.Join(err, <-closed)
	}
	return err
}
