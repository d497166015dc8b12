package monitor

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proxylib/proxylib/accesslog/traffic"
)

// Filter chooses entries: those that meet one of the conditions of each name that must hold, and none of those that must not.
// The zero value chooses all.
type Filter struct {
	must, mustNot map[string][]condition
	// Since and Until bound the time of entries; zero does not.
	Since, Until time.Time
}

type condition func(e *traffic.Entry) bool

// Conditions are the names of conditions, and what each of their values is.
var Conditions = map[string]string{
	"verdict":    "allowed, denied, audited, closed or reply",
	"parser":     "the name of a parser, or of a protocol that it logs",
	"from":       "the client: ADDRESS, PREFIX, ADDRESS:PORT, :PORT or identity:NUMBER",
	"to":         "the server, in the same forms",
	"rule":       "the name of the rule that decided",
	"reason":     "why a request was denied or a connection closed",
	"field":      "NAME=VALUE, a field that the parser logs; of a list, one of its values",
	"user":       "as whom the client has logged in",
	"policy":     "the address by which the policy was looked up",
	"node":       "the name of the library's node",
	"connection": "the number of a connection",
	"status":     "how a request ended: ok, error, replied, no reply, silent or not awaited",
	"slower":     "requests whose reply took at least this long, such as 50ms",
}

// makers make conditions of their values.
var makers = map[string]func(value string) (condition, error){
	"verdict": verdictIs,
	"parser":  parserIs,
	"from":    func(value string) (condition, error) { return sideIs(value, sourceOf) },
	"to":      func(value string) (condition, error) { return sideIs(value, destinationOf) },
	"rule": func(value string) (condition, error) {
		return textIs(value, func(e *traffic.Entry) string { return e.Rule })
	},
	"reason": func(value string) (condition, error) {
		return textIs(value, func(e *traffic.Entry) string { return e.Reason })
	},
	"field": fieldIs,
	"user":  func(value string) (condition, error) { return fieldIs("user=" + value) },
	"policy": func(value string) (condition, error) {
		return textIs(value, func(e *traffic.Entry) string { return e.Policy })
	},
	"node": func(value string) (condition, error) {
		return textIs(value, func(e *traffic.Entry) string { return e.Node })
	},
	"connection": connectionIs,
	"status":     func(value string) (condition, error) { return textIs(value, statusOf) },
	"slower":     slowerThan,
}

// ConditionNames lists the names of conditions.
func ConditionNames() []string { return slices.Sorted(maps.Keys(makers)) }

// Add adds a condition by its name, one that must not hold if not is set. In texts * stands for anything. The error says
// what the value has to be.
func (f *Filter) Add(not bool, name, value string) error {
	c, err := makers[name](value)
	if err != nil {
		return err
	}
	into := &f.must
	if not {
		into = &f.mustNot
	}
	if *into == nil {
		*into = map[string][]condition{}
	}
	(*into)[name] = append((*into)[name], c)
	return nil
}

// Takes reports whether an entry is chosen.
func (f *Filter) Takes(e *traffic.Entry) bool {
	if !f.Since.IsZero() || !f.Until.IsZero() {
		at := e.At()
		if at.Before(f.Since) || !f.Until.IsZero() && at.After(f.Until) {
			return false
		}
	}
	holds := func(c condition) bool { return c(e) }
	for _, any := range f.must {
		if !slices.ContainsFunc(any, holds) {
			return false
		}
	}
	for _, none := range f.mustNot {
		if slices.ContainsFunc(none, holds) {
			return false
		}
	}
	return true
}

func verdictIs(value string) (condition, error) {
	if !slices.Contains(traffic.Verdicts(), value) {
		return nil, fmt.Errorf("want one of %s", strings.Join(traffic.Verdicts(), ", "))
	}
	return func(e *traffic.Entry) bool { return e.Verdict() == value }, nil
}

// parserIs takes the protocols of a parser as well, such as textmemcached for memcache.
func parserIs(value string) (condition, error) {
	is, err := pattern(value)
	if err != nil {
		return nil, err
	}
	return func(e *traffic.Entry) bool { return is(e.Parser) || is(e.Proto) }, nil
}

func statusOf(e *traffic.Entry) string {
	if e.Exchange == nil {
		return ""
	}
	return e.Status
}

func slowerThan(value string) (condition, error) {
	limit, err := time.ParseDuration(value)
	if err != nil {
		return nil, errors.New("want a duration, such as 50ms")
	}
	return func(e *traffic.Entry) bool {
		took, measured := e.Measured()
		return measured && took >= limit
	}, nil
}

// side is the one end of a connection.
type side struct {
	address string
	id      uint32
}

func sourceOf(e *traffic.Entry) side      { return side{e.Source, e.SourceID} }
func destinationOf(e *traffic.Entry) side { return side{e.Destination, e.DestinationID} }

var errSide = errors.New("want ADDRESS, PREFIX, ADDRESS:PORT, :PORT or identity:NUMBER")

func sideIs(value string, of func(*traffic.Entry) side) (condition, error) {
	if text, found := strings.CutPrefix(value, "identity:"); found {
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, errSide
		}
		return func(e *traffic.Entry) bool { return of(e).id == uint32(id) }, nil
	}
	if text, found := strings.CutPrefix(value, ":"); found {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return nil, errSide
		}
		return onAddress(of, func(at netip.AddrPort) bool { return at.Port() == uint16(port) }), nil
	}
	if whole, err := netip.ParseAddrPort(value); err == nil {
		return onAddress(of, func(at netip.AddrPort) bool { return at == whole }), nil
	}
	if prefix, err := netip.ParsePrefix(value); err == nil {
		return onAddress(of, func(at netip.AddrPort) bool { return prefix.Contains(at.Addr()) }), nil
	}
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return nil, errSide
	}
	return onAddress(of, func(at netip.AddrPort) bool { return at.Addr() == addr.Unmap() }), nil
}

func onAddress(of func(*traffic.Entry) side, holds func(netip.AddrPort) bool) condition {
	return func(e *traffic.Entry) bool {
		at, err := netip.ParseAddrPort(of(e).address)
		return err == nil && holds(netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
	}
}

func textIs(value string, of func(*traffic.Entry) string) (condition, error) {
	is, err := pattern(value)
	if err != nil {
		return nil, err
	}
	return func(e *traffic.Entry) bool { return is(of(e)) }, nil
}

// separator stands between the values of a field that is a list.
const separator = ", "

func fieldIs(value string) (condition, error) {
	name, text, found := strings.Cut(value, "=")
	if !found || name == "" {
		return nil, errors.New("want NAME=VALUE")
	}
	is, err := pattern(text)
	if err != nil {
		return nil, err
	}
	return func(e *traffic.Entry) bool {
		got, there := e.Fields[name]
		return there && (is(got) || slices.ContainsFunc(strings.Split(got, separator), is))
	}, nil
}

func connectionIs(value string) (condition, error) {
	number, err := strconv.ParseUint(value, 10, 64)
	if err != nil {
		return nil, errors.New("want a number")
	}
	return func(e *traffic.Entry) bool { return e.Connection == number }, nil
}

// pattern makes a comparison with a text in which * stands for anything.
func pattern(text string) (func(string) bool, error) {
	if !strings.Contains(text, "*") {
		return func(s string) bool { return s == text }, nil
	}
	parts := strings.Split(text, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	expression, err := regexp.Compile(`(?s)\A` + strings.Join(parts, ".*") + `\z`)
	if err != nil {
		return nil, err
	}
	return expression.MatchString, nil
}
