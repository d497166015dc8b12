package parsertest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/proxylib/proxylib/accesslog"
)

// settings are what a transcript in a file may say of its case, by name.
var settings = map[string]func(c *Case, value string) error{
	"parser":      words(func(c *Case) *string { return &c.Parser }),
	"policy":      words(func(c *Case) *string { return &c.Policy }),
	"config":      words(func(c *Case) *string { return &c.Config }),
	"waits":       flagged(func(c *Case) *bool { return &c.Waits }),
	"cannot-wait": flagged(func(c *Case) *bool { return &c.CannotWait }),
	"allocates":   flagged(func(c *Case) *bool { return &c.Allocates }),
	"audit":       flagged(func(c *Case) *bool { return &c.Audit }),
	"read-only":   flagged(func(c *Case) *bool { return &c.ReadOnly }),
	"without":     func(c *Case, value string) error { c.Without = strings.Fields(value); return nil },
	"src-addr":    words(func(c *Case) *string { return &c.conn().SrcAddr }),
	"dst-addr":    words(func(c *Case) *string { return &c.conn().DstAddr }),
	"policy-name": words(func(c *Case) *string { return &c.conn().PolicyName }),
	"server-name": words(func(c *Case) *string { return &c.conn().ServerName }),
	"src-id":      number(func(c *Case) *uint32 { return &c.conn().SrcID }),
	"dst-id":      number(func(c *Case) *uint32 { return &c.conn().DstID }),
	"proxy-id":    number(func(c *Case) *uint32 { return &c.conn().ProxyID }),
	"log":         logKinds,
	"egress":      flagged(func(c *Case) *bool { return &c.conn().Egress }),
}

// set carries out a setting.
func (c *Case) set(name, value string) error {
	set := settings[name]
	if set == nil {
		return fmt.Errorf("setting %q is unknown, use %s", name, strings.Join(slices.Sorted(maps.Keys(settings)), ", "))
	}
	if err := set(c, value); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	return nil
}

// conn is the connection of the case, the usual one until it is changed.
func (c *Case) conn() *Conn {
	if c.Conn == nil {
		c.Conn = &Conn{SrcID: ClientID, DstID: ServerID}
	}
	return c.Conn
}

// logNames are the kinds of access log.
var logNames = map[string]accesslog.Kinds{
	"request": accesslog.Requests, "exchange": accesslog.Exchanges, "both": accesslog.Requests | accesslog.Exchanges,
}

func logKinds(c *Case, value string) error {
	if c.LogKinds = logNames[value]; c.LogKinds == 0 {
		return fmt.Errorf("%q: want request, exchange or both", value)
	}
	return nil
}

func words(field func(*Case) *string) func(*Case, string) error {
	return func(c *Case, value string) error { *field(c) = value; return nil }
}

func flagged(field func(*Case) *bool) func(*Case, string) error {
	return func(c *Case, value string) error {
		if value != "true" && value != "false" {
			return fmt.Errorf("%q: want true or false", value)
		}
		*field(c) = value == "true"
		return nil
	}
}

func number(field func(*Case) *uint32) func(*Case, string) error {
	return func(c *Case, value string) error {
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil {
			return fmt.Errorf("%q: want a number", value)
		}
		*field(c) = uint32(n)
		return nil
	}
}
