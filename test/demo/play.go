package main

import (
	"fmt"
	"strings"
	"time"
)

// exchange is a request with what has to come of it.
type exchange struct{ request, reply, entry string }

const denied = "CLIENT_ERROR access denied\r\n"

// batch is what is sent at once, on a connection that all batches share.
type batch struct {
	title     string
	exchanges []exchange
}

var (
	allowed = batch{"Allowed by the policy: set and get of keys that begin with public/", []exchange{
		{"set public/greeting 0 0 5\r\nhello\r\n", "STORED\r\n", "request set public/greeting"},
		{"get public/greeting\r\n", "VALUE public/greeting 0 5\r\nhello\r\nEND\r\n", "request get public/greeting"},
	}}
	refused = batch{"Denied, each on the same connection, which goes on", []exchange{
		{"get secret/plan\r\n", denied, "denied  get secret/plan"},
		{"flush_all\r\n", denied, "denied  flush_all"},
		{"get public/greeting\r\n", "VALUE public/greeting 0 5\r\nhello\r\nEND\r\n", "request get public/greeting"},
	}}
	pipelined = batch{"All sent at once: the replies keep the order of the requests", []exchange{
		{"set public/a 0 0 1\r\nA\r\n", "STORED\r\n", "request set public/a"},
		{"set secret/b 0 0 1\r\nB\r\n", denied, "denied  set secret/b"},
		{"get public/a\r\n", "VALUE public/a 0 1\r\nA\r\nEND\r\n", "request get public/a"},
		{"get public/a secret/b\r\n", denied, "denied  get public/a, secret/b"},
		{"get public/nothing\r\n", "END\r\n", "request get public/nothing"},
	}}
	opened = exchange{"get secret/plan\r\n", "END\r\n", "request get secret/plan"}
)

const newRule = "- rule: {command: get, keyPrefix: secret/}"

// play shows all batches. The error is the first verdict that is not the expected one.
func (s *setup) play() error {
	c, err := dial(s.proxy.Addr)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	j, err := openAccessLog(s.accessLog)
	if err != nil {
		return err
	}
	defer j.file.Close()

	for _, batch := range []batch{allowed, refused} {
		heading(batch.title)
		for _, e := range batch.exchanges {
			if err := show(c, j, e); err != nil {
				return err
			}
		}
	}
	heading(pipelined.title)
	if err := show(c, j, pipelined.exchanges...); err != nil {
		return err
	}
	fmt.Printf("\nThe last denial in the access log, in full:\n\n  %s", j.lastDenied)

	heading("The policy file gets one more line:  " + newRule)
	if err := s.extendPolicy(newRule); err != nil {
		return err
	}
	if err := awaitVerdict(c, j, opened); err != nil {
		return err
	}

	fmt.Println("\nEvery verdict was the expected one.")
	return nil
}

// show sends requests at once and prints what comes of each.
func show(c *client, j *accessLog, exchanges ...exchange) error {
	got, err := perform(c, j, exchanges)
	if err != nil {
		return err
	}
	for i := range got {
		row(got[i])
		if got[i] != exchanges[i] {
			return fmt.Errorf("expected reply %q and entry %q, got %q and %q",
				exchanges[i].reply, exchanges[i].entry, got[i].reply, got[i].entry)
		}
	}
	return nil
}

// awaitVerdict sends a request again and again until the new policy is in force.
func awaitVerdict(c *client, j *accessLog, want exchange) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		got, err := perform(c, j, []exchange{want})
		if err != nil {
			return err
		}
		if got[0] == want {
			row(got[0])
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the changed policy has no effect: %q is answered %q", want.request, got[0].reply)
		}
	}
}

// perform sends requests at once and returns what came of them.
func perform(c *client, j *accessLog, exchanges []exchange) ([]exchange, error) {
	var requests strings.Builder
	for _, e := range exchanges {
		requests.WriteString(e.request)
	}
	if err := c.send(requests.String()); err != nil {
		return nil, err
	}
	got := make([]exchange, len(exchanges))
	for i, e := range exchanges {
		reply, err := c.reply()
		if err != nil {
			return nil, fmt.Errorf("%q: %w", e.request, err)
		}
		line, err := j.nextVerdict()
		if err != nil {
			return nil, fmt.Errorf("%q: %w", e.request, err)
		}
		got[i] = exchange{e.request, reply, entryText(line)}
	}
	return got, nil
}

func heading(title string) {
	fmt.Printf("\n%s\n\n", title)
	fmt.Printf("  %-36s%-44s%s\n", "REQUEST", "REPLY", "ACCESS LOG")
}

func row(e exchange) {
	fmt.Printf("  %-36s%-44s%s\n", printed(e.request), printed(e.reply), e.entry)
}

// printed shows line ends within a message.
func printed(message string) string {
	return strings.ReplaceAll(strings.TrimSuffix(message, "\r\n"), "\r\n", " ⏎ ")
}
