package main

import (
	"os"
	"testing"
	"time"
)

func TestACellSumsUpItsClients(t *testing.T) {
	clients := []*client{
		{all: 3, times: newHistogram()},
		{all: 5, times: newHistogram()},
	}
	clients[0].times.add(100)
	clients[1].times.add(300)
	clients[1].times.add(300)
	c, err := sum(clients, 2*time.Second, 80*time.Microsecond)
	if err != nil {
		t.Fatal(err)
	}
	want := cell{rate: 1.5, p50: 300, p99: 300, cpu: 10 * time.Microsecond, requests: 8}
	if c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestACellWithoutAReplyIsAnError(t *testing.T) {
	if c, err := sum([]*client{{all: 1, times: newHistogram()}}, time.Second, 0); err == nil {
		t.Errorf("got %+v", c)
	}
}

func TestMeasuringTakesTheTimeThatItIsTo(t *testing.T) {
	r := row{name: "test", connections: 4, inFlight: 2, size: 10}
	s := serve(t, r.items(), faithful)
	c, err := measure(r, r.items(), s.addr(), 100*time.Millisecond, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if int64(c.requests) != s.requests.Load() || c.rate*0.1 > float64(c.requests) || c.cpu <= 0 || c.p50 > c.p99 {
		t.Errorf("%+v, %d requests", c, s.requests.Load())
	}
}
