package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRowsAreChosenByName(t *testing.T) {
	some, err := chosen("connect,get-16")
	if err != nil || len(some) != 2 || some[0].name != "connect" || some[1].name != "get-16" {
		t.Errorf("got %v, %v", some, err)
	}
	if all, err := chosen(""); err != nil || len(all) != len(rows) {
		t.Errorf("got %v, %v", all, err)
	}
	if _, err := chosen("get-17"); err == nil || !strings.Contains(err.Error(), "get-16") {
		t.Errorf("error %v does not say which rows there are", err)
	}
}

func TestItemsDifferSoThatRepliesCanBeTold(t *testing.T) {
	for _, r := range rows {
		if r.pgbench {
			continue
		}
		items := r.items()
		if len(items) <= r.inFlight {
			t.Errorf("%s: %d items for %d requests in flight", r.name, len(items), r.inFlight)
		}
		for i := range items[1:] {
			if bytes.Equal(items[i].value, items[i+1].value) || items[i].key == items[i+1].key {
				t.Errorf("%s: items %d and %d are the same", r.name, i, i+1)
			}
		}
	}
}
